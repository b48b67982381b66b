//! The promises of `BundleStore`, kept by a real folder.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use installhub_package_format::{BundleStore, BundleStoreError, StoredBundle};
use installhub_storage_object_store::{Location, ObjectStorage};
use installhub_test_support::{CountingIds, bundle_store, scope};
use tempfile::TempDir;

fn storage() -> (TempDir, ObjectStorage) {
    let folder = tempfile::tempdir().expect("a folder");
    let storage = ObjectStorage::new(
        Location::Folder(folder.path().join("objects")),
        Arc::new(CountingIds::new()),
    );
    (folder, storage)
}

async fn put(store: &dyn BundleStore, content: &'static [u8]) -> StoredBundle {
    store
        .put(stream::iter([Ok(Bytes::from_static(content))]).boxed())
        .await
        .expect("a bundle is stored")
}

#[tokio::test]
async fn a_folder_keeps_the_promises_and_no_leftovers() {
    let (folder, storage) = storage();
    bundle_store::conformance(&storage.bundles(&scope(1))).await;
    let tenant = folder
        .path()
        .join("objects/tenants")
        .join(scope(1).tenant().to_string());
    let left = fs::read_dir(tenant.join("uploads"))
        .expect("the folder is there")
        .count();
    assert_eq!(
        left, 0,
        "nothing is left of uploads, not even of the one that failed"
    );
}

#[tokio::test]
async fn memory_keeps_the_promises() {
    let storage = ObjectStorage::new(Location::Memory, Arc::new(CountingIds::new()));
    bundle_store::conformance(&storage.bundles(&scope(1))).await;
}

#[tokio::test]
async fn a_package_lies_under_its_tenant_and_its_digest() {
    let (folder, storage) = storage();
    let stored = put(&storage.bundles(&scope(1)), b"abc").await;
    let key = format!(
        "objects/tenants/{}/bundles/sha256/ba/7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        scope(1).tenant()
    );
    assert_eq!(
        fs::read(folder.path().join(key)).expect("it is there"),
        b"abc"
    );
    let other = storage.bundles(&scope(2));
    assert!(
        other
            .find_bundle(stored.digest)
            .await
            .expect("the store can be asked")
            .is_none()
    );
    assert!(
        other
            .find_stored(stored.digest)
            .await
            .expect("the store can be asked")
            .is_none()
    );
    other
        .delete(stored.digest)
        .await
        .expect("deleting what is absent is no error");
    assert!(
        storage
            .bundles(&scope(1))
            .find_stored(stored.digest)
            .await
            .expect("the store can be asked")
            .is_some()
    );
}

#[tokio::test]
async fn looking_into_a_folder_that_is_not_there_does_not_make_it() {
    let (folder, storage) = storage();
    let bundles = storage.bundles(&scope(1));
    let digest = installhub_checksum::Digest::of(b"abc");
    assert!(
        bundles
            .find_bundle(digest)
            .await
            .expect("the store can be asked")
            .is_none()
    );
    assert!(
        bundles
            .find_stored(digest)
            .await
            .expect("the store can be asked")
            .is_none()
    );
    bundles
        .delete(digest)
        .await
        .expect("deleting what is absent is no error");
    let url = bundles
        .find_download_url(digest, "a.zip", Duration::from_mins(1))
        .await;
    assert_eq!(url.expect("the store can be asked"), None);
    assert!(!folder.path().join("objects").exists());
}

#[tokio::test]
async fn damaged_bytes_end_in_an_error() {
    let (folder, storage) = storage();
    let bundles = storage.bundles(&scope(1));
    let stored = put(&bundles, b"abc").await;
    let hex = stored.digest.to_hex();
    let file = format!(
        "objects/tenants/{}/bundles/sha256/{}/{}",
        scope(1).tenant(),
        &hex[..2],
        &hex[2..]
    );
    // Cut short, changed, and gone on: each of them could pass for the whole by its bytes alone.
    for damaged in [b"ab".as_slice(), b"abd", b"abcd", b""] {
        fs::write(folder.path().join(&file), damaged).expect("the disk goes bad");
        let found = bundles
            .find_bundle(stored.digest)
            .await
            .expect("the store can be asked")
            .expect("it is there");
        let read: Result<Vec<Bytes>, _> = found.try_collect().await;
        match read {
            Err(BundleStoreError::Corrupt { expected, .. }) => assert_eq!(expected, stored.digest),
            other => panic!("damage is reported: {other:?}"),
        }
    }
}
