//! Pages and cursors: lists are read in bounded pieces, stable under writes.

use serde::{Deserialize, Serialize};

/// Where the next page begins; opaque to whoever holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(pub String);

/// How much of a list is wanted, and from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// The most items to return; at least one.
    pub limit: u32,
    /// `None` begins at the start.
    pub cursor: Option<Cursor>,
}

impl PageRequest {
    /// The first `limit` items.
    pub fn first(limit: u32) -> Self {
        Self {
            limit: limit.max(1),
            cursor: None,
        }
    }
}

/// A piece of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    /// In the list's own order.
    pub items: Vec<T>,
    /// `None` when this was the last page.
    pub next_cursor: Option<Cursor>,
}
