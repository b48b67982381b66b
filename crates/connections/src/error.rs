//! Why something was not done.

use installhub_access::{Denied, FieldError};
use installhub_kernel::{ConnectionId, StoreError};

use crate::SealError;

/// Why a use case of this crate was refused or failed.
#[derive(Debug, thiserror::Error)]
pub enum ConnectionError {
    /// Who acts has no right to.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is no such connection, or it is another tenant's.
    #[error("there is no connection {0}")]
    NotFound(ConnectionId),
    /// Fields of the request cannot be accepted.
    #[error("the connection has {} field{} that cannot be accepted", .0.len(), if .0.len() == 1 { "" } else { "s" })]
    Invalid(Vec<FieldError>),
    /// The name is taken, or somebody else was faster.
    #[error("{0}")]
    Conflict(String),
    /// Somebody else was faster: the connection has another revision by now.
    #[error("expected revision {expected}, but found revision {found}")]
    Stale {
        /// The revision that the caller had seen.
        expected: u64,
        /// The revision that it has.
        found: u64,
    },
    /// The secret cannot be sealed or opened.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The store failed.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for ConnectionError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict(what) => Self::Conflict(what),
            other => Self::Store(other),
        }
    }
}
