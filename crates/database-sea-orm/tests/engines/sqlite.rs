//! The store in a file: promises of the port, several openers, failures in words.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use installhub_database_sea_orm::{LockFiles, Store};
use installhub_importing::ports::{ImportLease, StoreError, UnitOfWorkFactory};
use installhub_kernel::PageRequest;
use installhub_test_support::unit_of_work::samples::{import, import_id};
use installhub_test_support::{CountingIds, SteppingClock, import_lease, scope, unit_of_work};

use crate::homes::sqlite;

fn impatient(file: &Path) -> Store {
    let (clock, ids) = (Arc::new(SteppingClock::new()), Arc::new(CountingIds::new()));
    Store::sqlite_waiting(file, clock, ids, Duration::from_millis(500))
}

async fn add(store: &Store, number: u32) {
    let mut unit = store.begin(&scope(1)).await.expect("a transaction begins");
    unit.imports()
        .add(&scope(1), &import(number, "t"))
        .await
        .expect("an import is added");
    unit.commit().await.expect("a transaction commits");
}

async fn count(store: &Store) -> usize {
    let mut unit = store.read(&scope(1)).await.expect("a view opens");
    unit.imports()
        .list(&scope(1), PageRequest::first(1_000))
        .await
        .expect("the list is readable")
        .items
        .len()
}

async fn refusal(store: &Store) -> StoreError {
    store
        .begin(&scope(1))
        .await
        .err()
        .expect("it cannot be written to")
}

#[tokio::test]
async fn a_file_keeps_the_promises() {
    let folder = tempfile::tempdir().expect("a folder");
    unit_of_work::conformance(&sqlite(&folder.path().join("store.db"))).await;
}

#[tokio::test]
async fn lock_files_keep_the_promises() {
    let folder = tempfile::tempdir().expect("a folder");
    let locks = folder.path().join("not yet/locks");
    import_lease::conformance(&LockFiles::new(&locks), &LockFiles::new(&locks)).await;
    assert_eq!(
        fs::read_dir(&locks).expect("the folder is there").count(),
        0,
        "no lock file stays"
    );
}

#[tokio::test]
async fn a_lock_file_left_by_a_dead_process_is_no_obstacle() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join(format!("{}.lock", import_id(1))), b"").expect("a file");
    let lease = LockFiles::new(folder.path())
        .acquire(import_id(1))
        .await
        .expect("leases can be asked for");
    assert!(lease.is_some());
}

#[tokio::test]
async fn reading_what_is_not_there_leaves_no_trace() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = folder.path().join("home");
    let store = sqlite(&home.join("store.db"));
    assert_eq!(count(&store).await, 0);
    assert!(!home.exists());
    add(&store, 1).await;
    assert_eq!(count(&store).await, 1, "it appears to the same reader");
}

