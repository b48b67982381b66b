//! Snapshots and putting them back.

use installhub_connector_sqlite::{StagedSnapshot, differences, take_snapshot, write_snapshot};
use installhub_database_model::ObjectKind;
use installhub_importing::ports::ObjectChange;

use crate::support::Database;

const BEFORE: &str = "
    PRAGMA user_version = 7; PRAGMA application_id = 99;
    CREATE TABLE s (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT); INSERT INTO s VALUES (41, 'x'); DELETE FROM s WHERE id = 41;
    INSERT INTO s VALUES (3, 'y'); CREATE VIEW v AS SELECT a FROM s;";
const AFTER: &str = "
    PRAGMA user_version = 8; PRAGMA application_id = 1; DROP VIEW v; CREATE TABLE more (b); INSERT INTO s (a) VALUES ('new');
    UPDATE s SET a = 'changed' WHERE id = 3;";

fn bytes_of(database: &Database) -> Vec<u8> {
    let file = take_snapshot(&database.location).expect("a snapshot");
    let mut bytes = Vec::new();
    write_snapshot(file.path(), &mut bytes).expect("written");
    bytes
}

#[test]
fn a_restored_database_is_exactly_as_before() {
    for mode in ["WAL", "DELETE"] {
        let database = Database::with(&format!("PRAGMA journal_mode = {mode}; {BEFORE}"));
        let before = database.state();
        let snapshot = bytes_of(&database);
        database.connect().execute_batch(AFTER).expect("changed");
        let other = database.connect();
        assert_ne!(database.state(), before);
        let mut session = database.write();
        session.restore(StagedSnapshot::read(&mut snapshot.as_slice()).expect("read"));
        assert_eq!(
            session.fingerprint().expect("a fingerprint"),
            before,
            "what a commit brings"
        );
        session.commit().expect("restored");
        assert_eq!(
            differences(&before, &database.state()),
            Vec::<String>::new(),
            "{mode}"
        );
        assert_eq!(
            database.query("SELECT seq FROM sqlite_sequence"),
            "Integer(41)"
        );
        assert_eq!(database.query("PRAGMA user_version"), "Integer(7)");
        assert_eq!(
            database.query("PRAGMA journal_mode"),
            format!("Text({:?})", mode.to_lowercase())
        );
        // Whoever was connected goes on with the old content.
        let rows: i64 = other
            .query_row("SELECT count(*) FROM s", [], |row| row.get(0))
            .expect("still connected");
        assert_eq!(rows, 1);
        other
            .execute("INSERT INTO s (a) VALUES ('z')", [])
            .expect("and may write");
        assert_eq!(database.query("SELECT max(id) FROM s"), "Integer(42)");
    }
}

#[test]
fn a_restore_that_is_not_committed_changes_nothing() {
    let database = Database::with(BEFORE);
    let snapshot = bytes_of(&database);
    database.connect().execute_batch(AFTER).expect("changed");
    let changed = database.state();
    let mut session = database.write();
    session.restore(StagedSnapshot::read(&mut snapshot.as_slice()).expect("read"));
    drop(session);
    assert_eq!(database.state(), changed);
}

#[test]
fn a_snapshot_shows_what_is_committed_not_what_is_being_changed() {
    for mode in ["WAL", "DELETE"] {
        let database = Database::with(&format!("PRAGMA journal_mode = {mode}; {BEFORE}"));
        let before = database.state();
        let mut session = database.write();
        let view = session
            .find_object(ObjectKind::View, "main.v")
            .expect("a search")
            .expect("v");
        let narrower = Database::with("CREATE TABLE s (id INTEGER PRIMARY KEY)");
        let table = narrower
            .read()
            .find_object(ObjectKind::Table, "main.s")
            .expect("a search")
            .expect("s");
        session
            .apply(&ObjectChange::Replace(table))
            .expect("replaced");
        drop(view);
        let snapshot = bytes_of(&database);
        let copy = StagedSnapshot::read(&mut snapshot.as_slice()).expect("read");
        let state = installhub_connector_sqlite::fingerprint(&copy.open().expect("opened"), &[])
            .expect("a fingerprint");
        assert_eq!(state, before, "{mode}");
    }
}

#[test]
fn a_database_that_was_not_there_is_restored_to_nothing() {
    let database = Database::absent();
    let before = database.read().fingerprint().expect("a fingerprint");
    let snapshot = bytes_of(&database);
    database
        .connect()
        .execute_batch(AFTER.split("DROP").next().unwrap_or_default())
        .expect("created");
    database
        .connect()
        .execute_batch("CREATE TABLE t (a)")
        .expect("created");
    let mut session = database.write();
    session.restore(StagedSnapshot::read(&mut snapshot.as_slice()).expect("read"));
    session.commit().expect("restored");
    assert_eq!(database.state(), before);
}

#[test]
fn a_page_size_that_differs_is_no_obstacle() {
    let database = Database::with(&format!("PRAGMA page_size = 1024; {BEFORE}"));
    let before = database.state();
    let snapshot = bytes_of(&database);
    database
        .connect()
        .execute_batch("PRAGMA page_size = 8192; VACUUM; PRAGMA journal_mode = WAL")
        .expect("changed");
    let mut session = database.write();
    session.restore(StagedSnapshot::read(&mut snapshot.as_slice()).expect("read"));
    session.commit().expect("restored");
    assert_eq!(database.state(), before);
}

#[test]
fn what_is_no_whole_database_is_not_put_back() {
    let database = Database::with(&format!(
        "{BEFORE} CREATE TABLE big (b); INSERT INTO big VALUES (zeroblob(100000));"
    ));
    let snapshot = bytes_of(&database);
    for broken in [
        &snapshot[..snapshot.len() / 2],
        b"no database at all".as_slice(),
    ] {
        assert!(
            StagedSnapshot::read(&mut &*broken).is_err(),
            "{} bytes",
            broken.len()
        );
    }
}

#[test]
fn differences_are_told_by_name() {
    let database = Database::with(BEFORE);
    let before = database.state();
    database.connect().execute_batch(AFTER).expect("changed");
    assert_eq!(
        differences(&before, &database.state()),
        [
            "setting application_id differs",
            "setting user_version differs",
            "table main.s had 1 rows and has 2",
            "view main.v is gone",
            "table main.more is new",
        ]
    );
    let classes = [
        ("INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (1.0)"),
        ("INSERT INTO t VALUES ('a')", "INSERT INTO t VALUES (x'61')"),
        ("INSERT INTO t VALUES (NULL)", "INSERT INTO t VALUES ('')"),
        (
            "INSERT INTO t VALUES (1), (2), (2)",
            "INSERT INTO t VALUES (1), (1), (2)",
        ),
    ];
    for (one, other) in classes {
        let [one, other] =
            [one, other].map(|rows| Database::with(&format!("CREATE TABLE t (a); {rows}")).state());
        assert_ne!(one, other);
    }
    let [one, other] = ["(1), (2), (NULL), (NULL)", "(NULL), (2), (NULL), (1)"].map(|rows| {
        Database::with(&format!("CREATE TABLE t (a); INSERT INTO t VALUES {rows}")).state()
    });
    assert_eq!(one, other, "the order in the file does not count");
}
