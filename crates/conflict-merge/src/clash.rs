//! What comes out of a merge.

use installhub_artifact::Json;
use serde::Serialize;

use crate::path::FieldPath;

/// The result of a merge. Clashes are a value, not an error: they wait for decisions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Merge {
    /// The merged document.
    Clean(Json),
    /// Both sides changed the same fields in different ways.
    Clashed {
        /// The document with everything merged that does not clash; clashing fields are as the target has them.
        partial: Json,
        /// The fields that need a decision, ordered by path; never empty.
        clashes: Vec<Clash>,
    },
}

impl Merge {
    /// The fields that need a decision; empty if there are none.
    pub fn clashes(&self) -> &[Clash] {
        match self {
            Self::Clean(_) => &[],
            Self::Clashed { clashes, .. } => clashes,
        }
    }

    /// The merged document, if nothing clashes.
    pub fn clean(self) -> Option<Json> {
        match self {
            Self::Clean(document) => Some(document),
            Self::Clashed { .. } => None,
        }
    }
}

/// A field that both sides changed in different ways since the base, or that one side changed and the other removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Clash {
    /// Where the field is.
    pub pointer: FieldPath,
    /// The value last installed; absent if both sides added the field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<Json>,
    /// The target's value; absent if it was removed there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub existing: Option<Json>,
    /// The package's value; absent if it was removed there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incoming: Option<Json>,
}

/// A merge, and what became of the decisions that went into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeReport {
    /// The result.
    pub merge: Merge,
    /// The clashing fields that the fallback settled, ordered by path.
    pub by_fallback: Vec<FieldPath>,
    /// The decided fields on which the sides do not differ, or that do not exist or are covered by a decision further
    /// up: a slip of the pen, or a decision of yesterday. Ordered by path.
    pub unused: Vec<FieldPath>,
}
