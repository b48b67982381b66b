//! The asynchronous face, as export and import use it.

use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex};

use futures::StreamExt as _;
use installhub_connector_sqlite::{Location, SqliteSource, SqliteTarget};
use installhub_database_model::{ObjectKind, Row, SchemaObject, Table, Value};
use installhub_exporting::ports::{Selection, SourceConnector, SourceError};
use installhub_importing::ports::{
    Access, ImportTarget, ObjectChange, RowMode, TargetError, TargetKind,
};
use installhub_kernel::{TenantId, TenantScope};

use crate::support::{Database, chinook, load_of};

fn scope() -> TenantScope {
    TenantScope::new(TenantId::LOCAL, "tester".parse().expect("a name"))
}

fn table(object: Option<SchemaObject>) -> Table {
    match object {
        Some(SchemaObject::Table(table)) => table,
        other => panic!("expected a table, found {other:?}"),
    }
}

#[tokio::test]
async fn rows_of_a_source_stream_in_key_order() {
    let source = SqliteSource::new(Location::new(chinook()));
    assert!(
        source.display_name().starts_with("sqlite:")
            && source.display_name().ends_with("chinook.sqlite")
    );
    let mut snapshot = source.open_snapshot().await.expect("opened");
    let selection = Selection {
        tables: vec!["playlisttrack".to_owned()],
    };
    let (schema, notices) = snapshot.describe(&selection).await.expect("described");
    assert!(
        notices
            .iter()
            .any(|notice| notice.code == "Required" && notice.object == "main.Track")
    );
    let table = schema.table("PlaylistTrack").expect("selected").clone();
    let count = snapshot.count_rows(&table).await.expect("counted");
    assert_eq!(snapshot.sequence_value(&table).await.expect("asked"), None);
    let stream = snapshot.rows(&table).await.expect("a stream");
    let batches: Vec<Vec<Row>> = stream.map(|batch| batch.expect("a batch")).collect().await;
    let keys = batches.iter().flatten().map(|row| match row.as_slice() {
        [Value::Integer(playlist), Value::Integer(track)] => (*playlist, *track),
        other => panic!("unexpected row {other:?}"),
    });
    let keys: Vec<_> = keys.collect();
    assert_eq!(keys.len() as u64, count);
    assert!(keys.is_sorted());
    // A stream that nobody reads to its end holds nothing up.
    drop(snapshot.rows(&table).await.expect("a stream"));
    assert_eq!(snapshot.count_rows(&table).await.expect("counted"), count);
}

#[tokio::test]
async fn a_source_that_cannot_be_opened_says_why() {
    let source = SqliteSource::new(Database::absent().location);
    let Err(SourceError::Unreachable { message, source }) =
        source.open_snapshot().await.map(|_| ())
    else {
        panic!("expected it to be unreachable");
    };
    assert!(message.ends_with("there is no such file"), "{message}");
    assert!(source.is_some());
}

#[tokio::test]
async fn a_stream_ends_with_the_error_that_stopped_it() {
    let database = Database::with("CREATE TABLE t (a); INSERT INTO t VALUES (1), ('a' || char(0))");
    let mut snapshot = SqliteSource::new(database.location.clone())
        .open_snapshot()
        .await
        .expect("opened");
    let (schema, _) = snapshot
        .describe(&Selection::default())
        .await
        .expect("described");
    let batches: Vec<_> = snapshot
        .rows(&schema.tables[0])
        .await
        .expect("a stream")
        .collect()
        .await;
    assert!(
        matches!(batches.last(), Some(Err(SourceError::Unreadable { .. }))),
        "{batches:?}"
    );
}

