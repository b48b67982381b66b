//! What loading does to rows that are there already, compared with a plain model of each mode.

use std::collections::BTreeMap;

use installhub_database_model::{ObjectKind, Row, SchemaObject, Table, Value};
use installhub_importing::ports::{RowChanges, RowMode};
use proptest::prelude::*;

use crate::support::{Database, all_rows, load_of};

const MODES: [RowMode; 3] = [RowMode::Skip, RowMode::Overwrite, RowMode::Merge];

fn table_of(database: &Database, name: &str) -> Table {
    match database
        .read()
        .find_object(ObjectKind::Table, name)
        .expect("a search")
    {
        Some(SchemaObject::Table(table)) => table,
        other => panic!("expected table {name}, found {other:?}"),
    }
}

fn rows_of(database: &Database, table: &Table) -> Vec<Row> {
    all_rows(&database.connect(), table)
}

/// Compares first, then loads; both must say the same.
fn load(database: &Database, table: &Table, rows: &[Row], mode: RowMode) -> RowChanges {
    let before = database.state();
    let mut session = database.read();
    let foretold = session
        .compare_rows(load_of(table, rows, mode))
        .expect("compared");
    drop(session);
    assert_eq!(database.state(), before, "comparing changes nothing");
    let mut session = database.write();
    let foretold_again = session
        .compare_rows(load_of(table, rows, mode))
        .expect("compared");
    let done = session
        .load_rows(load_of(table, rows, mode))
        .expect("loaded");
    session.commit().expect("committed");
    let counts = |changes: &RowChanges| RowChanges {
        samples: Vec::new(),
        ..changes.clone()
    };
    assert_eq!(counts(&foretold), counts(&done));
    assert_eq!(foretold, foretold_again);
    done
}

fn small_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        (0_i64..3).prop_map(Value::Integer),
        Just(Value::Real(1.0)),
        prop::sample::select(vec!["1", "a", "A", ""]).prop_map(|text| Value::Text(text.to_owned())),
        Just(Value::Blob(b"a".to_vec())),
    ]
}

/// A value as a thing that can be sorted and compared by class.
fn shown(row: &[Value]) -> String {
    format!("{row:?}")
}

fn keyed_rows() -> impl Strategy<Value = Vec<Row>> {
    prop::collection::btree_map(0_i64..6, (small_value(), small_value()), 0..6).prop_map(|rows| {
        rows.into_iter()
            .map(|(key, (a, b))| vec![Value::Integer(key), a, b])
            .collect()
    })
}

fn fill(database: &Database, table: &Table, rows: &[Row]) {
    let mut session = database.write();
    session
        .load_rows(load_of(table, rows, RowMode::Overwrite))
        .expect("loaded");
    session.commit().expect("committed");
}

fn merged(existing: &Row, incoming: &Row) -> Row {
    let pairs = existing.iter().zip(incoming);
    pairs
        .map(|(old, new)| {
            if *new == Value::Null {
                old.clone()
            } else {
                new.clone()
            }
        })
        .collect()
}

