//! Packages in memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use installhub_checksum::Digest;
use installhub_package_format::{BundleStore, BundleStoreError, BundleStream, StoredBundle};

/// Keeps packages in memory; clones share them.
#[derive(Debug, Clone, Default)]
pub struct MemoryBundleStore {
    shelf: Arc<Mutex<BTreeMap<Digest, Bytes>>>,
}

impl MemoryBundleStore {
    fn shelf(&self) -> MutexGuard<'_, BTreeMap<Digest, Bytes>> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl BundleStore for MemoryBundleStore {
    async fn put(&self, bytes: BundleStream) -> Result<StoredBundle, BundleStoreError> {
        let received: Vec<Bytes> = bytes.try_collect().await.map_err(|error| match error {
            BundleStoreError::Interrupted(_) => error,
            other => BundleStoreError::Interrupted(other.into()),
        })?;
        let content = received.concat();
        let stored = StoredBundle {
            digest: Digest::of(&content),
            bytes: content.len() as u64,
        };
        self.shelf().insert(stored.digest, content.into());
        Ok(stored)
    }

    async fn find_bundle(&self, digest: Digest) -> Result<Option<BundleStream>, BundleStoreError> {
        Ok(self
            .shelf()
            .get(&digest)
            .map(|content| stream::iter([Ok(content.clone())]).boxed()))
    }

    async fn find_stored(&self, digest: Digest) -> Result<Option<StoredBundle>, BundleStoreError> {
        Ok(self.shelf().get(&digest).map(|content| StoredBundle {
            digest,
            bytes: content.len() as u64,
        }))
    }

    async fn delete(&self, digest: Digest) -> Result<(), BundleStoreError> {
        self.shelf().remove(&digest);
        Ok(())
    }

    async fn find_download_url(
        &self,
        _digest: Digest,
        _file_name: &str,
        _valid_for: Duration,
    ) -> Result<Option<String>, BundleStoreError> {
        Ok(None)
    }
}
