//! Where packages are kept, as a port.

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use installhub_checksum::Digest;

/// The bytes of a bundle, in pieces of any size.
pub type BundleStream = BoxStream<'static, Result<Bytes, BundleStoreError>>;

/// A place that keeps whole packages under the digest of their bytes.
///
/// *Durable:* what a successful [`put`](Self::put) has confirmed survives a crash. *Atomic:* a bundle is there as a whole
/// or not at all, also while it is written and when writing it fails. *Idempotent:* the same bytes can be put and deleted
/// again and again. *Immutable:* bytes under a digest never change, so a bundle that was found can be read by several at
/// once. There is no order between calls.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait BundleStore: Send + Sync {
    /// Takes a bundle, hashing it on the way, and gives its digest. Nothing is kept when the stream fails.
    async fn put(&self, bytes: BundleStream) -> Result<StoredBundle, BundleStoreError>;

    /// The bundle, or `None` when it is not there. Bytes that do not have the digest any more are reported as
    /// [`Corrupt`](BundleStoreError::Corrupt), at the latest when the stream ends.
    async fn find_bundle(&self, digest: Digest) -> Result<Option<BundleStream>, BundleStoreError>;

    /// What is known about a bundle without reading it, or `None` when it is not there.
    async fn find_stored(&self, digest: Digest) -> Result<Option<StoredBundle>, BundleStoreError>;

    /// Removes a bundle. One that is not there is no error; a stream that is open stays readable or fails.
    async fn delete(&self, digest: Digest) -> Result<(), BundleStoreError>;

    /// A place from which anybody can fetch the bundle for a while, saved under a file name; `None` when this store has
    /// no such places and the product has to serve the bytes itself.
    async fn find_download_url(
        &self,
        digest: Digest,
        file_name: &str,
        valid_for: std::time::Duration,
    ) -> Result<Option<String>, BundleStoreError>;
}

/// A bundle that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredBundle {
    /// Digest of its bytes, under which it is found.
    pub digest: Digest,
    /// Its bytes.
    pub bytes: u64,
}

/// Why a store could not do it.
#[derive(Debug, thiserror::Error)]
pub enum BundleStoreError {
    /// The store cannot be reached, or has no room; trying again later may help.
    #[error("the bundle store is not available")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The bytes under a digest do not have it.
    #[error("the bundle under {expected} has the digest {found}")]
    Corrupt {
        /// The digest it is kept under.
        expected: Digest,
        /// The digest of its bytes.
        found: Digest,
    },
    /// The bundle that was to be stored could not be read to its end.
    #[error("the bundle to be stored could not be read")]
    Interrupted(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Anything else.
    #[error("the bundle store failed")]
    Other(#[source] Box<dyn std::error::Error + Send + Sync>),
}
