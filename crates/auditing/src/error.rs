//! Why something was not done.

use installhub_access::{Denied, FieldError};
use installhub_audit_chain::BadEvent;
use installhub_kernel::StoreError;

/// Why a use case of this crate was refused or failed.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// Who acts has no right to.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Fields of the request cannot be accepted.
    #[error("the request cannot be accepted: {}", .0.iter().map(|it| it.message.as_str()).collect::<Vec<_>>().join("; "))]
    Invalid(Vec<FieldError>),
    /// The chain is broken, and what was asked for would go on as if it were not.
    #[error("the audit chain is broken")]
    Broken(#[from] BadEvent),
    /// The service has no key to sign checkpoints with.
    #[error("no key for signing audit checkpoints is configured")]
    NoKey,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
