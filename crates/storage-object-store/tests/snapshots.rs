//! The promises of `SnapshotStore`, kept by a real folder.

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use installhub_checksum::Digest;
use installhub_recovery::{SnapshotError, SnapshotStore};
use installhub_storage_object_store::{Location, ObjectStorage};
use installhub_test_support::{CountingIds, scope, snapshot_store};

fn storage_in(folder: &Path) -> ObjectStorage {
    ObjectStorage::new(
        Location::Folder(folder.to_owned()),
        Arc::new(CountingIds::new()),
    )
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

async fn put(storage: &ObjectStorage, content: &[u8]) -> String {
    let mut sink = storage.create(&scope(1)).await.expect("a snapshot begins");
    sink.write_all(content).expect("bytes are taken");
    sink.finish(Digest::of(content))
        .await
        .expect("a snapshot ends")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_folder_keeps_the_promises() {
    let folder = tempfile::tempdir().expect("a folder");
    snapshot_store::conformance(&storage_in(folder.path())).await;
}

#[tokio::test(flavor = "current_thread")]
async fn a_folder_keeps_the_promises_on_a_single_thread() {
    let folder = tempfile::tempdir().expect("a folder");
    snapshot_store::conformance(&storage_in(folder.path())).await;
}

#[tokio::test]
async fn memory_keeps_the_promises() {
    snapshot_store::conformance(&ObjectStorage::new(
        Location::Memory,
        Arc::new(CountingIds::new()),
    ))
    .await;
}

#[tokio::test]
async fn a_folder_appears_with_the_first_object_and_not_before() {
    let parent = tempfile::tempdir().expect("a folder");
    let folder = parent.path().join("not yet/objects");
    let storage = storage_in(&folder);
    storage
        .delete(&scope(1), "anything")
        .await
        .expect("nothing to delete");
    let opened = storage
        .open_verified(&scope(1), "anything", Digest::of(b""))
        .await;
    assert!(opened.is_err());
    assert_eq!(
        storage
            .sweep_abandoned(DateTime::<Utc>::MAX_UTC)
            .await
            .expect("nothing to sweep"),
        0
    );
    assert!(!folder.exists());
    put(&storage, b"first").await;
    assert!(folder.exists());
}

#[tokio::test]
async fn one_flipped_bit_on_the_disk_is_refused_and_the_same_snapshot_written_again_heals_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let storage = storage_in(folder.path());
    let key = put(&storage, b"content").await;
    fs::write(folder.path().join(&key), b"cOntent").expect("the disk goes bad");
    let digest = Digest::of(b"content");
    match storage.open_verified(&scope(1), &key, digest).await {
        Err(SnapshotError::Corrupt {
            expected, found, ..
        }) => {
            assert_eq!((expected, found), (digest, Digest::of(b"cOntent")));
        }
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("damaged bytes were handed out"),
    }
    put(&storage, b"content").await;
    let mut content = String::new();
    let opened = storage.open_verified(&scope(1), &key, digest).await;
    opened
        .expect("it is intact again")
        .read_to_string(&mut content)
        .expect("it can be read");
    assert_eq!(content, "content");
}

#[tokio::test]
async fn what_is_open_stays_readable_while_it_is_deleted() {
    let folder = tempfile::tempdir().expect("a folder");
    let storage = storage_in(folder.path());
    let key = put(&storage, b"content").await;
    let mut opened = storage
        .open_verified(&scope(1), &key, Digest::of(b"content"))
        .await
        .expect("it is there");
    storage
        .delete(&scope(1), &key)
        .await
        .expect("it can be deleted");
    let mut content = String::new();
    opened
        .read_to_string(&mut content)
        .expect("it is still open");
    assert_eq!(content, "content");
}

#[test]
fn an_abandoned_snapshot_leaves_no_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let mut sink = storage_in(folder.path())
            .create(&scope(1))
            .await
            .expect("a snapshot begins");
        sink.write_all(&vec![7; 9 << 20]).expect("bytes are taken");
        assert_eq!(files_below(folder.path()).len(), 1);
        // Outside of the runtime the file goes at once, inside a moment later.
        std::thread::spawn(|| drop(sink))
            .join()
            .expect("dropping does not panic");
    });
    assert!(files_below(folder.path()).is_empty());
}

#[tokio::test]
async fn what_a_dead_process_left_is_swept_and_nothing_else() {
    let folder = tempfile::tempdir().expect("a folder");
    let storage = storage_in(folder.path());
    let key = put(&storage, b"content").await;
    let uploads = folder
        .path()
        .join("tenants")
        .join(scope(2).tenant().to_string())
        .join("uploads");
    fs::create_dir_all(&uploads).expect("a folder");
    fs::write(
        uploads.join("018f3c9e-7a63-7c14-9d9b-4d1d3c3a9b10"),
        b"complete",
    )
    .expect("a file");
    fs::write(
        uploads.join("018f3c9e-7a63-7c14-9d9b-4d1d3c3a9b11#1"),
        b"half",
    )
    .expect("a file");
    let written = fs::metadata(uploads.join("018f3c9e-7a63-7c14-9d9b-4d1d3c3a9b10"))
        .and_then(|file| file.modified());
    let written = DateTime::<Utc>::from(written.expect("a time"));

    let swept = storage
        .sweep_abandoned(written - TimeDelta::days(1))
        .await
        .expect("the folder can be read");
    assert_eq!(swept, 0, "young ones may be alive");
    let swept = storage
        .sweep_abandoned(written + TimeDelta::days(1))
        .await
        .expect("the folder can be read");
    assert_eq!(swept, 2);
    assert_eq!(files_below(folder.path()), [folder.path().join(key)]);
}

#[tokio::test]
async fn a_file_in_the_way_is_explained_without_its_path() {
    let folder = tempfile::tempdir().expect("a folder");
    let occupied = folder.path().join("secret-name");
    fs::write(&occupied, b"a file").expect("a file");
    let error = storage_in(&occupied.join("objects"))
        .create(&scope(1))
        .await
        .err()
        .expect("no folder, no snapshot");
    assert_eq!(
        error.to_string(),
        "cannot begin a snapshot: a file is where a folder should be"
    );
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_place_that_takes_no_files_is_explained() {
    // No process, whoever it belongs to, can make folders there.
    let error = storage_in(Path::new("/proc/installhub"))
        .create(&scope(1))
        .await
        .err()
        .expect("it takes no folders");
    assert!(
        error.to_string().starts_with("cannot begin a snapshot: "),
        "{error}"
    );
    assert!(!error.to_string().contains("/proc"), "{error}");
}
