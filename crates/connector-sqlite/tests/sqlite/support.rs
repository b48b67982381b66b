//! Databases to work on, and the way of a database through artifacts into another one.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::path::PathBuf;

use installhub_artifact::{Artifact, parse};
use installhub_connector_sqlite::{
    DatabaseState, Location, SourceView, TablePatterns, TargetDatabase, differences, fingerprint,
    read_rows, sequence_value,
};
use installhub_database_model::{Row, RowColumn, SchemaObject, Table, decode_row, encode_row};
use installhub_importing::ports::{Access, ObjectChange, RowLoad, RowMode, RowSource};
use rusqlite::Connection;
use semver::Version;
use tempfile::TempDir;

/// A folder with a database in it, gone at the end of the test.
pub(crate) struct Database {
    pub(crate) folder: TempDir,
    pub(crate) location: Location,
}

impl Database {
    /// A file that does not exist yet.
    pub(crate) fn absent() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let location = Location::new(folder.path().join("test.db"));
        Self { folder, location }
    }

    pub(crate) fn with(sql: &str) -> Self {
        let database = Self::absent();
        database
            .connect()
            .execute_batch(sql)
            .expect("the script runs");
        database
    }

    pub(crate) fn connect(&self) -> Connection {
        let connection = Connection::open(&self.location.path).expect("the file opens");
        connection
            .pragma_update(None, "foreign_keys", "OFF")
            .expect("a pragma");
        connection
    }

    pub(crate) fn state(&self) -> DatabaseState {
        fingerprint(&self.connect(), &[]).expect("a fingerprint")
    }

    pub(crate) fn write(&self) -> TargetDatabase {
        TargetDatabase::open(self.location.clone(), Access::Write).expect("the target opens")
    }

    pub(crate) fn read(&self) -> TargetDatabase {
        TargetDatabase::open(self.location.clone(), Access::Read).expect("the target opens")
    }

    pub(crate) fn query(&self, sql: &str) -> String {
        let connection = self.connect();
        let mut statement = connection.prepare(sql).expect("the query compiles");
        let width = statement.column_count();
        let mut rows = statement.query([]).expect("the query runs");
        let mut lines = Vec::new();
        while let Some(row) = rows.next().expect("a row") {
            let values: Vec<String> = (0..width)
                .map(|place| {
                    format!(
                        "{:?}",
                        row.get::<_, rusqlite::types::Value>(place)
                            .expect("a value")
                    )
                })
                .collect();
            lines.push(values.join(" "));
        }
        lines.join("; ")
    }
}

pub(crate) fn chinook() -> PathBuf {
    let path = PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/data/chinook-sqlite/chinook.sqlite"
    ));
    assert!(
        path.exists(),
        "the Chinook database is missing: {}",
        path.display()
    );
    path
}

/// Rows that were written to lines and are read back.
pub(crate) struct Lines {
    columns: Vec<RowColumn>,
    lines: VecDeque<Vec<u8>>,
}

impl Lines {
    pub(crate) fn of(columns: &[RowColumn], rows: &[Row]) -> Self {
        let lines = rows.iter().map(|row| {
            let mut line = Vec::new();
            encode_row(columns, row, &mut line).expect("the row can be carried");
            line
        });
        Self {
            columns: columns.to_vec(),
            lines: lines.collect(),
        }
    }
}

impl RowSource for Lines {
    fn next_rows(&mut self, limit: usize) -> Result<Vec<Row>, String> {
        let count = limit.min(self.lines.len());
        self.lines
            .drain(..count)
            .map(|line| decode_row(&self.columns, &line).map_err(|error| error.to_string()))
            .collect()
    }
}

pub(crate) fn load_of(table: &Table, rows: &[Row], mode: RowMode) -> RowLoad {
    let columns = table.row_columns();
    RowLoad {
        table: format!("main.{}", table.name),
        key: table.key_columns().to_vec(),
        mode,
        expected_rows: rows.len() as u64,
        sequence: None,
        rows: Box::new(Lines::of(&columns, rows)),
        columns,
    }
}

pub(crate) fn all_rows(connection: &Connection, table: &Table) -> Vec<Row> {
    let mut rows = Vec::new();
    read_rows(connection, table, 100, |batch| {
        rows.extend(batch);
        ControlFlow::Continue(())
    })
    .expect("the rows can be read");
    rows
}

/// The object as a package would bring it.
pub(crate) fn through_artifact(object: &SchemaObject) -> SchemaObject {
    let artifact = object
        .to_artifact(Version::new(1, 0, 0))
        .expect("an artifact");
    let read = Artifact::from_json(parse(&artifact.canonical_bytes()).expect("JSON"))
        .expect("an artifact");
    SchemaObject::from_artifact(&read).expect("an object")
}

/// Carries everything from one database into another, object by object as a package would, and says what differs.
pub(crate) fn carry(source: &Location, target: &Database) -> Vec<String> {
    let view = SourceView::open(source).expect("the source opens");
    let (schema, _) = view
        .describe(&TablePatterns::default())
        .expect("the source is described");
    let mut session = target.write();
    let (structure, triggers): (Vec<_>, Vec<_>) = schema
        .objects()
        .partition(|object| !matches!(object, SchemaObject::Trigger(_)));
    for object in &structure {
        session
            .apply(&ObjectChange::Create(through_artifact(object)))
            .unwrap_or_else(|error| panic!("{}: {error}", object.qualified_name()));
    }
    for table in &schema.tables {
        let rows = all_rows(view.connection(), table);
        let mut load = load_of(table, &rows, RowMode::Overwrite);
        load.sequence = sequence_value(view.connection(), &table.name).expect("a sequence");
        let changes = session
            .load_rows(load)
            .unwrap_or_else(|error| panic!("{}: {error}", table.name));
        assert_eq!(changes.created, rows.len() as u64);
    }
    for object in &triggers {
        session
            .apply(&ObjectChange::Create(through_artifact(object)))
            .expect("a trigger");
    }
    for object in schema.objects() {
        let found = session
            .find_object(object.kind(), &object.qualified_name())
            .expect("a search");
        assert_eq!(found.as_ref(), Some(&object), "as an export would give it");
    }
    session.commit().expect("the commit");
    let before = fingerprint(view.connection(), &[]).expect("a fingerprint");
    differences(&before, &target.state())
}
