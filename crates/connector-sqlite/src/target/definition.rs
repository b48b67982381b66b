//! Definitions that were checked, the statements they become, and a place to try them.

use rusqlite::Connection;

use crate::ddl::{Expected, run_guarded};
use crate::error::{Attempt, SqliteError, engine_message};
use crate::quote::quoted;

/// One statement of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// Composed here, from quoted names only.
    Own(String),
    /// A definition from a package, checked; run under an authorizer.
    Guarded {
        sql: String,
        /// What a person is shown: the statement, with comments about what is lost.
        shown: String,
        expected: Expected,
    },
    /// Only said, never run.
    Remark(String),
}

impl Step {
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Own(text) | Self::Remark(text) | Self::Guarded { shown: text, .. } => text,
        }
    }

    pub(super) fn run(&self, connection: &Connection) -> rusqlite::Result<()> {
        match self {
            Self::Own(sql) => connection.execute_batch(sql),
            Self::Guarded { sql, expected, .. } => run_guarded(connection, sql, expected),
            Self::Remark(_) => Ok(()),
        }
    }
}

/// A new definition that was found to be what it should be.
#[derive(Debug, Clone)]
pub(super) struct Definition {
    pub(super) sql: String,
    pub(super) shown: String,
    pub(super) expected: Expected,
}

impl Definition {
    pub(super) fn step(self) -> Step {
        Step::Guarded {
            sql: self.sql,
            shown: self.shown,
            expected: self.expected,
        }
    }
}

/// An empty database in memory to try definitions in.
pub(super) struct Scratch(Connection);

impl Scratch {
    pub(super) fn new() -> Result<Self, SqliteError> {
        Connection::open_in_memory()
            .map(Self)
            .attempt(|| "open a database to try definitions in".to_owned())
    }

    /// What is already there is not judged again.
    pub(super) fn with_existing(sql: &str) -> Result<Self, SqliteError> {
        let scratch = Self::new()?;
        scratch
            .0
            .execute_batch(sql)
            .attempt(|| "try a definition of the target".to_owned())?;
        Ok(scratch)
    }

    pub(super) fn try_definition(&self, definition: &Definition) -> Result<(), String> {
        run_guarded(&self.0, &definition.sql, &definition.expected)
            .map_err(|error| engine_message(&error))
    }

    pub(super) fn try_own(&self, sql: &str) -> Result<(), String> {
        self.0
            .execute_batch(sql)
            .map_err(|error| engine_message(&error))
    }

    pub(super) fn columns(&self, table: &str) -> Result<Vec<String>, SqliteError> {
        self.names(
            "SELECT name FROM pragma_table_xinfo(?1) ORDER BY cid",
            table,
        )
    }

    /// The columns that can be written.
    pub(super) fn stored_columns(&self, table: &str) -> Result<Vec<String>, SqliteError> {
        self.names(
            "SELECT name FROM pragma_table_xinfo(?1) WHERE hidden = 0 ORDER BY cid",
            table,
        )
    }

    /// Whether a table has row numbers under that name and no column for them.
    pub(super) fn hides_row_number(&self, table: &str, rowid: &str) -> Result<bool, SqliteError> {
        let key = "SELECT name FROM pragma_table_xinfo(?1) WHERE pk > 0 AND type = 'INTEGER' COLLATE NOCASE";
        let column = self
            .columns(table)?
            .iter()
            .any(|name| name.eq_ignore_ascii_case(rowid));
        let readable = self
            .0
            .prepare(&format!("SELECT {rowid} FROM {}", quoted(table)))
            .is_ok();
        Ok(readable && !column && self.names(key, table)?.is_empty())
    }

    fn names(&self, sql: &str, table: &str) -> Result<Vec<String>, SqliteError> {
        let attempted = || "try a definition".to_owned();
        let mut statement = self.0.prepare(sql).attempt(attempted)?;
        let names = statement
            .query_map([table], |row| row.get(0))
            .and_then(Iterator::collect);
        names.attempt(attempted)
    }
}
