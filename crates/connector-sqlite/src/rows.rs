//! Reading rows.

use std::ops::ControlFlow;

use installhub_database_model::{Row, RowColumn, Table, Value};
use rusqlite::types::ValueRef as EngineValue;
use rusqlite::{Connection, Statement};

use crate::error::{Attempt, SqliteError};
use crate::quote::{list, quoted};

/// How rows of a table are told apart and ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RowOrder {
    /// By a key whose columns are never null.
    Key(Vec<String>),
    /// By the engine's row number, under a name that no column hides.
    RowNumber(&'static str),
    /// Not at all: every name of the row number is that of a column.
    None,
}

impl RowOrder {
    pub(crate) fn of(table: &Table) -> Self {
        let key = table.key_columns();
        let row_key = key.len() == 1 && is_row_number(table, &key[0]);
        let never_null = |name: &String| table.column(name).is_some_and(|column| !column.nullable);
        if !key.is_empty() && (row_key || table.options.without_rowid || key.iter().all(never_null))
        {
            return Self::Key(key.to_vec());
        }
        row_number(table).map_or(Self::None, Self::RowNumber)
    }

    fn clause(&self) -> String {
        match self {
            Self::Key(columns) => format!(" ORDER BY {}", list(columns.iter().map(String::as_str))),
            Self::RowNumber(name) => format!(" ORDER BY {name}"),
            Self::None => String::new(),
        }
    }
}

/// Whether a single key column is another name of the row number, and so never null.
pub(crate) fn is_row_number(table: &Table, column: &str) -> bool {
    let native = table
        .column(column)
        .and_then(|column| column.native_type.as_deref());
    !table.options.without_rowid
        && native.is_some_and(|native| native.eq_ignore_ascii_case("INTEGER"))
}

/// A name of the row number that no column hides; none for tables without row numbers.
pub(crate) fn row_number(table: &Table) -> Option<&'static str> {
    if table.options.without_rowid {
        return None;
    }
    ["rowid", "_rowid_", "oid"]
        .into_iter()
        .find(|name| table.column(name).is_none())
}

/// The query for all rows of a table, in a stable order.
pub(crate) fn all_rows(table: &Table) -> String {
    let columns = list(table.stored_columns().map(|column| column.name.as_str()));
    let order = RowOrder::of(table).clause();
    format!("SELECT {columns} FROM main.{}{order}", quoted(&table.name))
}

/// Reads all rows in batches and hands each to `take`, which may end the reading.
///
/// Text that is no Unicode or holds the character NUL cannot be carried; the error names row and column.
pub fn read_rows(
    connection: &Connection,
    table: &Table,
    batch: usize,
    mut take: impl FnMut(Vec<Row>) -> ControlFlow<()>,
) -> Result<(), SqliteError> {
    let attempted = || format!("read the rows of table {}", table.name);
    let columns = table.row_columns();
    let mut statement: Statement<'_> = connection.prepare(&all_rows(table)).attempt(attempted)?;
    let mut rows = statement.query([]).attempt(attempted)?;
    let mut number = 0_u64;
    let mut batch_rows = Vec::with_capacity(batch);
    while let Some(row) = rows.next().attempt(attempted)? {
        number += 1;
        let mut values = Vec::with_capacity(columns.len());
        for (place, column) in columns.iter().enumerate() {
            let value = row.get_ref(place).attempt(attempted)?;
            values.push(owned(value).map_err(|found| unreadable(table, number, column, found))?);
        }
        batch_rows.push(values);
        if batch_rows.len() == batch {
            let full = std::mem::replace(&mut batch_rows, Vec::with_capacity(batch));
            if take(full).is_break() {
                return Ok(());
            }
        }
    }
    if !batch_rows.is_empty() {
        // Nothing follows, whatever the answer.
        let _ = take(batch_rows);
    }
    Ok(())
}

fn unreadable(table: &Table, number: u64, column: &RowColumn, found: &str) -> SqliteError {
    SqliteError::Unreadable {
        object: format!("{}.{}", table.schema, table.name),
        message: format!("row {number}, column '{}': {found}", column.name),
    }
}

pub(crate) fn owned(value: EngineValue<'_>) -> Result<Value, &'static str> {
    Ok(match value {
        EngineValue::Null => Value::Null,
        EngineValue::Integer(integer) => Value::Integer(integer),
        EngineValue::Real(real) => Value::Real(real),
        EngineValue::Blob(bytes) => Value::Blob(bytes.to_owned()),
        EngineValue::Text(bytes) => {
            if bytes.contains(&0) {
                return Err("text holds the character NUL, which a data file cannot carry");
            }
            let text = str::from_utf8(bytes)
                .map_err(|_| "text is not valid UTF-8, which a data file cannot carry")?;
            Value::Text(text.to_owned())
        }
    })
}

/// How many rows a table has.
pub fn count_rows(connection: &Connection, table: &str) -> Result<u64, SqliteError> {
    let sql = format!("SELECT count(*) FROM main.{}", quoted(table));
    count(connection, &sql).attempt(|| format!("count the rows of table {table}"))
}

/// The count that a query gives.
pub(crate) fn count(connection: &Connection, sql: &str) -> rusqlite::Result<u64> {
    connection
        .query_row(sql, [], |row| row.get::<_, i64>(0))
        .map(i64::cast_unsigned)
}

/// The last value that a table's `AUTOINCREMENT` key handed out.
pub fn sequence_value(connection: &Connection, table: &str) -> Result<Option<i64>, SqliteError> {
    let attempted = || format!("read the sequence of table {table}");
    let exists = connection
        .table_exists(Some("main"), "sqlite_sequence")
        .attempt(attempted)?;
    if !exists {
        return Ok(None);
    }
    let mut statement = connection
        .prepare_cached("SELECT seq FROM main.sqlite_sequence WHERE name = ?1 COLLATE NOCASE")
        .attempt(attempted)?;
    let mut rows = statement.query([table]).attempt(attempted)?;
    match rows.next().attempt(attempted)? {
        Some(row) => row.get(0).attempt(attempted),
        None => Ok(None),
    }
}
