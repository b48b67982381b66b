//! What the catalogue needs of a place for objects: shelves of bundles by tenant, and pieces of uploads.
//!
//! A piece lies at `tenants/<tenant>/pieces/<upload>/<piece>`, apart from what is being written: pieces outlive the process
//! that took them, and go with their upload.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures::stream::{self, BoxStream, StreamExt as _, TryStreamExt as _};
use installhub_catalog::UploadPiece;
use installhub_catalog::ports::{BundleShelves, UploadStore};
use installhub_checksum::Digest;
use installhub_kernel::{TenantId, TenantScope, UploadId};
use installhub_package_format::{BundleStore, BundleStoreError, BundleStream, StoredBundle};
use object_store::ObjectStoreExt as _;
use object_store::path::Path;
use uuid::Uuid;

use crate::ObjectStorage;
use crate::bundles::{pieces, unavailable, verified};
use crate::key::{Kind, TENANTS, read_key};

/// The folder of a tenant that holds pieces of uploads.
const PIECES: &str = "pieces";

fn bundles_key(tenant: TenantId) -> Path {
    Path::from_iter([TENANTS, &tenant.to_string(), Kind::Bundle.folder()])
}

fn pieces_key(tenant: TenantId, upload: UploadId) -> Path {
    Path::from_iter([TENANTS, &tenant.to_string(), PIECES, &upload.to_string()])
}

fn piece_key(tenant: TenantId, upload: UploadId, piece: Uuid) -> Path {
    pieces_key(tenant, upload).join(piece.to_string())
}

#[async_trait]
impl BundleShelves for ObjectStorage {
    fn of(&self, scope: &TenantScope) -> Arc<dyn BundleStore> {
        Arc::new(self.bundles(scope))
    }

    async fn written_before(
        &self,
        scope: &TenantScope,
        before: DateTime<Utc>,
    ) -> Result<BoxStream<'static, Result<Digest, BundleStoreError>>, BundleStoreError> {
        let failed = |error| unavailable("list packages", error);
        let Some(store) = self.existing().map_err(failed)? else {
            return Ok(stream::empty().boxed());
        };
        let tenant = scope.tenant();
        let objects = store.list(Some(&bundles_key(tenant)));
        Ok(objects
            .map_err(failed)
            .try_filter_map(move |object| async move {
                let (key, is_old) = (object.location, object.last_modified < before);
                let bundle = read_key(tenant, Kind::Bundle, key.as_ref());
                Ok(bundle.filter(|_| is_old).map(|(_, digest)| digest))
            })
            .boxed())
    }
}

#[async_trait]
impl UploadStore for ObjectStorage {
    async fn put_piece(
        &self,
        scope: &TenantScope,
        upload: UploadId,
        piece: Uuid,
        bytes: BundleStream,
    ) -> Result<StoredBundle, BundleStoreError> {
        let written = self.bundles(scope).receive(bytes).await?;
        let stored = StoredBundle {
            digest: written.digest,
            bytes: written.length,
        };
        written
            .publish(&piece_key(scope.tenant(), upload, piece))
            .await
            .map_err(|error| unavailable("keep a piece of an upload", error))?;
        Ok(stored)
    }

    async fn read_pieces(
        &self,
        scope: &TenantScope,
        upload: UploadId,
        wanted: Vec<UploadPiece>,
    ) -> Result<BundleStream, BundleStoreError> {
        let failed = |error| unavailable("read a piece of an upload", error);
        let store = self.created().map_err(failed)?;
        let tenant = scope.tenant();
        Ok(stream::iter(wanted)
            .then(move |piece| {
                let store = Arc::clone(&store);
                async move {
                    let found = store.get(&piece_key(tenant, upload, piece.id)).await;
                    Ok(verified(pieces(found.map_err(failed)?), piece.digest))
                }
            })
            .try_flatten()
            .boxed())
    }

    async fn remove_pieces(
        &self,
        scope: &TenantScope,
        upload: UploadId,
    ) -> Result<(), BundleStoreError> {
        let failed = |error| unavailable("remove the pieces of an upload", error);
        let Some(store) = self.existing().map_err(failed)? else {
            return Ok(());
        };
        let mut pieces = store.list(Some(&pieces_key(scope.tenant(), upload)));
        while let Some(piece) = pieces.try_next().await.map_err(failed)? {
            match store.delete(&piece.location).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(failed(error)),
            }
        }
        Ok(())
    }
}
