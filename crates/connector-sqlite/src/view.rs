//! One consistent view of a database.

use installhub_database_model::DatabaseSchema;
use rusqlite::Connection;

use crate::error::{Attempt, SqliteError};
use crate::introspect::{Coverage, TablePatterns, introspect};
use crate::open::Location;

/// One consistent view of a database file: one read transaction from opening to dropping.
#[derive(Debug)]
pub struct SourceView {
    connection: Connection,
    location: Location,
}

impl SourceView {
    /// Opens a view. Nothing is created or written.
    pub fn open(location: &Location) -> Result<Self, SqliteError> {
        let connection = location.open_read()?;
        let view = Self {
            connection,
            location: location.clone(),
        };
        view.connection
            .execute_batch("BEGIN; SELECT count(*) FROM main.sqlite_schema")
            .attempt(|| "begin a read transaction".to_owned())
            .map_err(|error| view.explain(error))?;
        Ok(view)
    }

    /// The structure of the selected tables with everything they need, and what is left out.
    pub fn describe(
        &self,
        tables: &TablePatterns,
    ) -> Result<(DatabaseSchema, Vec<Coverage>), SqliteError> {
        let (mut schema, mut notices) =
            introspect(&self.connection).map_err(|error| self.explain(error))?;
        tables.apply(&mut schema, &mut notices)?;
        Ok((schema, notices))
    }

    /// The connection, for reading.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(crate) fn explain(&self, error: SqliteError) -> SqliteError {
        error.noticing_locks(&self.location.path, self.location.wait)
    }
}
