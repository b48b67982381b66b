//! Opening database files.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::error::{Attempt, SqliteError, is_busy};

/// Where a database is and how long to wait for others who use it.
#[derive(Debug, Clone)]
pub struct Location {
    /// The file.
    pub path: PathBuf,
    /// How long to wait while another process keeps the file locked.
    pub wait: Duration,
}

impl Location {
    /// A file, with five seconds of patience.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            wait: Duration::from_secs(5),
        }
    }

    /// The same file with other patience.
    #[must_use]
    pub fn waiting(mut self, wait: Duration) -> Self {
        self.wait = wait;
        self
    }

    /// The same text for the same file at every run, also before the file exists.
    pub(crate) fn identity(&self) -> String {
        let absolute = self.path.canonicalize().or_else(|_| {
            let folder = match self.path.parent() {
                Some(folder) if !folder.as_os_str().is_empty() => folder,
                _ => Path::new("."),
            };
            let folder = folder.canonicalize()?;
            Ok::<_, std::io::Error>(folder.join(self.path.file_name().unwrap_or_default()))
        });
        absolute
            .as_ref()
            .unwrap_or(&self.path)
            .display()
            .to_string()
    }

    pub(crate) fn refuse(
        &self,
        problem: &str,
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    ) -> SqliteError {
        SqliteError::Open {
            path: self.path.clone(),
            problem: problem.to_owned(),
            source,
        }
    }

    /// Looks at the file before the engine does: the engine would create what is missing and has few words for the rest.
    ///
    /// It is not opened for that. On Unix, closing any handle of a file gives up every lock that this process holds on it,
    /// those of the engine's own connections included: a session that writes would go on without its lock.
    fn inspect(&self) -> Result<(), SqliteError> {
        let refuse =
            |problem: &str, error: std::io::Error| self.refuse(problem, Some(Box::new(error)));
        let metadata = std::fs::metadata(&self.path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => refuse("there is no such file", error),
            std::io::ErrorKind::PermissionDenied => {
                refuse("there is no permission to read it", error)
            }
            _ => refuse("it cannot be read", error),
        })?;
        if metadata.is_dir() {
            Err(self.refuse("it is a folder, expected an SQLite database file", None))
        } else {
            Ok(())
        }
    }

    /// Opens for reading. Nothing is created, and nothing can be written through the connection but temporary tables.
    pub(crate) fn open_read(&self) -> Result<Connection, SqliteError> {
        self.inspect()?;
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        match self.connect(&self.absolute()?, flags) {
            // Of a database with a write-ahead log, the log's index would have to be created. Without a log the file alone is
            // the database.
            Err(SqliteError::Engine { source, .. })
                if matches!(
                    source.sqlite_error_code(),
                    Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly)
                ) =>
            {
                if self.holds_changes("-wal") || self.holds_changes("-journal") {
                    let problem = "its log holds changes and cannot be read because the folder is not writable; copy the \
                                   database with its -wal or -journal file to a writable folder";
                    return Err(self.refuse(problem, Some(Box::new(source))));
                }
                self.connect(&immutable_uri(&self.absolute()?), flags | OpenFlags::SQLITE_OPEN_URI)
            }
            result => result,
        }
        .map_err(|error| self.explain(error))
    }

    /// Opens for writing, creating the file when there is none. Also tells whether it was created.
    pub(crate) fn open_write(&self) -> Result<(Connection, bool), SqliteError> {
        let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let created = !self.path.exists();
        if created {
            flags |= OpenFlags::SQLITE_OPEN_CREATE;
        } else {
            self.inspect()?;
        }
        let path = if created {
            self.path.clone()
        } else {
            self.absolute()?
        };
        let connection = self
            .connect(&path, flags)
            .map_err(|error| self.explain(error))?;
        if connection.is_readonly("main").unwrap_or(false) {
            return Err(self.refuse("there is no permission to write to it", None));
        }
        Ok((connection, created))
    }

    /// Names that begin with `file:` would mean something else to the engine.
    fn absolute(&self) -> Result<PathBuf, SqliteError> {
        self.path
            .canonicalize()
            .map_err(|error| self.refuse("it cannot be found", Some(Box::new(error))))
    }

    fn connect(&self, path: &Path, flags: OpenFlags) -> Result<Connection, SqliteError> {
        let attempted = || format!("open '{}'", self.path.display());
        let connection = Connection::open_with_flags(path, flags).attempt(attempted)?;
        connection.busy_timeout(self.wait).attempt(attempted)?;
        // Definitions in the file are not trusted to call functions with side effects.
        connection
            .set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)
            .attempt(attempted)?;
        connection
            .query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))
            .attempt(attempted)?;
        // Foreign keys are judged as a whole, never statement by statement: a statement on a table whose key leads nowhere
        // would not even compile.
        connection
            .execute_batch("PRAGMA foreign_keys = OFF; PRAGMA cache_size = -65536")
            .attempt(attempted)?;
        Ok(connection)
    }

    /// Whether the file beside the database, which the engine names so, has anything in it.
    fn holds_changes(&self, ending: &str) -> bool {
        let mut log = self.path.clone().into_os_string();
        log.push(ending);
        std::fs::metadata(log).is_ok_and(|metadata| metadata.len() > 0)
    }

    fn explain(&self, error: SqliteError) -> SqliteError {
        let SqliteError::Engine { source, .. } = error else {
            return error;
        };
        if is_busy(&source) {
            return SqliteError::Locked {
                path: self.path.clone(),
                waited: self.wait,
            };
        }
        let problem = match source.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => {
                "it is not an SQLite database, or it is encrypted; expected a file that begins with 'SQLite format 3'"
            }
            Some(ErrorCode::DatabaseCorrupt) => {
                "it is damaged; `sqlite3 FILE .recover` may rescue what it holds"
            }
            Some(ErrorCode::CannotOpen) => {
                "it or its folder cannot be opened; check that both exist and may be used"
            }
            Some(ErrorCode::PermissionDenied | ErrorCode::ReadOnly) => "there is no permission",
            _ => "the engine refuses it",
        };
        self.refuse(problem, Some(Box::new(source)))
    }
}

fn immutable_uri(path: &Path) -> PathBuf {
    let mut uri = String::from("file:");
    for character in path.display().to_string().chars() {
        match character {
            '?' => uri.push_str("%3f"),
            '#' => uri.push_str("%23"),
            '%' => uri.push_str("%25"),
            other => uri.push(other),
        }
    }
    uri.push_str("?immutable=1");
    PathBuf::from(uri)
}
