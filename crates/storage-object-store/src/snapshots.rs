//! Snapshots as objects.

use std::io::{self, Read, Write};

use async_trait::async_trait;
use installhub_checksum::Digest;
use installhub_kernel::{TenantId, TenantScope};
use installhub_recovery::{SnapshotError, SnapshotSink, SnapshotStore};
use object_store::ObjectStoreExt as _;

use crate::ObjectStorage;
use crate::blocking::wait;
use crate::cause::{in_words, into_io};
use crate::key::{Kind, object_key, read_key};
use crate::upload::Upload;
use crate::verified::fetch;

#[async_trait]
impl SnapshotStore for ObjectStorage {
    async fn create(&self, scope: &TenantScope) -> Result<Box<dyn SnapshotSink>, SnapshotError> {
        let tenant = scope.tenant();
        let upload = self
            .begin_upload(tenant)
            .await
            .map_err(|error| unavailable("cannot begin a snapshot", error))?;
        Ok(Box::new(Sink { upload, tenant }))
    }

    async fn open_verified(
        &self,
        scope: &TenantScope,
        key: &str,
        digest: Digest,
    ) -> Result<Box<dyn Read + Send>, SnapshotError> {
        let attempted = format!("cannot open snapshot {key}");
        let failed = |error| unavailable(&attempted, error);
        let place =
            read_key(scope.tenant(), Kind::Snapshot, key).zip(self.existing().map_err(failed)?);
        let Some(((path, _), store)) = place else {
            return Err(failed(absent(key)));
        };
        let hashed = fetch(store.as_ref(), &path).await.map_err(failed)?;
        if hashed.digest == digest {
            Ok(Box::new(hashed.file))
        } else {
            Err(SnapshotError::Corrupt {
                key: key.to_owned(),
                expected: digest,
                found: hashed.digest,
            })
        }
    }

    async fn contains(&self, scope: &TenantScope, key: &str) -> Result<bool, SnapshotError> {
        let failed = |error| unavailable("cannot look for a snapshot", error);
        let place =
            read_key(scope.tenant(), Kind::Snapshot, key).zip(self.existing().map_err(failed)?);
        let Some(((path, _), store)) = place else {
            return Ok(false);
        };
        match store.head(&path).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(failed(error)),
        }
    }

    async fn delete(&self, scope: &TenantScope, key: &str) -> Result<(), SnapshotError> {
        let failed = |error| unavailable("cannot delete a snapshot", error);
        let place =
            read_key(scope.tenant(), Kind::Snapshot, key).zip(self.existing().map_err(failed)?);
        let Some(((path, _), store)) = place else {
            return Ok(());
        };
        match store.delete(&path).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(failed(error)),
        }
    }
}

/// A snapshot on its way.
struct Sink {
    upload: Upload,
    tenant: TenantId,
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let network = self.upload.network();
        wait(self.upload.write(bytes), network.as_ref()).map_err(into_io)?;
        Ok(bytes.len())
    }

    /// Does nothing: only [`SnapshotSink::finish`] makes a snapshot durable.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[async_trait]
impl SnapshotSink for Sink {
    async fn finish(self: Box<Self>, digest: Digest) -> Result<String, SnapshotError> {
        let failed = |error| unavailable("cannot keep the snapshot", error);
        let written = self.upload.complete().await.map_err(failed)?;
        let key = object_key(self.tenant, Kind::Snapshot, digest);
        if written.digest != digest {
            let found = written.digest;
            written.discard().await.map_err(failed)?;
            return Err(SnapshotError::Corrupt {
                key: key.to_string(),
                expected: digest,
                found,
            });
        }
        written.publish(&key).await.map_err(failed)?;
        Ok(key.to_string())
    }
}

fn absent(key: &str) -> object_store::Error {
    object_store::Error::NotFound {
        path: key.to_owned(),
        source: "no object of this tenant has this key".into(),
    }
}

fn unavailable(attempted: &str, error: object_store::Error) -> SnapshotError {
    SnapshotError::Unavailable {
        attempted: format!("{attempted}: {}", in_words(&error)),
        source: error.into(),
    }
}
