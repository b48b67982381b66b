//! The promises of both ports, kept by a bucket, and what only a bucket can do.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use installhub_checksum::Digest;
use installhub_package_format::{BundleStore, BundleStoreError, StoredBundle};
use installhub_recovery::SnapshotStore as _;
use installhub_storage_object_store::{Location, ObjectStorage, S3Options};
use installhub_test_services::{S3Server, s3_server};
use installhub_test_support::{CountingIds, bundle_store, scope, snapshot_store};
use reqwest::{Method, StatusCode};
use url::Url;

fn options(server: &S3Server) -> S3Options {
    S3Options {
        endpoint: Some(server.endpoint()),
        region: server.region().to_owned(),
        bucket: server.bucket().to_owned(),
        prefix: "installhub/test".to_owned(),
        access_key: server.access_key().to_owned(),
        secret_key: server.secret_key().into(),
        path_style: true,
        allow_http: true,
    }
}

fn storage(options: S3Options) -> ObjectStorage {
    ObjectStorage::new(Location::S3(options), Arc::new(CountingIds::new()))
}

async fn put(store: &dyn BundleStore, content: &[u8]) -> Result<StoredBundle, BundleStoreError> {
    let pieces: Vec<_> = content
        .chunks(1 << 20)
        .map(|piece| Ok(Bytes::copy_from_slice(piece)))
        .collect();
    store.put(stream::iter(pieces).boxed()).await
}

