//! What recovery needs from outside: a place for snapshot bytes and a list of snapshots.

use std::io::{Read, Write};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use installhub_checksum::Digest;
use installhub_kernel::{SnapshotId, TenantScope};
use serde::{Deserialize, Serialize};

/// Why a snapshot could not be stored, found or trusted.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// There is no such snapshot, or it has been deleted.
    #[error("there is no snapshot {0}; it may have expired")]
    NotFound(SnapshotId),
    /// The stored bytes are not those that were written.
    #[error("snapshot {key} is corrupt: expected {expected}, found {found}; nothing was touched")]
    Corrupt {
        /// The object's key.
        key: String,
        /// The digest recorded when it was written.
        expected: Digest,
        /// The digest of what is there now.
        found: Digest,
    },
    /// The store cannot be reached or is full; trying again may help.
    #[error("{attempted}")]
    Unavailable {
        /// What was attempted.
        attempted: String,
        /// What the store said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// A snapshot being written. Dropped without [`finish`](Self::finish), it leaves nothing behind.
#[async_trait]
pub trait SnapshotSink: Write + Send {
    /// Makes the bytes durable under a key derived from `digest` (of the stored, compressed bytes) and returns the key.
    async fn finish(self: Box<Self>, digest: Digest) -> Result<String, SnapshotError>;
}

/// Where snapshot bytes live. Keys are built from the tenant and the digest alone.
#[async_trait]
pub trait SnapshotStore: Send + Sync {
    /// Begins a snapshot.
    async fn create(&self, scope: &TenantScope) -> Result<Box<dyn SnapshotSink>, SnapshotError>;

    /// Opens a snapshot after reading all of it once and finding the digest as recorded: no byte of a damaged snapshot
    /// is ever handed out.
    async fn open_verified(
        &self,
        scope: &TenantScope,
        key: &str,
        digest: Digest,
    ) -> Result<Box<dyn Read + Send>, SnapshotError>;

    /// Whether there are bytes under the key; says nothing about whether they are intact.
    async fn contains(&self, scope: &TenantScope, key: &str) -> Result<bool, SnapshotError>;

    /// Removes a snapshot's bytes; removing what is not there is no error.
    async fn delete(&self, scope: &TenantScope, key: &str) -> Result<(), SnapshotError>;
}

/// What is known of a snapshot without opening it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SnapshotRecord {
    /// Its id.
    pub id: SnapshotId,
    /// The identity of the target it was taken of.
    pub target: String,
    /// Where the bytes are.
    pub key: String,
    /// SHA-256 over the stored (compressed) bytes.
    pub digest: Digest,
    /// Bytes before compression.
    pub raw_bytes: u64,
    /// Bytes stored.
    pub stored_bytes: u64,
    /// When it was taken.
    pub created_at: DateTime<Utc>,
    /// When the sweeper may delete it.
    pub expires_at: DateTime<Utc>,
}

/// The list of snapshots, inside a unit of work.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait SnapshotRepository: Send {
    /// Adds a snapshot whose bytes are durable already.
    async fn add(
        &mut self,
        scope: &TenantScope,
        record: &SnapshotRecord,
    ) -> Result<(), SnapshotError>;

    /// A snapshot that has not been deleted.
    async fn find(
        &mut self,
        scope: &TenantScope,
        id: SnapshotId,
    ) -> Result<Option<SnapshotRecord>, SnapshotError>;

    /// Snapshots that expired before `now`, oldest first, at most `limit`.
    async fn expired(
        &mut self,
        scope: &TenantScope,
        now: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<SnapshotRecord>, SnapshotError>;

    /// Marks a snapshot as deleted; its record stays for the audit.
    async fn mark_deleted(
        &mut self,
        scope: &TenantScope,
        id: SnapshotId,
        at: DateTime<Utc>,
    ) -> Result<(), SnapshotError>;

    /// Whether any snapshot that has not been deleted has its bytes under `key`: equal snapshots share them.
    async fn key_in_use(&mut self, scope: &TenantScope, key: &str) -> Result<bool, SnapshotError>;
}
