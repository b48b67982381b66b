//! When a schedule runs.

use std::str::FromStr as _;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::cron::CronRule;

/// When a schedule runs. Only what has been looked at: see [`Timing::cron`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    tag = "type"
)]
#[non_exhaustive]
pub enum Timing {
    /// Again and again.
    #[non_exhaustive]
    Cron {
        /// Minute, hour, day of the month, month, day of the week.
        cron: String,
        /// The IANA name of the time zone in whose time the expression speaks.
        time_zone: String,
    },
    /// One time.
    #[non_exhaustive]
    Once {
        /// When.
        at: DateTime<Utc>,
    },
}

/// Why a schedule cannot run at such times.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimingError {
    /// The text is no cron expression.
    #[error(
        "'{}' is no cron expression ({reason}): expected minute, hour, day of the month, month and day of the week, such as '30 2 * * MON-FRI'",
        .found.escape_debug()
    )]
    Cron {
        /// The text.
        found: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The expression is in order, but there is no such time.
    #[error("'{}' never comes: expected a day that exists, such as '0 3 28 2 *'", .0.escape_debug())]
    Never(String),
    /// There is no such time zone.
    #[error("'{}' is no time zone: expected a name of the IANA database, such as Europe/Berlin", .0.escape_debug())]
    TimeZone(String),
    /// It has been.
    #[error("{0} has passed: expected a time to come")]
    Passed(String),
}

impl Timing {
    /// The times of a cron expression in a time zone, after checking that there is one after `now`.
    pub fn cron(cron: &str, time_zone: &str, now: DateTime<Utc>) -> Result<Self, TimingError> {
        let zone =
            Tz::from_str(time_zone).map_err(|_| TimingError::TimeZone(time_zone.to_owned()))?;
        let rule = CronRule::from_str(cron).map_err(|reason| TimingError::Cron {
            found: cron.to_owned(),
            reason,
        })?;
        if rule.next_after(now, zone).is_none() {
            return Err(TimingError::Never(cron.to_owned()));
        }
        Ok(Self::Cron {
            cron: cron.to_owned(),
            time_zone: zone.name().to_owned(),
        })
    }

    /// The one time `at`, which is after `now`.
    pub fn once(at: DateTime<Utc>, now: DateTime<Utc>) -> Result<Self, TimingError> {
        if at > now {
            Ok(Self::Once { at })
        } else {
            Err(TimingError::Passed(
                at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
            ))
        }
    }

    /// The first time after `after`; `None` when there is none.
    pub fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self {
            // Only what could be read is ever stored.
            Self::Cron { cron, time_zone } => CronRule::from_str(cron)
                .ok()?
                .next_after(after, Tz::from_str(time_zone).ok()?),
            Self::Once { at } => Some(*at).filter(|at| *at > after),
        }
    }
}
