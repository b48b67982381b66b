//! How long snapshots are kept (import, Snapshot, restore, rollback).

use chrono::{DateTime, Days, Utc};
use serde::{Deserialize, Serialize};

/// How long a snapshot is kept, in whole days from 7 to 730; 30 unless chosen otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct Retention(u16);

/// A retention outside the allowed range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("snapshots cannot be kept for {0} days: expected 7 to 730")]
pub struct RetentionError(u16);

impl Retention {
    /// A retention of so many days.
    pub fn from_days(days: u16) -> Result<Self, RetentionError> {
        if (7..=730).contains(&days) {
            Ok(Self(days))
        } else {
            Err(RetentionError(days))
        }
    }

    /// In days.
    pub fn days(self) -> u16 {
        self.0
    }

    /// When a snapshot taken at `created` may be deleted.
    pub fn expiry(self, created: DateTime<Utc>) -> DateTime<Utc> {
        created
            .checked_add_days(Days::new(u64::from(self.0)))
            .unwrap_or(DateTime::<Utc>::MAX_UTC)
    }
}

impl Default for Retention {
    fn default() -> Self {
        Self(30)
    }
}

impl TryFrom<u16> for Retention {
    type Error = RetentionError;

    fn try_from(days: u16) -> Result<Self, RetentionError> {
        Self::from_days(days)
    }
}

impl From<Retention> for u16 {
    fn from(retention: Retention) -> Self {
        retention.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_range_is_closed_at_both_ends() {
        for (days, allowed) in [
            (0, false),
            (6, false),
            (7, true),
            (30, true),
            (730, true),
            (731, false),
        ] {
            assert_eq!(Retention::from_days(days).is_ok(), allowed, "{days}");
        }
    }

    #[test]
    fn expiry_counts_days_and_never_overflows() {
        let week = Retention::from_days(7).expect("seven days are allowed");
        assert_eq!(
            week.expiry(DateTime::<Utc>::UNIX_EPOCH).to_rfc3339(),
            "1970-01-08T00:00:00+00:00"
        );
        assert_eq!(
            week.expiry(DateTime::<Utc>::MAX_UTC),
            DateTime::<Utc>::MAX_UTC
        );
    }
}