#[tokio::test]
async fn what_was_committed_is_there_after_reopening() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("store.db");
    let store = sqlite(&file);
    add(&store, 1).await;
    assert_eq!(count(&store).await, 1);
    store.close().await.expect("it closes");
    assert_eq!(
        fs::read_dir(folder.path())
            .expect("the folder is there")
            .count(),
        1,
        "one file remains"
    );
    assert_eq!(count(&sqlite(&file)).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_may_open_a_fresh_store_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    for round in 0..5 {
        let file = folder.path().join(format!("home {round}/store.db"));
        let openers = (0..8).map(|number| {
            let store = sqlite(&file);
            tokio::spawn(async move {
                add(&store, number).await;
                count(&store).await
            })
        });
        for opener in openers.collect::<Vec<_>>() {
            assert!(opener.await.expect("nobody fails") > 0);
        }
        assert_eq!(count(&sqlite(&file)).await, 8);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_a_writer_has_read_does_not_change_before_it_writes() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("store.db");
    add(&sqlite(&file), 0).await;
    let (one, other) = (sqlite(&file), sqlite(&file));
    let writers = (0..40).map(|number| {
        let store = if number % 2 == 0 {
            one.clone()
        } else {
            other.clone()
        };
        tokio::spawn(async move {
            let mut unit = store.begin(&scope(1)).await.expect("a transaction begins");
            let record = unit
                .imports()
                .find(&scope(1), import_id(0))
                .await
                .expect("the journal is readable");
            let mut record = record.expect("it is in the journal");
            let counted: u32 = record
                .error
                .as_deref()
                .unwrap_or("0")
                .parse()
                .expect("a number");
            record.error = Some((counted + 1).to_string());
            unit.imports()
                .record(&scope(1), &record, None)
                .await
                .expect("it is rewritten");
            unit.commit().await.expect("a transaction commits");
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.expect("nobody fails");
    }
    let mut unit = one.read(&scope(1)).await.expect("a view opens");
    let record = unit
        .imports()
        .find(&scope(1), import_id(0))
        .await
        .expect("the journal is readable");
    assert_eq!(
        record.and_then(|record| record.error).as_deref(),
        Some("40"),
        "no increment is lost"
    );
}

#[tokio::test]
async fn a_store_that_another_writes_to_is_locked_and_free_again_when_that_one_gives_up() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("secret-name.db");
    let (one, other) = (impatient(&file), impatient(&file));
    add(&sqlite(&file), 1).await;
    let mut held = one.begin(&scope(1)).await.expect("a transaction begins");
    held.imports()
        .add(&scope(1), &import(2, "t"))
        .await
        .expect("an import is added");
    for waiting in [&other, &one] {
        let refused = refusal(waiting).await;
        assert!(
            matches!(refused, StoreError::Unavailable { .. }),
            "{refused:?}"
        );
        assert_eq!(
            refused.to_string(),
            "cannot write to the store: after 0.5 seconds another import or another process is \
             writing to it; try again when that has finished"
        );
    }
    assert_eq!(count(&other).await, 1, "readers do not wait");
    drop(held);
    add(&sqlite(&file), 3).await;
    assert_eq!(count(&other).await, 2, "what was dropped did not happen");
}

#[tokio::test]
async fn a_place_that_takes_no_store_is_explained_without_its_path() {
    let folder = tempfile::tempdir().expect("a folder");
    let occupied = folder.path().join("secret-name");
    fs::write(&occupied, b"a file, not a folder").expect("a file");
    let folder_in_the_way = folder.path().join("secret-folder");
    fs::create_dir(&folder_in_the_way).expect("a folder");
    for file in [
        occupied.join("store.db"),
        folder_in_the_way,
        Path::new("/proc/installhub/secret").to_owned(),
    ] {
        let refused = refusal(&impatient(&file)).await;
        assert!(
            matches!(refused, StoreError::Unavailable { .. }),
            "{refused:?}"
        );
        let message = refused.to_string();
        assert!(
            message.starts_with("cannot write to the store: it"),
            "{message}"
        );
        assert!(message.contains("check"), "it says what to do: {message}");
        assert!(
            !message.contains("secret") && !message.contains('/'),
            "{message}"
        );
    }
}

#[tokio::test]
async fn a_file_that_is_no_store_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("store.db");
    let content = "a diary, not a database. ".repeat(100);
    fs::write(&file, &content).expect("a file");
    let refused = refusal(&impatient(&file)).await;
    assert!(matches!(refused, StoreError::Corrupt { .. }), "{refused:?}");
    assert_eq!(
        fs::read_to_string(&file).expect("it is still there"),
        content
    );
}

#[tokio::test]
async fn a_store_of_a_newer_program_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("store.db");
    let store = sqlite(&file);
    add(&store, 1).await;
    store.close().await.expect("it closes");
    let newer = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_later', 0)";
    change(&file, newer).await;
    for refused in [
        refusal(&sqlite(&file)).await,
        sqlite(&file).read(&scope(1)).await.err().expect("nor read"),
    ] {
        assert!(
            refused
                .to_string()
                .ends_with("it was written by a newer version of this program; update the program")
        );
    }
}

/// Changes the file behind the store's back.
async fn change(file: &Path, statement: &str) {
    use sea_orm::{ConnectionTrait as _, Database};
    let database = Database::connect(format!("sqlite:{}", file.display()))
        .await
        .expect("the file opens");
    database
        .execute_unprepared(statement)
        .await
        .expect("the statement runs");
    database.close().await.expect("it closes");
}

#[cfg(unix)]
#[tokio::test]
async fn a_store_and_what_lies_beside_it_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().expect("a folder");
    let store = sqlite(&folder.path().join("store.db"));
    add(&store, 1).await;
    let mut seen = 0;
    for entry in fs::read_dir(folder.path()).expect("the folder is there") {
        let entry = entry.expect("an entry");
        let mode = entry.metadata().expect("it is there").permissions().mode();
        assert_eq!(mode & 0o077, 0, "{:?}", entry.file_name());
        seen += 1;
    }
    assert!(seen >= 2, "the file and its log: {seen}");
}