async fn get(store: &dyn BundleStore, digest: Digest) -> Result<Vec<u8>, BundleStoreError> {
    let found = store.find_bundle(digest).await?.expect("it is there");
    let pieces: Vec<Bytes> = found.try_collect().await?;
    Ok(pieces.concat())
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    entries
        .map(|entry| entry.expect("the folder can be read").path())
        .flat_map(|path| {
            if path.is_dir() {
                files_below(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

/// What lies in the bucket as a temporary object.
fn temporaries(server: &S3Server) -> Vec<PathBuf> {
    let mut files = files_below(&server.objects());
    files.retain(|file| {
        file.parent()
            .is_some_and(|folder| folder.ends_with("uploads"))
    });
    files
}

/// What the server keeps of uploads that have not ended.
fn pending_parts(server: &S3Server) -> usize {
    fs::read_dir(server.root())
        .expect("the folder is there")
        .filter(|entry| {
            let name = entry.as_ref().expect("it can be read").file_name();
            name.to_string_lossy().starts_with(".upload")
        })
        .count()
}

/// Waits for what happens in the background.
async fn until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !condition() {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_bucket_keeps_the_promises_for_packages_and_no_leftovers() {
    let server = s3_server().await;
    bundle_store::conformance(&storage(options(&server)).bundles(&scope(1))).await;
    until("nothing is left of the upload that failed", || {
        temporaries(&server).is_empty() && pending_parts(&server) == 0
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_bucket_keeps_the_promises_for_snapshots() {
    let server = s3_server().await;
    snapshot_store::conformance(&storage(options(&server))).await;
}

#[tokio::test(flavor = "current_thread")]
async fn a_bucket_keeps_the_promises_for_snapshots_on_a_single_thread() {
    let server = s3_server().await;
    snapshot_store::conformance(&storage(options(&server))).await;
}

#[tokio::test]
async fn an_object_lies_under_the_prefix_its_tenant_and_its_digest() {
    let server = s3_server().await;
    let storage = storage(options(&server));
    put(&storage.bundles(&scope(1)), b"abc")
        .await
        .expect("a bundle is stored");
    let key = format!(
        "installhub/test/tenants/{}/bundles/sha256/ba/7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        scope(1).tenant()
    );
    let file = server.objects().join(key);
    assert_eq!(fs::read(file).expect("it is there"), b"abc");
}

#[tokio::test]
async fn without_a_prefix_and_with_the_region_auto_it_works_too() {
    let server = s3_server().await;
    let storage = storage(S3Options {
        prefix: String::new(),
        region: "auto".to_owned(),
        ..options(&server)
    });
    let bundles = storage.bundles(&scope(1));
    let stored = put(&bundles, b"abc").await.expect("a bundle is stored");
    assert_eq!(get(&bundles, stored.digest).await.expect("intact"), b"abc");
    assert!(server.objects().join("tenants").is_dir());
}

#[tokio::test]
async fn a_wrong_secret_is_refused_and_told_nowhere() {
    let server = s3_server().await;
    let wrong = S3Options {
        secret_key: "another-secret".into(),
        ..options(&server)
    };
    assert!(!format!("{wrong:?}").contains("another-secret"));
    let error = put(&storage(wrong).bundles(&scope(1)), b"abc")
        .await
        .expect_err("the signature is wrong");
    let chain = format!("{error} {error:?}");
    assert!(matches!(error, BundleStoreError::Unavailable(_)), "{chain}");
    assert!(chain.contains("check the credentials"), "{chain}");
    assert!(!chain.contains("another-secret"), "{chain}");
    assert!(files_below(&server.objects()).is_empty());
}

#[tokio::test]
async fn damaged_bytes_end_in_an_error() {
    let server = s3_server().await;
    let storage = storage(options(&server));
    let bundles = storage.bundles(&scope(1));
    let stored = put(&bundles, b"abc").await.expect("a bundle is stored");
    let objects = files_below(&server.objects());
    let object = objects.first().expect("it is there");
    for damaged in [b"ab".as_slice(), b"abd", b"abcd", b""] {
        fs::write(object, damaged).expect("the disk goes bad");
        let read = get(&bundles, stored.digest).await;
        assert!(
            matches!(read, Err(BundleStoreError::Corrupt { expected, .. }) if expected == stored.digest),
            "damage is reported: {read:?}"
        );
    }
    put(&bundles, b"abc").await.expect("writing it again");
    assert_eq!(get(&bundles, stored.digest).await.expect("heals"), b"abc");
}

#[tokio::test]
async fn an_outage_is_told_soon_and_ends_without_a_restart() {
    let server = s3_server().await;
    let storage = storage(options(&server));
    let bundles = storage.bundles(&scope(1));
    let stored = put(&bundles, b"before").await.expect("a bundle is stored");
    server.stop().await;
    let began = Instant::now();
    let large = vec![1; 9 << 20];
    let (read, small, parts) = tokio::join!(
        bundles.find_stored(stored.digest),
        put(&bundles, b"during"),
        put(&bundles, &large),
    );
    assert!(began.elapsed() < Duration::from_secs(12));
    for error in [
        read.map(drop).expect_err("nobody answers"),
        small.map(drop).expect_err("nobody answers"),
        parts.map(drop).expect_err("nobody answers"),
    ] {
        assert!(matches!(error, BundleStoreError::Unavailable(_)), "{error}");
        let chain = format!("{error:?}");
        assert!(chain.contains("does not answer"), "{chain}");
    }
    server.start().await;
    let stored = put(&bundles, b"after").await.expect("it answers again");
    let content = get(&bundles, stored.digest).await;
    assert_eq!(content.expect("intact"), b"after");
}

#[tokio::test]
async fn an_upload_that_is_dropped_takes_its_parts_along() {
    let server = s3_server().await;
    let storage = storage(options(&server));
    let mut sink = storage.create(&scope(1)).await.expect("a snapshot begins");
    sink.write_all(&vec![7; 17 << 20]).expect("bytes are taken");
    assert_eq!(temporaries(&server).len(), 1, "the note of the upload");
    assert!(pending_parts(&server) > 0);
    drop(sink);
    until("the parts are gone", || {
        temporaries(&server).is_empty() && pending_parts(&server) == 0
    })
    .await;
}

#[tokio::test]
async fn what_a_dead_process_left_is_swept_and_nothing_else() {
    let server = s3_server().await;
    let storage = storage(options(&server));
    let bundles = storage.bundles(&scope(1));
    let kept = put(&bundles, b"content").await.expect("a bundle is stored");
    // An upload whose process never comes back: it is not dropped, and holds parts and a note.
    let mut sink = storage.create(&scope(2)).await.expect("a snapshot begins");
    sink.write_all(&vec![7; 17 << 20]).expect("bytes are taken");
    std::mem::forget(sink);
    // And one that was complete when its process died, before it was moved.
    let notes = temporaries(&server);
    let note = notes.first().expect("the note of the upload");
    fs::write(note.with_file_name("complete"), b"complete").expect("a file");
    assert!(pending_parts(&server) > 0);
    let written = fs::metadata(note).and_then(|file| file.modified());
    let written = DateTime::<Utc>::from(written.expect("a time"));

    let swept = storage.sweep_abandoned(written - TimeDelta::days(1)).await;
    assert_eq!(swept.expect("it answers"), 0, "young ones may be alive");
    let swept = storage.sweep_abandoned(written + TimeDelta::days(1)).await;
    assert_eq!(swept.expect("it answers"), 2);
    assert_eq!(temporaries(&server), Vec::<PathBuf>::new());
    assert_eq!(pending_parts(&server), 0);
    let content = get(&bundles, kept.digest).await;
    assert_eq!(content.expect("intact"), b"content");
}

#[tokio::test]
async fn a_snapshot_of_a_bucket_is_read_through_a_file_of_its_own() {
    let server = s3_server().await;
    let storage = storage(options(&server));
    let mut sink = storage.create(&scope(1)).await.expect("a snapshot begins");
    sink.write_all(b"content").expect("bytes are taken");
    let digest = Digest::of(b"content");
    let key = sink.finish(digest).await.expect("a snapshot ends");
    let mut opened = storage
        .open_verified(&scope(1), &key, digest)
        .await
        .expect("it is there");
    server.stop().await;
    let mut content = String::new();
    opened.read_to_string(&mut content).expect("it is all here");
    assert_eq!(content, "content");
}

async fn signed(server: &S3Server, valid_for: Duration) -> Url {
    let storage = storage(options(server));
    let bundles = storage.bundles(&scope(1));
    let stored = put(&bundles, b"abc").await.expect("a bundle is stored");
    bundles
        .find_download_url(stored.digest, "Käse \"1\".zip", valid_for)
        .await
        .expect("it can be signed")
        .expect("a bucket can be reached")
        .parse()
        .expect("an address")
}

async fn status(method: Method, url: Url) -> StatusCode {
    let answer = reqwest::Client::new().request(method, url).send().await;
    answer.expect("the server answers").status()
}

#[tokio::test]
async fn a_signed_address_gives_the_bytes_under_a_safe_name() {
    let server = s3_server().await;
    let url = signed(&server, Duration::from_hours(1)).await;
    let lifetime = url.query_pairs().find(|(name, _)| name == "X-Amz-Expires");
    assert_eq!(lifetime.expect("it ends").1, "3600");
    let answer = reqwest::get(url).await.expect("the server answers");
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(
        answer.headers()["content-disposition"],
        "attachment; filename=\"K_se__1_.zip\"; filename*=UTF-8''K%C3%A4se%20%221%22.zip"
    );
    assert_eq!(answer.bytes().await.expect("bytes"), "abc");
}

#[tokio::test]
async fn a_signed_address_is_good_for_nothing_else() {
    let server = s3_server().await;
    let url = signed(&server, Duration::from_hours(1)).await;
    let altered = |change: &dyn Fn(&mut Url)| {
        let mut url = url.clone();
        change(&mut url);
        url
    };
    let queried = |name: &str, value: &str| {
        altered(&|url| {
            let pairs: Vec<(String, String)> = url
                .query_pairs()
                .map(|(key, old)| {
                    let new = if key == name {
                        value.into()
                    } else {
                        old.into_owned()
                    };
                    (key.into_owned(), new)
                })
                .collect();
            url.query_pairs_mut().clear().extend_pairs(pairs);
        })
    };
    let other_key = altered(&|url| {
        let path = url.path().replace("ba/7816", "ba/7817");
        url.set_path(&path);
    });
    for (what, method, url) in [
        ("another object", Method::GET, other_key),
        ("writing", Method::PUT, url.clone()),
        ("deleting", Method::DELETE, url.clone()),
        (
            "another name",
            Method::GET,
            queried("response-content-disposition", "inline"),
        ),
        (
            "a longer life",
            Method::GET,
            queried("X-Amz-Expires", "7200"),
        ),
        (
            "another key",
            Method::GET,
            queried("X-Amz-Signature", &"0".repeat(64)),
        ),
    ] {
        assert_eq!(status(method, url).await, StatusCode::FORBIDDEN, "{what}");
    }
    assert_eq!(status(Method::GET, url).await, StatusCode::OK);
}

#[tokio::test]
async fn a_signed_address_ends() {
    let server = s3_server().await;
    let url = signed(&server, Duration::from_secs(2)).await;
    assert_eq!(status(Method::GET, url.clone()).await, StatusCode::OK);
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        match status(Method::GET, url.clone()).await {
            StatusCode::FORBIDDEN => break,
            StatusCode::OK => assert!(Instant::now() < deadline, "it is still good"),
            other => panic!("{other}"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
