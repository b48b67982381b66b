//! Files that cannot be opened, and how that is told.

use std::time::Duration;

use installhub_connector_sqlite::{
    Location, SourceView, SqliteError, TablePatterns, TargetDatabase,
};
use installhub_importing::ports::Access;

use crate::support::Database;

#[test]
fn what_is_no_database_is_said_to_be_none_and_nothing_is_created() {
    let database = Database::absent();
    let folder = database.folder.path();
    std::fs::write(folder.join("text.db"), "hello, this is no database at all").expect("written");
    std::fs::write(folder.join("short.db"), "SQLite format 3\0").expect("written");
    std::fs::write(folder.join("noise.db"), [0x5a; 4096]).expect("written");
    let mut damaged = b"SQLite format 3\0".to_vec();
    damaged.resize(4096, 0xff);
    std::fs::write(folder.join("damaged.db"), damaged).expect("written");
    for (name, part) in [
        ("absent.db", "there is no such file"),
        ("", "it is a folder, expected an SQLite database file"),
        (
            "text.db",
            "it is not an SQLite database, or it is encrypted",
        ),
        (
            "short.db",
            "it is not an SQLite database, or it is encrypted",
        ),
        (
            "noise.db",
            "it is not an SQLite database, or it is encrypted",
        ),
        (
            "damaged.db",
            "it is not an SQLite database, or it is encrypted",
        ),
    ] {
        let location = Location::new(folder.join(name));
        let error = SourceView::open(&location).expect_err(name).to_string();
        assert!(error.contains(part), "{name}: {error}");
        assert!(
            error.contains(&location.path.display().to_string()),
            "{error}"
        );
        if name != "absent.db" {
            let error = TargetDatabase::open(location, Access::Write)
                .expect_err(name)
                .to_string();
            assert!(error.contains(part), "{name}: {error}");
        }
    }
    assert!(!folder.join("absent.db").exists());
}

#[test]
fn a_target_that_is_not_there_reads_as_empty_and_stays_away_until_committed() {
    let database = Database::absent();
    let empty = database.read().fingerprint().expect("a fingerprint");
    assert!(!database.location.path.exists());
    drop(database.write());
    assert!(
        !database.location.path.exists(),
        "nothing stays of an import that did not happen"
    );
    database.write().commit().expect("committed");
    assert_eq!(database.state(), empty);
    let nowhere = Location::new(database.folder.path().join("no/such/folder.db"));
    let error = TargetDatabase::open(nowhere, Access::Write)
        .expect_err("no folder")
        .to_string();
    assert!(error.contains("check that both exist"), "{error}");
}

#[test]
fn a_lock_is_named_and_waited_for_no_longer_than_asked() {
    let database = Database::with("CREATE TABLE t (a)");
    let holder = database.connect();
    holder.execute_batch("BEGIN EXCLUSIVE").expect("locked");
    let impatient = database.location.clone().waiting(Duration::ZERO);
    for error in [
        SourceView::open(&impatient).expect_err("locked"),
        TargetDatabase::open(impatient.clone(), Access::Write).expect_err("locked"),
        TargetDatabase::open(impatient, Access::Read).expect_err("locked"),
    ] {
        assert!(matches!(error, SqliteError::Locked { .. }), "{error:?}");
        assert!(
            error.to_string().contains("is locked by another process"),
            "{error}"
        );
    }
}

#[test]
fn a_lock_that_is_given_up_in_time_is_no_problem() {
    let database = Database::with("CREATE TABLE t (a)");
    let holder = database.connect();
    holder.execute_batch("BEGIN EXCLUSIVE").expect("locked");
    let patient = database.location.clone().waiting(Duration::from_mins(1));
    let waiting =
        std::thread::spawn(move || TargetDatabase::open(patient, Access::Write).map(|_| ()));
    holder.execute_batch("COMMIT").expect("unlocked");
    waiting.join().expect("no panic").expect("opened after all");
}

#[test]
fn a_view_stays_as_it_was_whatever_others_write() {
    for mode in ["WAL", "DELETE"] {
        let database = Database::with(&format!(
            "PRAGMA journal_mode = {mode}; CREATE TABLE t (a); INSERT INTO t VALUES (1)"
        ));
        let view = SourceView::open(&database.location).expect("opened");
        let writer = database.connect();
        writer.busy_timeout(Duration::ZERO).expect("impatient");
        let written = writer.execute("INSERT INTO t VALUES (2)", []);
        assert_eq!(
            written.is_ok(),
            mode == "WAL",
            "without a log the writer has to wait"
        );
        let (schema, _) = view.describe(&TablePatterns::default()).expect("described");
        let table = schema.table("t").expect("t");
        assert_eq!(
            crate::support::all_rows(view.connection(), table).len(),
            1,
            "{mode}"
        );
    }
}

#[test]
fn a_source_cannot_be_written_through() {
    let database = Database::with("CREATE TABLE t (a)");
    let view = SourceView::open(&database.location).expect("opened");
    assert!(
        view.connection()
            .execute("INSERT INTO t VALUES (1)", [])
            .is_err()
    );
}
