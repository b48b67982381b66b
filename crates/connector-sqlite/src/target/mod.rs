//! A database as the target of an import: one transaction from opening to commit.

mod change;
mod conditions;
mod definition;
mod load;
mod multiset;
mod port;
mod rebuild;
mod rows;
mod stage;
mod stage_table;
mod violations;

use installhub_database_model::{ObjectKind, SchemaObject};
use installhub_importing::ports::{Access, ObjectChange, RowChanges, RowLoad, Violation};
use rusqlite::Connection;
use rusqlite::config::DbConfig;

use crate::error::{Attempt, SqliteError, engine_message, is_refusal};
use crate::fingerprint::{DatabaseState, fingerprint};
use crate::introspect::find;
use crate::open::Location;
use crate::quote::local_name;
use crate::rows::count_rows;
use crate::snapshot::StagedSnapshot;

pub use port::SqliteTarget;

use violations::Baseline;

/// One transaction on a database that is imported into. Dropped without [`commit`](Self::commit), nothing has happened.
///
/// While it is open, triggers do not fire and foreign keys neither refuse nor cascade: whether they hold is asked once, at
/// the end, with [`violations`](Self::violations).
#[derive(Debug)]
pub struct TargetDatabase {
    connection: Connection,
    location: Location,
    outcome: Outcome,
    restored: Option<StagedSnapshot>,
    /// None while nothing has been changed.
    baseline: Option<Baseline>,
}

/// What becomes of the file when the session ends without a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// It was there before and stays.
    Keep,
    /// It was created by this session and must not stay behind empty.
    Remove,
}

impl TargetDatabase {
    /// Begins a transaction. A missing file reads as an empty database and is created only to be written.
    pub fn open(location: Location, access: Access) -> Result<Self, SqliteError> {
        let (connection, created) = match access {
            Access::Read if !location.path.exists() => (
                Connection::open_in_memory().attempt(|| "open an empty database".to_owned())?,
                false,
            ),
            Access::Read => (location.open_read()?, false),
            Access::Write => location.open_write()?,
        };
        let outcome = if created {
            Outcome::Remove
        } else {
            Outcome::Keep
        };
        let database = Self {
            connection,
            location,
            outcome,
            restored: None,
            baseline: None,
        };
        database
            .begin(access)
            .map_err(|error| database.explain(error))?;
        Ok(database)
    }