/// A writer whose bytes can be looked at afterwards.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn an_import_is_all_or_nothing_and_can_be_undone() {
    let database = Database::with(
        "CREATE TABLE t (k INTEGER PRIMARY KEY, a TEXT); INSERT INTO t VALUES (1, 'x')",
    );
    let before = database.state();
    let target = SqliteTarget::new(database.location.clone());
    assert_eq!(target.kind(), TargetKind::Database);
    let rows = vec![vec![Value::Integer(2), Value::Text("y".to_owned())]];
    let mut snapshot = Shared::default();
    for commit in [false, true] {
        let mut session = target.open(&scope(), Access::Write).await.expect("opened");
        let untouched = session.fingerprint().await.expect("a fingerprint");
        session.snapshot(&mut snapshot).await.expect("a snapshot");
        let databases = session.database().expect("a database");
        assert_eq!(databases.dialect(), "sqlite");
        let t = table(
            databases
                .find_object(ObjectKind::Table, "main.T")
                .await
                .expect("a search"),
        );
        let mut wider = t.clone();
        wider.sql.insert(
            "sqlite".to_owned(),
            "CREATE TABLE t (k INTEGER PRIMARY KEY, a TEXT, b INT)".to_owned(),
        );
        wider.columns.push(t.columns[1].clone());
        wider.columns[2].name = "b".to_owned();
        let change = ObjectChange::Extend(SchemaObject::Table(wider));
        assert_eq!(
            databases.statements(&change).await.expect("planned").len(),
            1
        );
        databases.apply(&change).await.expect("applied");
        assert_eq!(
            databases
                .compare_rows(load_of(&t, &rows, RowMode::Merge))
                .await
                .expect("compared")
                .created,
            1
        );
        assert_eq!(
            databases
                .load_rows(load_of(&t, &rows, RowMode::Merge))
                .await
                .expect("loaded")
                .created,
            1
        );
        assert_eq!(databases.count_rows("main.t").await.expect("counted"), 2);
        assert_eq!(databases.violations(5).await.expect("checked"), []);
        assert_ne!(
            session.fingerprint().await.expect("a fingerprint"),
            untouched
        );
        if commit {
            session.commit().await.expect("committed");
            assert_ne!(database.state(), before);
        } else {
            drop(session);
            assert_eq!(database.state(), before);
            snapshot = Shared::default();
        }
    }
    let bytes = snapshot.0.lock().expect("no panic").clone();
    let mut session = target.open(&scope(), Access::Write).await.expect("opened");
    session
        .restore(Box::new(io::Cursor::new(bytes)))
        .await
        .expect("read");
    session.commit().await.expect("restored");
    assert_eq!(database.state(), before);
}

struct Failing;

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other("the line is dead"))
    }
}

impl Write for Failing {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::Error::other("the disk is full"))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn failures_on_the_other_side_are_told_and_harm_nothing() {
    let database = Database::with("CREATE TABLE t (a); INSERT INTO t VALUES (zeroblob(5000000))");
    let before = database.state();
    let mut session = SqliteTarget::new(database.location.clone())
        .open(&scope(), Access::Write)
        .await
        .expect("opened");
    let error = session
        .snapshot(&mut Failing)
        .await
        .expect_err("a full disk");
    assert!(
        matches!(&error, TargetError::Other { attempted, .. } if attempted == "cannot write the snapshot"),
        "{error:?}"
    );
    assert!(session.restore(Box::new(Failing)).await.is_err());
    session.commit().await.expect("committed");
    assert_eq!(database.state(), before);
}

#[tokio::test]
async fn a_target_is_the_same_by_any_path_and_before_it_exists() {
    let database = Database::absent();
    let roundabout = database.folder.path().join("./x/../test.db");
    std::fs::create_dir(database.folder.path().join("x")).expect("a folder");
    let identities = [&database.location.path, &roundabout]
        .map(|path| SqliteTarget::new(Location::new(path)).identity());
    assert_eq!(identities[0], identities[1]);
    std::fs::write(&database.location.path, "").expect("written");
    assert_eq!(
        SqliteTarget::new(database.location.clone()).identity(),
        identities[0]
    );
}