fn keyed_model(existing: &[Row], incoming: &[Row], mode: RowMode) -> (Vec<Row>, RowChanges) {
    let by_key = |rows: &[Row]| -> BTreeMap<String, Row> {
        rows.iter()
            .map(|row| (shown(&row[..1]), row.clone()))
            .collect()
    };
    let (mut result, incoming) = (by_key(existing), by_key(incoming));
    let mut changes = RowChanges::default();
    if mode == RowMode::Overwrite {
        let before = result.len();
        result.retain(|key, _| incoming.contains_key(key));
        changes.deleted = (before - result.len()) as u64;
    }
    for (key, row) in incoming {
        let Some(old) = result.get(&key).cloned() else {
            changes.created += 1;
            result.insert(key, row);
            continue;
        };
        let new = if mode == RowMode::Merge {
            merged(&old, &row)
        } else {
            row
        };
        if shown(&old) == shown(&new) {
            changes.unchanged += 1;
        } else if mode == RowMode::Skip {
            changes.skipped += 1;
        } else {
            changes.updated += 1;
            result.insert(key, new);
        }
    }
    (result.into_values().collect(), changes)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn keyed_rows_follow_the_model(existing in keyed_rows(), incoming in keyed_rows()) {
        for mode in MODES {
            for definition in [
                "(k INTEGER PRIMARY KEY, a, b)",
                "(k INT NOT NULL, a, b, PRIMARY KEY (k))",
                "(k PRIMARY KEY, a, b) WITHOUT ROWID",
                "(k INT PRIMARY KEY, a ANY, b ANY) STRICT",
            ] {
                let database = Database::with(&format!("CREATE TABLE t {definition}"));
                let table = table_of(&database, "main.t");
                fill(&database, &table, &existing);
                let changes = load(&database, &table, &incoming, mode);
                let (rows, expected) = keyed_model(&existing, &incoming, mode);
                prop_assert_eq!(&RowChanges { samples: Vec::new(), ..changes }, &expected, "{:?} {}", mode, definition);
                prop_assert_eq!(rows_of(&database, &table).iter().map(|row| shown(row)).collect::<Vec<_>>(),
                    rows.iter().map(|row| shown(row)).collect::<Vec<_>>(), "{:?} {}", mode, definition);
            }
        }
    }

    #[test]
    fn rows_without_a_key_are_counted(
        existing in prop::collection::vec(prop::collection::vec(small_value(), 2), 0..8),
        incoming in prop::collection::vec(prop::collection::vec(small_value(), 2), 0..8),
    ) {
        let sorted = |rows: &[Row]| { let mut all: Vec<String> = rows.iter().map(|row| shown(row)).collect(); all.sort(); all };
        for mode in MODES {
            let database = Database::with("CREATE TABLE t (a, b)");
            let table = table_of(&database, "main.t");
            fill(&database, &table, &existing);
            let changes = load(&database, &table, &incoming, mode);
            let mut left = sorted(&existing);
            let mut expected = sorted(&existing);
            let (mut created, mut unchanged) = (0, 0);
            for row in sorted(&incoming) {
                if let Some(place) = left.iter().position(|other| *other == row) {
                    left.remove(place);
                    unchanged += 1;
                } else {
                    expected.push(row);
                    created += 1;
                }
            }
            let mut deleted = 0;
            if mode == RowMode::Overwrite {
                deleted = left.len() as u64;
                expected = sorted(&incoming);
            }
            expected.sort();
            prop_assert_eq!((changes.created, changes.unchanged, changes.deleted), (created, unchanged, deleted));
            prop_assert_eq!(sorted(&rows_of(&database, &table)), expected);
        }
    }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

#[test]
fn samples_show_rows_before_and_after() {
    let database = Database::with(
        "CREATE TABLE t (k INTEGER PRIMARY KEY, a TEXT); INSERT INTO t VALUES (1, 'x'), (2, 'y'), (4, 'z')",
    );
    let table = table_of(&database, "main.t");
    let rows = vec![
        vec![Value::Integer(1), text("X")],
        vec![Value::Integer(2), text("y")],
        vec![Value::Integer(3), text("n")],
    ];
    let changes = load(&database, &table, &rows, RowMode::Overwrite);
    let shown: Vec<_> = changes
        .samples
        .iter()
        .map(|sample| (sample.before.as_deref(), sample.after.as_deref()))
        .collect();
    assert_eq!(
        shown,
        [
            (Some("[1,\"x\"]"), Some("[1,\"X\"]")),
            (None, Some("[3,\"n\"]")),
            (Some("[4,\"z\"]"), None)
        ]
    );
}

#[test]
fn values_compare_as_they_would_be_stored_and_keys_as_the_table_compares_them() {
    let database = Database::with(
        "CREATE TABLE t (k TEXT PRIMARY KEY COLLATE NOCASE, r REAL, d DATE); INSERT INTO t VALUES ('Ab', 5, '7')",
    );
    let table = table_of(&database, "main.t");
    // 5 is stored as 5.0 and '7' as 7: the same row.
    let same = vec![vec![text("Ab"), Value::Integer(5), text("7")]];
    assert_eq!(
        load(&database, &table, &same, RowMode::Overwrite).unchanged,
        1
    );
    // The same key in other letters is another value of the same row.
    let other = vec![vec![text("aB"), Value::Integer(5), text("7")]];
    let changes = load(&database, &table, &other, RowMode::Overwrite);
    assert_eq!(
        (changes.updated, changes.created, changes.deleted),
        (1, 0, 0)
    );
    assert_eq!(database.query("SELECT k FROM t"), "Text(\"aB\")");
}

#[test]
fn rows_may_exchange_a_unique_value() {
    let database = Database::with(
        "CREATE TABLE t (k INTEGER PRIMARY KEY, u TEXT UNIQUE); INSERT INTO t VALUES (1, 'a'), (2, 'b')",
    );
    let table = table_of(&database, "main.t");
    let rows = vec![
        vec![Value::Integer(1), text("b")],
        vec![Value::Integer(2), text("a")],
    ];
    assert_eq!(
        load(&database, &table, &rows, RowMode::Overwrite).updated,
        2
    );
    assert_eq!(
        database.query("SELECT u FROM t ORDER BY k"),
        "Text(\"b\"); Text(\"a\")"
    );
}

#[test]
fn refused_rows_are_named_with_number_key_and_constraint() {
    let one = vec![Value::Integer(1), text("one"), Value::Integer(1)];
    let twice = vec![Value::Integer(2), text("one"), Value::Integer(1)];
    let negative = vec![Value::Integer(2), text("b"), Value::Integer(-1)];
    let taken = "UNIQUE constraint failed: t.a";
    let too_small = "CHECK constraint failed: b > 0";
    for (existing, mode, row, expected) in [
        ("", RowMode::Skip, &twice, format!("row 2 (k = 2): {taken}")),
        (
            "",
            RowMode::Skip,
            &negative,
            format!("row 2 (k = 2): {too_small}"),
        ),
        (
            "INSERT INTO t VALUES (9, 'nine', 1);",
            RowMode::Skip,
            &twice,
            format!("row 2 (k = 2): {taken}"),
        ),
        (
            "INSERT INTO t VALUES (9, 'nine', 1);",
            RowMode::Overwrite,
            &negative,
            format!("row 2 (k = 2): {too_small}"),
        ),
        (
            "INSERT INTO t VALUES (2, 'two', 1);",
            RowMode::Merge,
            &negative,
            format!("row 2 (k = 2): {too_small}"),
        ),
        // Known keys come before new ones.
        (
            "INSERT INTO t VALUES (2, 'two', 1);",
            RowMode::Merge,
            &twice,
            format!("row 1 (k = 1): {taken}"),
        ),
    ] {
        let database = Database::with(&format!(
            "CREATE TABLE t (k INTEGER PRIMARY KEY, a TEXT NOT NULL UNIQUE, b INT CHECK (b > 0)); {existing}"
        ));
        let before = database.state();
        let table = table_of(&database, "main.t");
        let rows = vec![one.clone(), row.clone()];
        let mut session = database.write();
        let error = session
            .load_rows(load_of(&table, &rows, mode))
            .expect_err("refused");
        assert_eq!(
            error.to_string(),
            format!("main.t: {expected}"),
            "{existing}"
        );
        // Half a load never stays, even when the session goes on.
        session.commit().expect("committed");
        assert_eq!(database.state(), before);
    }
}

#[test]
fn loads_that_are_not_what_they_say_are_refused() {
    let database = Database::with(
        "CREATE TABLE t (k INTEGER PRIMARY KEY, a TEXT); INSERT INTO t VALUES (1, 'x')",
    );
    let table = table_of(&database, "main.t");
    let row = |key: i64| vec![Value::Integer(key), text("n")];
    let mut session = database.write();
    let error = session
        .load_rows(load_of(&table, &[row(5), row(6), row(5)], RowMode::Merge))
        .expect_err("twice");
    assert_eq!(
        error.to_string(),
        "cannot read the rows of main.t: rows 1 and 3 have the same key (k = 5)"
    );
    let mut fewer = load_of(&table, &[row(5)], RowMode::Merge);
    fewer.expected_rows = 2;
    let error = session.load_rows(fewer).expect_err("fewer");
    assert_eq!(
        error.to_string(),
        "cannot read the rows of main.t: found 1 rows, expected 2"
    );
    let mut other = load_of(&table, &[row(5)], RowMode::Merge);
    other.columns[1].name = "z".to_owned();
    let error = session.load_rows(other).expect_err("another column");
    assert_eq!(
        error.to_string(),
        "main.t: column 'z': the table has no such column"
    );
    let mut missing = load_of(&table, &[row(5)], RowMode::Merge);
    missing.table = "main.u".to_owned();
    assert_eq!(
        session
            .load_rows(missing)
            .expect_err("no table")
            .to_string(),
        "main.u: there is no such table"
    );
}

#[test]
fn a_natural_key_may_be_chosen_and_must_tell_rows_apart() {
    let database = Database::with(
        "CREATE TABLE t (k INTEGER PRIMARY KEY, code TEXT, a TEXT); INSERT INTO t VALUES (7, 'x', 'old'), (8, 'y', 'same'), (9, 'y', 'same')",
    );
    let table = table_of(&database, "main.t");
    let columns = table.row_columns()[1..].to_vec();
    let natural = |code: &str, value: &str| {
        let rows = vec![vec![text(code), text(value)]];
        let mut load = load_of(&table, &[], RowMode::Merge);
        load.key = vec!["code".to_owned()];
        load.expected_rows = 1;
        load.rows = Box::new(crate::support::Lines::of(&columns, &rows));
        load.columns.clone_from(&columns);
        load
    };
    let mut session = database.write();
    assert_eq!(
        session
            .load_rows(natural("x", "new"))
            .expect("merged")
            .updated,
        1
    );
    assert_eq!(
        session
            .load_rows(natural("z", "new"))
            .expect("merged")
            .created,
        1
    );
    let error = session
        .load_rows(natural("y", "new"))
        .expect_err("two rows have it");
    assert_eq!(
        error.to_string(),
        "main.t: the key (code) does not tell the rows of the table apart"
    );
    session.commit().expect("committed");
    assert_eq!(
        database.query("SELECT a FROM t WHERE k = 7"),
        "Text(\"new\")"
    );
}

#[test]
fn a_comparison_knows_of_columns_and_tables_to_come() {
    let database =
        Database::with("CREATE TABLE t (k INTEGER PRIMARY KEY); INSERT INTO t VALUES (1), (2)");
    let wider = Database::with("CREATE TABLE t (k INTEGER PRIMARY KEY, a TEXT)");
    let table = table_of(&wider, "main.t");
    let rows = vec![
        vec![Value::Integer(1), text("x")],
        vec![Value::Integer(2), Value::Null],
    ];
    let mut session = database.read();
    let changes = session
        .compare_rows(load_of(&table, &rows, RowMode::Merge))
        .expect("compared");
    assert_eq!((changes.updated, changes.unchanged), (1, 1));
    let mut unknown = load_of(&table, &rows, RowMode::Merge);
    unknown.table = "main.u".to_owned();
    let changes = session.compare_rows(unknown).expect("compared");
    assert_eq!((changes.created, changes.samples.len()), (2, 2));
}

#[test]
fn a_sequence_is_raised_and_never_lowered() {
    let database = Database::with("CREATE TABLE t (k INTEGER PRIMARY KEY AUTOINCREMENT)");
    let table = table_of(&database, "main.t");
    for (sequence, expected) in [(Some(41), 41), (Some(7), 41), (None, 41), (Some(50), 50)] {
        let mut session = database.write();
        let mut load = load_of(&table, &[vec![Value::Integer(3)]], RowMode::Overwrite);
        load.sequence = sequence;
        session.load_rows(load).expect("loaded");
        session.commit().expect("committed");
        assert_eq!(
            database.query("SELECT seq FROM sqlite_sequence"),
            format!("Integer({expected})")
        );
    }
}

#[test]
fn a_large_load_keeps_every_index() {
    let database = Database::with(
        "CREATE TABLE t (k INTEGER PRIMARY KEY, a TEXT); CREATE INDEX i ON t (a) WHERE a > ''; CREATE UNIQUE INDEX u ON t (a, k)",
    );
    let indexes = "SELECT name, sql FROM sqlite_schema WHERE type = 'index' ORDER BY 1";
    let before = database.query(indexes);
    let table = table_of(&database, "main.t");
    let rows: Vec<Row> = (0..12_000)
        .map(|key| vec![Value::Integer(key), text(&format!("{}", key % 97))])
        .collect();
    let mut session = database.write();
    assert_eq!(
        session
            .load_rows(load_of(&table, &rows, RowMode::Merge))
            .expect("loaded")
            .created,
        12_000
    );
    session.commit().expect("committed");
    assert_eq!(database.query(indexes), before);
    assert_eq!(database.query("PRAGMA integrity_check"), "Text(\"ok\")");
}
