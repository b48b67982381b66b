//! Packages as objects.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt as _, TryStreamExt as _};
use installhub_checksum::{Digest, Hasher};
use installhub_kernel::{TenantId, TenantScope};
use installhub_package_format::{BundleStore, BundleStoreError, BundleStream, StoredBundle};
use object_store::{GetResult, GetResultPayload, ObjectStoreExt as _};
use tokio_util::io::ReaderStream;

use crate::cause::from_io;
use crate::disposition::attachment;
use crate::key::{Kind, object_key};
use crate::place::Place;
use crate::upload::{Upload, Written};
use crate::{ObjectStorage, StorageError};

/// Bytes in a piece of a stream from a local file.
const PIECE: usize = 256 << 10;

/// The packages of one tenant.
#[derive(Clone)]
pub struct Bundles {
    storage: ObjectStorage,
    tenant: TenantId,
}

impl ObjectStorage {
    /// The packages of the tenant of `scope`.
    pub fn bundles(&self, scope: &TenantScope) -> Bundles {
        Bundles {
            storage: self.clone(),
            tenant: scope.tenant(),
        }
    }
}

impl Bundles {
    /// Takes bytes under a temporary key.
    pub(crate) async fn receive(
        &self,
        mut bytes: BundleStream,
    ) -> Result<Written, BundleStoreError> {
        let failed = |error| unavailable("store a package", error);
        let mut upload = self
            .storage
            .begin_upload(self.tenant)
            .await
            .map_err(failed)?;
        loop {
            match bytes.try_next().await {
                Ok(Some(piece)) => upload.write(&piece).await.map_err(failed)?,
                Ok(None) => return upload.complete().await.map_err(failed),
                Err(error) => return Err(interrupted(upload, error).await),
            }
        }
    }
}

#[async_trait]
impl BundleStore for Bundles {
    async fn put(&self, bytes: BundleStream) -> Result<StoredBundle, BundleStoreError> {
        let written = self.receive(bytes).await?;
        let stored = StoredBundle {
            digest: written.digest,
            bytes: written.length,
        };
        let key = object_key(self.tenant, Kind::Bundle, stored.digest);
        written
            .publish(&key)
            .await
            .map_err(|error| unavailable("keep a package", error))?;
        Ok(stored)
    }

    async fn find_bundle(&self, digest: Digest) -> Result<Option<BundleStream>, BundleStoreError> {
        let failed = |error| unavailable("read a package", error);
        let Some(store) = self.storage.existing().map_err(failed)? else {
            return Ok(None);
        };
        match store
            .get(&object_key(self.tenant, Kind::Bundle, digest))
            .await
        {
            Ok(found) => Ok(Some(verified(pieces(found), digest))),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    async fn find_stored(&self, digest: Digest) -> Result<Option<StoredBundle>, BundleStoreError> {
        let failed = |error| unavailable("look for a package", error);
        let Some(store) = self.storage.existing().map_err(failed)? else {
            return Ok(None);
        };
        match store
            .head(&object_key(self.tenant, Kind::Bundle, digest))
            .await
        {
            Ok(found) => Ok(Some(StoredBundle {
                digest,
                bytes: found.size,
            })),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    async fn delete(&self, digest: Digest) -> Result<(), BundleStoreError> {
        let failed = |error| unavailable("delete a package", error);
        let Some(store) = self.storage.existing().map_err(failed)? else {
            return Ok(());
        };
        match store
            .delete(&object_key(self.tenant, Kind::Bundle, digest))
            .await
        {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(failed(error)),
        }
    }

    /// `None` for a folder and for memory, which cannot be reached from outside.
    async fn find_download_url(
        &self,
        digest: Digest,
        file_name: &str,
        valid_for: Duration,
    ) -> Result<Option<String>, BundleStoreError> {
        let failed = |error| unavailable("sign an address for a package", error);
        let Some(Place::Bucket(bucket)) = self.storage.existing_place().map_err(failed)? else {
            return Ok(None);
        };
        let key = object_key(self.tenant, Kind::Bundle, digest);
        bucket
            .signed_url(&key, valid_for, attachment(file_name))
            .await
            .map(Some)
            .map_err(failed)
    }
}

/// The bytes of an object, in pieces worth sending.
pub(crate) fn pieces(found: GetResult) -> BoxStream<'static, Result<Bytes, object_store::Error>> {
    match found.payload {
        GetResultPayload::File(file, _) => {
            ReaderStream::with_capacity(tokio::fs::File::from_std(file), PIECE)
                .map_err(from_io)
                .boxed()
        }
        GetResultPayload::Stream(stream) => stream,
    }
}

/// The same bytes, with an error at their end if they do not have the digest.
pub(crate) fn verified(
    pieces: BoxStream<'static, Result<Bytes, object_store::Error>>,
    expected: Digest,
) -> BundleStream {
    let state = Some((pieces, Hasher::new()));
    stream::try_unfold(state, move |state| async move {
        let Some((mut pieces, mut hasher)) = state else {
            return Ok(None);
        };
        match pieces.try_next().await {
            Ok(Some(piece)) => {
                hasher.update(&piece);
                Ok(Some((piece, Some((pieces, hasher)))))
            }
            Ok(None) => match hasher.finalize() {
                found if found == expected => Ok(None),
                found => Err(BundleStoreError::Corrupt { expected, found }),
            },
            Err(error) => Err(unavailable("read a package", error)),
        }
    })
    .boxed()
}

/// Why a package that was to be stored is not: its own stream failed.
async fn interrupted(upload: Upload, error: BundleStoreError) -> BundleStoreError {
    // What cannot be taken back now is swept later.
    drop(upload.abort().await);
    match error {
        BundleStoreError::Interrupted(_) => error,
        other => BundleStoreError::Interrupted(other.into()),
    }
}

pub(crate) fn unavailable(attempted: &str, error: object_store::Error) -> BundleStoreError {
    BundleStoreError::Unavailable(StorageError::new(attempted, error).into())
}
