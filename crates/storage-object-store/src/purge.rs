//! Removing bytes for good.

use async_trait::async_trait;
use futures::{StreamExt as _, TryStreamExt as _};
use installhub_checksum::Digest;
use installhub_deletion::ports::BytesRemover;
use installhub_kernel::{StoreError, TenantScope};
use object_store::path::Path;
use object_store::{ObjectStore as _, ObjectStoreExt as _};

use crate::ObjectStorage;
use crate::cause::in_words;
use crate::key::{Kind, TENANTS, object_key};

/// Objects that are removed at the same time.
const AT_ONCE: usize = 8;

#[async_trait]
impl BytesRemover for ObjectStorage {
    async fn remove(&self, scope: &TenantScope, digest: Digest) -> Result<(), StoreError> {
        let Some(store) = self.existing().map_err(unavailable)? else {
            return Ok(());
        };
        match store
            .delete(&object_key(scope.tenant(), Kind::Bundle, digest))
            .await
        {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(unavailable(error)),
        }
    }

    async fn remove_all(&self, scope: &TenantScope) -> Result<(), StoreError> {
        let Some(store) = self.existing().map_err(unavailable)? else {
            return Ok(());
        };
        let all = Path::from_iter([TENANTS, &scope.tenant().to_string()]);
        store
            .list(Some(&all))
            .map_ok(|object| object.location)
            .map(|location| {
                let store = &store;
                async move {
                    match store.delete(&location?).await {
                        Err(error) if !matches!(error, object_store::Error::NotFound { .. }) => {
                            Err(error)
                        }
                        _ => Ok(()),
                    }
                }
            })
            .buffer_unordered(AT_ONCE)
            .try_collect::<()>()
            .await
            .map_err(unavailable)
    }
}

fn unavailable(error: object_store::Error) -> StoreError {
    StoreError::Unavailable {
        attempted: format!("cannot remove stored bytes: {}", in_words(&error)),
        source: error.into(),
    }
}
