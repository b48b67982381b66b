//! Why something was not done.

use installhub_access::{AccessError, Denied, FieldError};
use installhub_kernel::StoreError;

/// Why a use case of this crate was refused or failed.
#[derive(Debug, thiserror::Error)]
pub enum DeletionError {
    /// Who acts has no right to.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is no such thing, or it is another tenant's.
    #[error("there is no {what} {id}")]
    NotFound {
        /// What was looked for, such as `artifact`.
        what: &'static str,
        /// The id as given.
        id: String,
    },
    /// Fields of the request cannot be accepted.
    #[error("the request has {} field{} that cannot be accepted", .0.len(), if .0.len() == 1 { "" } else { "s" })]
    Invalid(Vec<FieldError>),
    /// It contradicts what is there: a name is taken meanwhile, or nothing was deleted that could be purged.
    #[error("{0}")]
    Conflict(String),
    /// Somebody else was faster: the record has another revision by now.
    #[error("expected revision {expected}, but found revision {found}")]
    Stale {
        /// The revision that the caller had seen.
        expected: u64,
        /// The revision that it has.
        found: u64,
    },
    /// A purge takes two people: whoever asked for it may not grant it.
    #[error("whoever asked for a purge may not grant it: another person has to")]
    SamePerson,
    /// A purge takes people: neither the service itself nor a token of its own may ask for it or grant it.
    #[error("a purge takes people: a service token may neither ask for one nor grant it")]
    NotAPerson,
    /// Access refused for another reason.
    #[error(transparent)]
    Access(AccessError),
    /// The store failed.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for DeletionError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict(message) => Self::Conflict(message),
            other => Self::Store(other),
        }
    }
}

impl From<AccessError> for DeletionError {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::Denied(denied) => Self::Denied(denied),
            AccessError::NotFound { what, id } => Self::NotFound { what, id },
            AccessError::Invalid(errors) => Self::Invalid(errors),
            AccessError::Conflict(message) => Self::Conflict(message),
            AccessError::Stale { expected, found } => Self::Stale { expected, found },
            AccessError::Store(error) => error.into(),
            other => Self::Access(other),
        }
    }
}
