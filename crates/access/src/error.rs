//! Why something was not done.

use std::time::Duration;

use installhub_kernel::StoreError;

use crate::{Denied, IdentityError};

/// What is wrong with one field of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The field, as it is written in requests.
    pub field: &'static str,
    /// A stable code, such as `tooShort`.
    pub code: &'static str,
    /// What was found and what is expected.
    pub message: String,
}

impl FieldError {
    /// An error of `field`.
    pub fn new(field: &'static str, code: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            field,
            code,
            message,
        }
    }
}

/// Why a use case of this crate was refused or failed.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// Who acts has no right to.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is no such thing, or it is another tenant's.
    #[error("there is no {what} {id}")]
    NotFound {
        /// What was looked for, such as `user`.
        what: &'static str,
        /// The id as given.
        id: String,
    },
    /// Fields of the request cannot be accepted.
    #[error("the request has {} field{} that cannot be accepted", .0.len(), if .0.len() == 1 { "" } else { "s" })]
    Invalid(Vec<FieldError>),
    /// It contradicts what is there: a name is taken, or nobody would be left to administer.
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
    /// E-mail and password, token or cookie are not those of anybody who may act. It is never said which part is wrong.
    #[error("the credentials are wrong, revoked or not those of anybody who may sign in")]
    WrongCredentials,
    /// The cookie is right, but the request does not prove that it comes from one of our own pages.
    #[error("the request has no CSRF token that belongs to its session")]
    Csrf,
    /// Too many attempts failed.
    #[error("too many attempts: try again in {} seconds", retry_after.as_secs().max(1))]
    Throttled {
        /// When an attempt will be looked at again, counted from now.
        retry_after: Duration,
    },
    /// The session or token was right, but its time is over.
    #[error("the session or token has expired")]
    Expired,
    /// The identity provider's part of a sign-in failed.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The store failed.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for AccessError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict(what) => Self::Conflict(what),
            other => Self::Store(other),
        }
    }
}

impl AccessError {
    pub(crate) fn not_found(what: &'static str, id: impl std::fmt::Display) -> Self {
        Self::NotFound {
            what,
            id: id.to_string(),
        }
    }

    pub(crate) fn invalid(
        field: &'static str,
        code: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self::Invalid(vec![FieldError::new(field, code, message)])
    }
}
