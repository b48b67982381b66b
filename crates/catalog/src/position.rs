//! Where a page of a list begins: the values of the last item of the page before, never a count.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use installhub_kernel::{Cursor, Page, PageRequest};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::CatalogError;

/// The most items of a page, whatever is asked for.
const MAX_ITEMS: u32 = 200;

/// The greatest number that every database takes.
const MAX_REVISION: u64 = i64::MAX as u64;

/// The last item of the page before. Which kind there is says the order of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ListPosition {
    /// In a list with the newest first.
    #[serde(rename = "t")]
    Time(DateTime<Utc>, String),
    /// In a list by a key: a folded name or a version's place.
    #[serde(rename = "k")]
    Key(String, String),
    /// In a list by revision, the greatest first.
    #[serde(rename = "r")]
    Revision(u64),
}

impl ListPosition {
    /// Whether it has what no item has and not every database takes.
    fn is_made_up(&self) -> bool {
        let has = |text: &str| text.chars().any(char::is_control);
        match self {
            Self::Time(_, id) => has(id),
            Self::Key(key, id) => has(key) || has(id),
            Self::Revision(revision) => *revision > MAX_REVISION,
        }
    }

    fn cursor(&self) -> Cursor {
        let text = serde_json::to_vec(self).unwrap_or_default();
        Cursor(URL_SAFE_NO_PAD.encode(text))
    }
}

/// What is asked of a repository: one item more than the page has, so that it is known whether another page follows.
pub(crate) struct Wanted {
    pub(crate) after: Option<ListPosition>,
    items: u32,
}

impl Wanted {
    /// Reads a request for a list in which `fits` says whether a position belongs to it.
    pub(crate) fn read(
        page: &PageRequest,
        fits: impl Fn(&ListPosition) -> bool,
    ) -> Result<Self, CatalogError> {
        let after = match &page.cursor {
            None => None,
            Some(cursor) => Some(
                decoded::<ListPosition>(cursor)
                    .filter(|at| fits(at) && !at.is_made_up())
                    .ok_or_else(foreign_cursor)?,
            ),
        };
        Ok(Self {
            after,
            items: page.limit.clamp(1, MAX_ITEMS),
        })
    }

    /// How many items to ask for.
    pub(crate) fn limit(&self) -> u32 {
        self.items + 1
    }

    /// The page made of what came.
    pub(crate) fn page<T>(&self, mut items: Vec<T>, at: impl Fn(&T) -> ListPosition) -> Page<T> {
        let wanted = self.items as usize;
        let goes_on = items.len() > wanted;
        items.truncate(wanted);
        let next_cursor = items
            .last()
            .filter(|_| goes_on)
            .map(|last| at(last).cursor());
        Page { items, next_cursor }
    }
}

fn decoded<T: DeserializeOwned>(cursor: &Cursor) -> Option<T> {
    let bytes = URL_SAFE_NO_PAD.decode(&cursor.0).ok()?;
    serde_json::from_slice(&bytes).ok()
}

fn foreign_cursor() -> CatalogError {
    CatalogError::invalid(
        "cursor",
        "invalid",
        "the cursor is not of this list: expected the nextCursor of its last page",
    )
}
