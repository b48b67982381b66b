//! Secrets at rest: the port, and what a sealed secret is.

use std::fmt;

use installhub_kernel::{ConnectionId, TenantId};
use secrecy::SecretString;

/// A secret that only a [`Sealer`] can read.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedSecret {
    /// The key it was sealed with.
    pub key_id: String,
    /// What the sealer made of it, as text.
    pub sealed: String,
}

impl fmt::Debug for SealedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealedSecret({})", self.key_id)
    }
}

/// Why a sealed secret cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The key was taken off the ring too early.
    #[error("the secret was sealed with the key '{0}', which is not configured any more")]
    UnknownKey(String),
    /// It is not what was sealed, or it was sealed for another connection.
    #[error("the secret is damaged or was sealed for another connection")]
    Damaged,
    /// Secrets cannot be kept here.
    #[error("no key for sealing secrets is configured")]
    NotConfigured,
}

/// Keeps secrets from whoever reads the database, its backups or its logs.
///
/// A sealed secret opens for the connection it was sealed for, and for no other: a row that is moved to another connection or
/// another tenant is refused.
pub trait Sealer: Send + Sync {
    /// The key that secrets are sealed with now.
    fn current_key(&self) -> &str;

    /// Seals a secret with the current key. Sealing the same secret twice gives two different texts.
    fn seal(
        &self,
        tenant: TenantId,
        connection: ConnectionId,
        secret: &SecretString,
    ) -> Result<SealedSecret, SealError>;

    /// Opens a secret that was sealed for this connection, with whichever key of the ring.
    fn open(
        &self,
        tenant: TenantId,
        connection: ConnectionId,
        sealed: &SealedSecret,
    ) -> Result<SecretString, SealError>;
}
