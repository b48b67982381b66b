//! Writing rows one after the other.

use std::fmt::Write as _;

use installhub_database_model::{Row, RowColumn, Value, encode_row};
use installhub_importing::ports::RowSource;
use rusqlite::types::Null;
use rusqlite::{Connection, Statement};

use crate::error::{Attempt, SqliteError, engine_message, is_refusal};

const BATCH: usize = 1000;

/// Rows on their way in, counted against what was promised.
pub(super) struct Incoming<'a> {
    /// The table they are for, by its qualified name.
    pub(super) object: &'a str,
    pub(super) columns: &'a [RowColumn],
    pub(super) key: &'a [String],
    pub(super) expected: u64,
    pub(super) source: Box<dyn RowSource>,
}

impl Incoming<'_> {
    fn wrong(&self, message: String) -> SqliteError {
        SqliteError::Rows {
            object: self.object.to_owned(),
            message,
        }
    }

    /// Hands every row to `take` with its number, counted from one, and returns how many there were.
    pub(super) fn each(
        mut self,
        mut take: impl FnMut(u64, &Row, &Self) -> Result<(), SqliteError>,
    ) -> Result<u64, SqliteError> {
        let mut number = 0;
        loop {
            let rows = self
                .source
                .next_rows(BATCH)
                .map_err(|message| self.wrong(message))?;
            if rows.is_empty() {
                break;
            }
            for row in rows {
                number += 1;
                if row.len() != self.columns.len() {
                    let (found, expected) = (row.len(), self.columns.len());
                    return Err(self.wrong(format!(
                        "row {number} has {found} values, expected {expected}"
                    )));
                }
                take(number, &row, &self)?;
            }
        }
        if number == self.expected {
            return Ok(number);
        }
        let expected = self.expected;
        Err(self.wrong(format!("found {number} rows, expected {expected}")))
    }

    /// Inserts every row with a statement that has one parameter per column.
    pub(super) fn insert(self, connection: &Connection, sql: &str) -> Result<u64, SqliteError> {
        let attempted = || format!("write rows of {}", self.object);
        let mut statement = connection.prepare(sql).attempt(attempted)?;
        self.each(|number, row, incoming| {
            insert_row(&mut statement, row).map_err(|error| incoming.row_error(number, row, error))
        })
    }

    /// A refused row, told by its number and key. Locks and full disks are no fault of the row.
    fn row_error(&self, number: u64, row: &Row, error: rusqlite::Error) -> SqliteError {
        if !is_refusal(&error) {
            return SqliteError::Engine {
                attempted: format!("write row {number} of {}", self.object),
                source: error,
            };
        }
        let key = describe_key(self.columns, self.key, row);
        SqliteError::Refused {
            object: self.object.to_owned(),
            message: format!("row {number}{key}: {}", engine_message(&error)),
        }
    }
}

/// ` (AlbumId = 3)`, or nothing when rows have no key.
pub(super) fn describe_key(columns: &[RowColumn], key: &[String], row: &[Value]) -> String {
    let mut text = String::new();
    for name in key {
        let place = columns
            .iter()
            .position(|column| column.name.eq_ignore_ascii_case(name));
        if let Some(value) = place.and_then(|place| row.get(place)) {
            let separator = if text.is_empty() { " (" } else { ", " };
            // Writing into a string does not fail.
            let _ = write!(text, "{separator}{name} = {}", show(value));
        }
    }
    if !text.is_empty() {
        text.push(')');
    }
    text
}

/// A value for a message.
pub(super) fn show(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Integer(integer) => integer.to_string(),
        Value::Real(real) => format!("{real:?}"),
        Value::Text(text) if text.chars().count() > 40 => {
            format!(
                "'{}…'",
                text.chars().take(40).collect::<String>().escape_debug()
            )
        }
        Value::Text(text) => format!("'{}'", text.escape_debug()),
        Value::Blob(bytes) => format!("{} bytes", bytes.len()),
    }
}

pub(super) fn insert_row(statement: &mut Statement<'_>, row: &[Value]) -> rusqlite::Result<()> {
    for (place, value) in row.iter().enumerate() {
        let place = place + 1;
        match value {
            Value::Null => statement.raw_bind_parameter(place, Null)?,
            Value::Integer(integer) => statement.raw_bind_parameter(place, integer)?,
            Value::Real(real) => statement.raw_bind_parameter(place, real)?,
            Value::Text(text) => statement.raw_bind_parameter(place, text.as_str())?,
            Value::Blob(bytes) => statement.raw_bind_parameter(place, bytes.as_slice())?,
        }
    }
    statement.raw_execute().map(|_| ())
}

/// A row as a person sees it in a plan.
pub(super) fn sample(columns: &[RowColumn], row: &[Value]) -> String {
    let mut line = Vec::new();
    match encode_row(columns, row, &mut line) {
        Ok(()) => String::from_utf8_lossy(&line).trim_end().to_owned(),
        Err(error) => error.to_string(),
    }
}
