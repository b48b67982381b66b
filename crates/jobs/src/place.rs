//! A place in a list that goes from new to old.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use installhub_access::FieldError;
use installhub_kernel::{Cursor, PageRequest};
use uuid::Uuid;

use crate::error::JobsError;

/// Behind which item a piece of a list begins; what a [`Cursor`] of these lists says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListPlace {
    /// When the item was made.
    pub created_at: DateTime<Utc>,
    /// Its id, which decides between items of the same instant.
    pub id: Uuid,
}

/// A text that is no place in a list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{}' is no cursor of this list: expected the nextCursor of an earlier answer", .0.escape_debug())]
pub struct ListPlaceError(String);

impl fmt::Display for ListPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}.{}",
            self.created_at.timestamp_micros(),
            self.id.simple()
        )
    }
}

impl FromStr for ListPlace {
    type Err = ListPlaceError;

    fn from_str(text: &str) -> Result<Self, ListPlaceError> {
        let place = || {
            let (micros, id) = text.split_once('.')?;
            Some(Self {
                created_at: DateTime::from_timestamp_micros(micros.parse().ok()?)?,
                id: Uuid::try_parse(id).ok()?,
            })
        };
        place().ok_or_else(|| ListPlaceError(text.to_owned()))
    }
}

impl From<ListPlace> for Cursor {
    fn from(place: ListPlace) -> Self {
        Self(place.to_string())
    }
}

/// Whoever made up a cursor hears of it.
pub(crate) fn check_cursor(page: &PageRequest) -> Result<(), JobsError> {
    match page
        .cursor
        .as_ref()
        .map(|cursor| ListPlace::from_str(&cursor.0))
    {
        Some(Err(error)) => {
            let wrong = FieldError::new("cursor", "invalidCursor", error.to_string());
            Err(JobsError::Invalid(vec![wrong]))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reads_back_as_written() {
        let place = ListPlace {
            created_at: DateTime::from_timestamp_micros(1_767_225_600_123_456).expect("a time"),
            id: Uuid::from_u128(7),
        };
        assert_eq!(place.to_string().parse(), Ok(place));
        for text in ["", "7", "x.y", "1.", ".00000000000000000000000000000007"] {
            assert!(text.parse::<ListPlace>().is_err(), "{text}");
        }
    }
}
