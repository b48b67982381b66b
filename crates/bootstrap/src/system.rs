//! The real clock and real identities.

use chrono::{DateTime, Utc};
use installhub_kernel::{Clock, IdGenerator};
use uuid::Uuid;

/// The machine's clock.
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the adapter that everybody else takes the time from"
    )]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

/// UUIDs of version 7, which sort by the time they were made.
pub struct SystemIds;

impl IdGenerator for SystemIds {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the adapter that everybody else takes ids from"
    )]
    fn new_uuid(&self) -> Uuid {
        Uuid::now_v7()
    }
}
