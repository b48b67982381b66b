//! Time and identity as ports, so that domain and use cases are repeatable.

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// The time of day.
#[cfg_attr(feature = "mock", mockall::automock)]
pub trait Clock: Send + Sync {
    /// Now, in UTC. Two calls may return the same instant, and a later call may return an earlier one.
    fn now(&self) -> DateTime<Utc>;
}

/// Fresh identities.
#[cfg_attr(feature = "mock", mockall::automock)]
pub trait IdGenerator: Send + Sync {
    /// A UUID never returned before.
    fn new_uuid(&self) -> Uuid;
}
