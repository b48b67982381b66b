//! Why something could not be done with a job or a schedule.

use installhub_access::{Denied, FieldError};
use installhub_kernel::StoreError;

/// Why something could not be done with a job or a schedule.
#[derive(Debug, thiserror::Error)]
pub enum JobsError {
    /// Whoever asked may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The tenant has no such thing.
    #[error("there is no {what} {id}")]
    NotFound {
        /// `job` or `schedule`.
        what: &'static str,
        /// The id asked for.
        id: String,
    },
    /// What was asked for makes no sense; each field that is wrong is named.
    #[error("{}", .0.iter().map(|wrong| format!("{}: {}", wrong.field, wrong.message)).collect::<Vec<_>>().join("; "))]
    Invalid(Vec<FieldError>),
    /// It does not go together with what is there.
    #[error("{0}")]
    Conflict(String),
    /// Somebody else has changed it in the meantime.
    #[error(
        "it has revision {found} by now and was to be changed at revision {expected}: read it again"
    )]
    Stale {
        /// The revision that was to be changed.
        expected: u64,
        /// The revision it has.
        found: u64,
    },
    /// The store failed.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for JobsError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict(message) => Self::Conflict(message),
            other => Self::Store(other),
        }
    }
}
