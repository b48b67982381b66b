//! Several at once, and what dies in between.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures::future::join_all;
use futures::stream::BoxStream;
use installhub_catalog::ports::BundleShelves;
use installhub_catalog::{Catalog, CatalogError};
use installhub_checksum::Digest;
use installhub_kernel::{PageRequest, TenantScope};
use installhub_package_format::{BundleStore, BundleStoreError, BundleStream, StoredBundle};

use crate::hub::{Hub, anna, package, sent};
use crate::on_each_engine;

on_each_engine!(
    of_two_uploads_of_one_version_one_wins,
    many_uploads_of_one_package_all_arrive,
    bytes_that_are_swept_before_their_row_are_stored_again,
);

async fn of_two_uploads_of_one_version_one_wins(hub: Hub) {
    for round in 0..5 {
        let version = format!("1.0.{round}");
        let uploads = ["a", "b", "a"].map(|text| {
            let bytes = package("Mail", &version, text);
            let catalog = hub.catalog.clone();
            async move { catalog.upload_package(&anna(1), sent(&bytes), None).await }
        });
        let ended = join_all(uploads).await;
        let won: Vec<_> = ended.iter().flatten().map(|version| version.id).collect();
        assert!(won.windows(2).all(|pair| pair[0] == pair[1]), "{won:?}");
        for lost in ended.iter().filter_map(|end| end.as_ref().err()) {
            assert!(matches!(lost, CatalogError::Conflict(_)), "{lost:?}");
        }
        assert!(won.len() == 1 || won.len() == 2, "{ended:?}");
    }
    assert_eq!(hub.events(1, "package.uploaded").await.len(), 5);
}

async fn many_uploads_of_one_package_all_arrive(hub: Hub) {
    let uploads = (0..8).map(|at| {
        let bytes = package("Mail", &format!("1.0.{at}"), "a");
        let catalog = hub.catalog.clone();
        async move { upload_until_free(&catalog, &bytes).await }
    });
    let packages = join_all(uploads).await;
    assert!(packages.windows(2).all(|pair| pair[0] == pair[1]));
    let versions = hub
        .catalog
        .package_versions(&anna(1), packages[0], &PageRequest::first(100))
        .await
        .expect("versions");
    assert_eq!(versions.items.len(), 8);
    let package = hub.catalog.package(&anna(1), packages[0]).await;
    assert_eq!(package.expect("it is there").revision, 8);
}

async fn upload_until_free(catalog: &Catalog, bytes: &[u8]) -> installhub_kernel::PackageId {
    for _ in 0..20 {
        match catalog.upload_package(&anna(1), sent(bytes), None).await {
            Ok(version) => return version.package,
            // What a client is told to do.
            Err(CatalogError::Conflict(message)) if message.contains("try again") => {}
            Err(error) => panic!("{error:?}"),
        }
    }
    panic!("others cannot have been faster so often");
}

/// Shelves from which the first bundle is swept as soon as it is stored.
struct Swept {
    inner: Arc<dyn BundleShelves>,
    left: Arc<AtomicU32>,
}

struct SweptShelf {
    inner: Arc<dyn BundleStore>,
    left: Arc<AtomicU32>,
}

#[async_trait]
impl BundleShelves for Swept {
    fn of(&self, scope: &TenantScope) -> Arc<dyn BundleStore> {
        Arc::new(SweptShelf {
            inner: self.inner.of(scope),
            left: Arc::clone(&self.left),
        })
    }

    async fn written_before(
        &self,
        scope: &TenantScope,
        before: DateTime<Utc>,
    ) -> Result<BoxStream<'static, Result<Digest, BundleStoreError>>, BundleStoreError> {
        self.inner.written_before(scope, before).await
    }
}

#[async_trait]
impl BundleStore for SweptShelf {
    async fn put(&self, bytes: BundleStream) -> Result<StoredBundle, BundleStoreError> {
        let stored = self.inner.put(bytes).await?;
        let is_swept = self
            .left
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                left.checked_sub(1)
            });
        if is_swept.is_ok() {
            self.inner.delete(stored.digest).await?;
        }
        Ok(stored)
    }

    async fn find_bundle(&self, digest: Digest) -> Result<Option<BundleStream>, BundleStoreError> {
        self.inner.find_bundle(digest).await
    }

    async fn find_stored(&self, digest: Digest) -> Result<Option<StoredBundle>, BundleStoreError> {
        self.inner.find_stored(digest).await
    }

    async fn delete(&self, digest: Digest) -> Result<(), BundleStoreError> {
        self.inner.delete(digest).await
    }

    async fn find_download_url(
        &self,
        digest: Digest,
        file_name: &str,
        valid_for: std::time::Duration,
    ) -> Result<Option<String>, BundleStoreError> {
        self.inner
            .find_download_url(digest, file_name, valid_for)
            .await
    }
}

async fn bytes_that_are_swept_before_their_row_are_stored_again(hub: Hub) {
    let mut catalog = hub.catalog.clone();
    let left = Arc::new(AtomicU32::new(2));
    catalog.bundles = Arc::new(Swept {
        inner: Arc::clone(&hub.catalog.bundles),
        left: Arc::clone(&left),
    });
    let bytes = package("Mail", "1.0.0", "a");
    let made = catalog
        .upload_package(&anna(1), sent(&bytes), None)
        .await
        .expect("the third time they stay");
    assert_eq!(hub.events(1, "package.uploaded").await.len(), 1);
    let shelf = hub.catalog.bundles.of(&crate::hub::scope(1));
    let stored = shelf.find_stored(made.digest).await.expect("an answer");
    assert!(stored.is_some(), "no row without bytes");

    // When they never stay, there is no row either.
    left.store(u32::MAX, Ordering::SeqCst);
    let bytes = package("Mail", "1.0.1", "a");
    let lost = catalog.upload_package(&anna(1), sent(&bytes), None).await;
    assert!(matches!(lost, Err(CatalogError::Conflict(_))), "{lost:?}");
    assert_eq!(hub.events(1, "package.uploaded").await.len(), 1);
}
