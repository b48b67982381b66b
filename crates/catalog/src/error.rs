//! Why a use case of the catalogue ends early.

use std::fmt;

use installhub_access::{Denied, FieldError};
use installhub_kernel::StoreError;
use installhub_manifest::Diagnostic;
use installhub_package_format::BundleStoreError;

/// Why a use case of the catalogue ends early.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// Whoever asks may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is nothing with this id, for this tenant.
    #[error("there is no {what} '{}'", .id.escape_debug())]
    NotFound {
        /// What was looked for.
        what: &'static str,
        /// The id that was given.
        id: String,
    },
    /// What was given is not what is expected; all of it at once.
    #[error("found {} wrong value(s), the first being: {}", .0.len(), .0.first().map_or("none", |found| found.message.as_str()))]
    Invalid(Vec<FieldError>),
    /// The bytes are not a sound package.
    #[error("the package was rejected with {total} findings")]
    Rejected {
        /// The findings, by layer, code and path; at most as many as the limits list.
        diagnostics: Vec<Diagnostic>,
        /// How many there are.
        total: usize,
    },
    /// It contradicts what is there already.
    #[error("{0}")]
    Conflict(String),
    /// A piece does not begin where the last one ended.
    #[error("the upload goes on at byte {expected}, not at {found}")]
    WrongOffset {
        /// Where the next piece begins.
        expected: u64,
        /// Where it was said to begin.
        found: u64,
    },
    /// It has changed since it was read.
    #[error("revision {expected} was expected and {found} found: it has changed since it was read")]
    Stale {
        /// What the caller has seen.
        expected: u64,
        /// What there is.
        found: u64,
    },
    /// It has more bytes than allowed.
    #[error("{what} has more than {limit} bytes")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// How many bytes it may have.
        limit: u64,
    },
    /// The link is not one of ours, was altered, or is too old.
    #[error("the download link is not valid or not valid any more; ask for a new one")]
    Ticket,
    /// What the client was sending ended early.
    #[error("the bytes ended early")]
    Interrupted(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The service's own store failed.
    #[error(transparent)]
    Store(StoreError),
    /// The store of bundles failed.
    #[error(transparent)]
    Bundle(BundleStoreError),
    /// The file in which packages wait while they are judged.
    #[error("cannot keep the package while it is judged")]
    Spool(#[source] std::io::Error),
}

impl CatalogError {
    pub(crate) fn not_found(what: &'static str, id: impl fmt::Display) -> Self {
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

impl From<StoreError> for CatalogError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict(message) => Self::Conflict(message),
            other => Self::Store(other),
        }
    }
}

impl From<BundleStoreError> for CatalogError {
    fn from(error: BundleStoreError) -> Self {
        match error {
            BundleStoreError::Interrupted(source) => Self::Interrupted(source),
            other => Self::Bundle(other),
        }
    }
}
