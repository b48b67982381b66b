//! Why the service cannot be put together or cannot work.

use installhub_access::AccessError;
use installhub_audit_chain::KeyError as AuditKeyError;
use installhub_connections::{ConnectionError, KeyRingError};
use installhub_jobs::JobsError;
use installhub_kernel::{StoreError, TenantId};
use installhub_storage_object_store::StorageError;

use crate::keys::KeyError;

/// Why the service cannot be put together or cannot work.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The database cannot be worked with.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The place for objects cannot be worked with.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// A key file cannot be read or made.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// `keys.sealing` is none.
    #[error("keys.sealing cannot be used: expected id:base64, with 32 bytes for each key")]
    Sealing(#[from] KeyRingError),
    /// `keys.audit` is none.
    #[error("keys.audit cannot be used")]
    AuditKey(#[from] AuditKeyError),
    /// `keys.audit_former` holds something else than public keys.
    #[error("keys.audit_former cannot be used")]
    FormerAuditKey(#[source] AuditKeyError),
    /// Another setting cannot be used.
    #[error("{key}: {message}")]
    Setting {
        /// Its key.
        key: &'static str,
        /// What was found and what is expected.
        message: String,
    },
    /// A schedule of the service itself could not be made.
    #[error("cannot set up the service's own schedules")]
    Schedules(#[from] JobsError),
    /// People and tenants could not be read or made.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// Secrets of a tenant's connections could not be sealed anew.
    #[error("cannot seal the secrets of the tenant {tenant} with another key")]
    Reseal {
        /// Whose secrets.
        tenant: TenantId,
        /// What went wrong.
        #[source]
        source: ConnectionError,
    },
    /// The service cannot listen or serve.
    #[error("cannot {attempted}")]
    Network {
        /// What was attempted.
        attempted: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A file or folder cannot be worked with.
    #[error("cannot {attempted}")]
    File {
        /// What was attempted.
        attempted: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

impl ServiceError {
    pub(super) fn setting(key: &'static str, message: impl Into<String>) -> Self {
        Self::Setting {
            key,
            message: message.into(),
        }
    }
}
