//! Measures each leg of a table's way from one database into another: `throughput [ROWS] [DATABASE]`.
//!
//! With a database, the time to read its structure is measured as well.

#![expect(clippy::print_stdout, reason = "an example shows its result")]

use std::collections::VecDeque;
use std::error::Error;
use std::ops::ControlFlow;
use std::time::Instant;

use installhub_connector_sqlite::{Location, SourceView, TablePatterns, TargetDatabase, read_rows};
use installhub_database_model::{ObjectKind, Row, SchemaObject, Table, decode_row, encode_row};
use installhub_importing::ports::{Access, ObjectChange, RowLoad, RowMode, RowSource};
use rusqlite::Connection;

/// Rows that are in memory already.
struct Ready(VecDeque<Vec<Row>>);

impl RowSource for Ready {
    fn next_rows(&mut self, _: usize) -> Result<Vec<Row>, String> {
        Ok(self.0.pop_front().unwrap_or_default())
    }
}

fn measure<T>(what: &str, amount: usize, unit: &str, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    let seconds = start.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "a figure for reading")]
    let rate = amount as f64 / seconds / 1e6;
    println!("{what:<34} {:>9.1} ms {rate:>9.2} M{unit}/s", seconds * 1e3);
    result
}

fn load(table: &Table, batches: &[Vec<Row>], mode: RowMode) -> RowLoad {
    RowLoad {
        table: format!("main.{}", table.name),
        columns: table.row_columns(),
        key: table.key_columns().to_vec(),
        mode,
        expected_rows: batches.iter().map(|batch| batch.len() as u64).sum(),
        sequence: None,
        rows: Box::new(Ready(batches.iter().cloned().collect())),
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let rows: usize = arguments
        .next()
        .map_or(Ok(1_000_000), |rows| rows.parse())?;
    if let Some(path) = arguments.next() {
        let view = SourceView::open(&Location::new(path))?;
        let described = measure("describe", 1, "", || {
            view.describe(&TablePatterns::default())
        });
        println!("{} tables", described?.0.tables.len());
    }

    let folder = tempfile::TempDir::new()?;
    let source = Location::new(folder.path().join("source.db"));
    Connection::open(&source.path)?.execute_batch(&format!(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT NOT NULL, amount REAL, kind INTEGER, note TEXT);
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
         INSERT INTO t SELECT i, 'customer ' || i, i * 0.37, i % 7, CASE WHEN i % 3 = 0 THEN 'note' END FROM n;"
    ))?;
    let view = SourceView::open(&source)?;
    let (schema, _) = view.describe(&TablePatterns::default())?;
    let table = &schema.tables[0];

    let mut batches = Vec::new();
    measure("read", rows, " rows", || {
        read_rows(view.connection(), table, 1000, |batch| {
            batches.push(batch);
            ControlFlow::Continue(())
        })
    })?;
    let columns = table.row_columns();
    let mut lines = Vec::new();
    measure("encode", rows, " rows", || {
        batches
            .iter()
            .flatten()
            .try_for_each(|row| encode_row(&columns, row, &mut lines))
    })?;
    measure("encode again", lines.len(), "B", || {
        lines.clear();
        batches
            .iter()
            .flatten()
            .try_for_each(|row| encode_row(&columns, row, &mut lines))
    })?;
    measure("decode", lines.len(), "B", || {
        let mut rest = lines.split_inclusive(|byte| *byte == b'\n');
        rest.try_for_each(|line| decode_row(&columns, line).map(|row| assert_eq!(row.len(), 5)))
    })?;

    let target = Location::new(folder.path().join("target.db"));
    let mut session = TargetDatabase::open(target.clone(), Access::Write)?;
    session.apply(&ObjectChange::Create(SchemaObject::Table(table.clone())))?;
    let rows_in = load(table, &batches, RowMode::Overwrite);
    measure("insert into an empty table", rows, " rows", || {
        session.load_rows(rows_in)
    })?;
    measure("commit", rows, " rows", || session.commit())?;
    let mut session = TargetDatabase::open(target, Access::Write)?;
    for mode in [RowMode::Overwrite, RowMode::Merge, RowMode::Skip] {
        let rows_in = load(table, &batches, mode);
        let changes = measure(&format!("load again, {mode:?}"), rows, " rows", || {
            session.load_rows(rows_in)
        })?;
        println!("{} unchanged", changes.unchanged);
    }
    measure("fingerprint", rows, " rows", || session.fingerprint())?;
    assert!(session.find_object(ObjectKind::Table, "main.t")?.is_some());
    Ok(())
}