    fn begin(&self, access: Access) -> Result<(), SqliteError> {
        let attempted = || "begin a transaction".to_owned();
        stage_table::register_functions(&self.connection).attempt(attempted)?;
        if access == Access::Read {
            let view = "BEGIN; SELECT count(*) FROM main.sqlite_schema";
            return self.connection.execute_batch(view).attempt(attempted);
        }
        self.connection
            .set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)
            .attempt(attempted)?;
        // Renaming a table must not rewrite what refers to it: the new definition takes the old name.
        self.connection
            .execute_batch("PRAGMA legacy_alter_table = ON; BEGIN IMMEDIATE")
            .attempt(attempted)
    }

    fn explain(&self, error: SqliteError) -> SqliteError {
        error.noticing_locks(&self.location.path, self.location.wait)
    }

    /// The connection, for reading.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// The object as it is now, by its qualified name.
    pub fn find_object(
        &self,
        kind: ObjectKind,
        name: &str,
    ) -> Result<Option<SchemaObject>, SqliteError> {
        self.find_local(kind, local_name(name))
    }

    /// The same by the name within the namespace, which may have dots of its own.
    fn find_local(
        &self,
        kind: ObjectKind,
        name: &str,
    ) -> Result<Option<SchemaObject>, SqliteError> {
        // What a trigger touches is seen only where triggers are compiled.
        let config = DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER;
        let attempted = || "switch triggers".to_owned();
        let before = self.connection.db_config(config).attempt(attempted)?;
        self.connection
            .set_db_config(config, true)
            .attempt(attempted)?;
        let found = find(&self.connection, kind, name);
        self.connection
            .set_db_config(config, before)
            .attempt(attempted)?;
        found.map_err(|error| self.explain(error))
    }

    /// The statements that [`apply`](Self::apply) would run, checked but not run.
    pub fn statements(&self, change: &ObjectChange) -> Result<Vec<String>, SqliteError> {
        let steps = change::plan(self, change)?;
        Ok(steps.iter().map(|step| step.text().to_owned()).collect())
    }

    /// Makes a change, or none of it.
    pub fn apply(&mut self, change: &ObjectChange) -> Result<(), SqliteError> {
        let steps = change::plan(self, change)?;
        let object = change::object_of(change).qualified_name();
        self.in_savepoint(|database| {
            steps
                .iter()
                .try_for_each(|step| step.run(&database.connection))
                .map_err(|error| refused(&object, error))
        })
        .map_err(|error| self.explain(error))
    }

    /// What [`load_rows`](Self::load_rows) would do.
    pub fn compare_rows(&mut self, load: RowLoad) -> Result<RowChanges, SqliteError> {
        load::compare(self, load).map_err(|error| self.explain(error))
    }

    /// Loads rows, or none of them.
    pub fn load_rows(&mut self, load: RowLoad) -> Result<RowChanges, SqliteError> {
        self.in_savepoint(|database| load::load(database, load))
            .map_err(|error| self.explain(error))
    }

    /// How many rows a table has now.
    pub fn count_rows(&self, table: &str) -> Result<u64, SqliteError> {
        count_rows(&self.connection, local_name(table)).map_err(|error| self.explain(error))
    }

    /// Rules that hold no more but did before this transaction, at most `limit`.
    pub fn violations(&self, limit: usize) -> Result<Vec<Violation>, SqliteError> {
        match &self.baseline {
            Some(baseline) => baseline.violations(self, limit),
            None => Ok(Vec::new()),
        }
        .map_err(|error| self.explain(error))
    }

    /// The state inside this transaction; after [`restore`](Self::restore), the state that a commit brings.
    pub fn fingerprint(&self) -> Result<DatabaseState, SqliteError> {
        match &self.restored {
            Some(snapshot) => fingerprint(&snapshot.open()?, &[]),
            None => fingerprint(&self.connection, &[]),
        }
        .map_err(|error| self.explain(error))
    }

    /// Takes a snapshot that replaces everything at [`commit`](Self::commit).
    pub fn restore(&mut self, snapshot: StagedSnapshot) {
        self.restored = Some(snapshot);
    }

    /// Where the database is.
    pub fn location(&self) -> &Location {
        &self.location
    }

    /// Makes the changes durable.
    pub fn commit(mut self) -> Result<(), SqliteError> {
        let result = match &self.restored {
            None => self
                .connection
                .execute_batch("COMMIT")
                .attempt(|| "commit the transaction".to_owned()),
            Some(snapshot) => {
                // The engine copies into a database only while this connection does not use it.
                let nothing =
                    Connection::open_in_memory().attempt(|| "end the transaction".to_owned());
                nothing.and_then(|nothing| {
                    drop(std::mem::replace(&mut self.connection, nothing));
                    snapshot.replace(&self.location)
                })
            }
        };
        if result.is_ok() {
            self.outcome = Outcome::Keep;
        }
        result.map_err(|error| self.explain(error))
    }

    fn in_savepoint<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, SqliteError>,
    ) -> Result<T, SqliteError> {
        let attempted = || "keep a point to return to".to_owned();
        if self.baseline.is_none() {
            self.baseline = Some(Baseline::take(&self.connection)?);
        }
        self.connection
            .execute_batch("SAVEPOINT installhub")
            .attempt(attempted)?;
        let result = work(self);
        let end = if result.is_ok() {
            "RELEASE installhub"
        } else {
            "ROLLBACK TO installhub; RELEASE installhub"
        };
        self.connection.execute_batch(end).attempt(attempted)?;
        result
    }
}

impl Drop for TargetDatabase {
    fn drop(&mut self) {
        if self.outcome == Outcome::Remove {
            // Nothing can be reported from here; at worst an empty file stays.
            let _ = self.connection.execute_batch("ROLLBACK");
            let is_empty =
                std::fs::metadata(&self.location.path).is_ok_and(|metadata| metadata.len() == 0);
            if is_empty {
                let _ = std::fs::remove_file(&self.location.path);
            }
        }
    }
}

/// What the engine refuses as our refusal; what circumstances prevent stays the engine's error.
fn refused(object: &str, error: rusqlite::Error) -> SqliteError {
    if is_refusal(&error) {
        return SqliteError::Refused {
            object: object.to_owned(),
            message: engine_message(&error),
        };
    }
    SqliteError::Engine {
        attempted: format!("write {object}"),
        source: error,
    }
}
