//! What can go wrong with a database file, told so that a person can act on it.

use std::path::PathBuf;
use std::time::Duration;

use rusqlite::ErrorCode;

/// Why something could not be done with an SQLite database.
#[derive(Debug, thiserror::Error)]
pub enum SqliteError {
    /// The file cannot be used at all.
    #[error("cannot open '{}': {problem}", path.display())]
    Open {
        /// The file as it was given.
        path: PathBuf,
        /// What was found, and what to do.
        problem: String,
        /// What the file system or the engine said.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// Another process keeps the file locked.
    #[error(
        "'{}' is locked by another process (waited {} s); close the program that uses it, or wait longer with --wait",
        path.display(), waited.as_secs_f32()
    )]
    Locked {
        /// The file.
        path: PathBuf,
        /// How long was waited.
        waited: Duration,
    },
    /// Something in the database cannot be carried in a package.
    #[error("{object}: {message}")]
    Unreadable {
        /// The object.
        object: String,
        /// What was found there, and what was expected.
        message: String,
    },
    /// A definition or row that the database, or this connector on its behalf, refuses.
    #[error("{object}: {message}")]
    Refused {
        /// The object that was being written.
        object: String,
        /// Why; with row and constraint where rows are concerned.
        message: String,
    },
    /// The rows to be loaded cannot be read, or are others than promised.
    #[error("cannot read the rows of {object}: {message}")]
    Rows {
        /// The table.
        object: String,
        /// What was found, and where.
        message: String,
    },
    /// A file beside the database could not be read or written.
    #[error("cannot {attempted}")]
    File {
        /// What was attempted.
        attempted: String,
        /// What the file system said.
        #[source]
        source: std::io::Error,
    },
    /// The engine failed in a way nobody planned for.
    #[error("cannot {attempted}")]
    Engine {
        /// What was attempted.
        attempted: String,
        /// What the engine said.
        #[source]
        source: rusqlite::Error,
    },
    /// The thread that owns the connection is gone.
    #[error("the connection's thread has ended")]
    Stopped,
}

/// Adds to an engine's error what was being attempted.
pub(crate) trait Attempt<T> {
    /// `attempted` completes the sentence "cannot …".
    fn attempt(self, attempted: impl FnOnce() -> String) -> Result<T, SqliteError>;
}

impl<T> Attempt<T> for rusqlite::Result<T> {
    fn attempt(self, attempted: impl FnOnce() -> String) -> Result<T, SqliteError> {
        self.map_err(|source| SqliteError::Engine {
            attempted: attempted(),
            source,
        })
    }
}

impl SqliteError {
    /// Gives a lock that was hit in the middle of something its own name; everything else stays as it is.
    pub(crate) fn noticing_locks(self, path: &std::path::Path, waited: Duration) -> Self {
        match &self {
            Self::Engine { source, .. } if is_busy(source) => Self::Locked {
                path: path.to_owned(),
                waited,
            },
            Self::Engine { source, .. }
                if source.sqlite_error_code() == Some(ErrorCode::CannotOpen) =>
            {
                Self::Open {
                    path: path.to_owned(),
                    problem: "its journal cannot be created: the folder must be writable"
                        .to_owned(),
                    source: self.into_cause(),
                }
            }
            Self::Engine { source, .. }
                if source.sqlite_error_code() == Some(ErrorCode::ReadOnly) =>
            {
                Self::Open {
                    path: path.to_owned(),
                    problem: "there is no permission to write to the file or its folder".to_owned(),
                    source: self.into_cause(),
                }
            }
            _ => self,
        }
    }

    /// What lies under an error whose own words have been used.
    pub(crate) fn into_cause(self) -> Option<Box<dyn std::error::Error + Send + Sync>> {
        match self {
            Self::Open { source, .. } => source,
            Self::File { source, .. } => Some(Box::new(source)),
            Self::Engine { source, .. } => Some(Box::new(source)),
            _ => None,
        }
    }
}

pub(crate) fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
    )
}

/// Whether the engine objects to what it was given rather than to the circumstances: locks, full disks, damaged files.
pub(crate) fn is_refusal(error: &rusqlite::Error) -> bool {
    match error.sqlite_error_code() {
        Some(code) => matches!(
            code,
            ErrorCode::ConstraintViolation
                | ErrorCode::TypeMismatch
                | ErrorCode::TooBig
                | ErrorCode::AuthorizationForStatementDenied
                | ErrorCode::Unknown
        ),
        // The library itself objects, for example to a second statement.
        None => true,
    }
}

/// The engine's own words, without the wrapping of the library.
pub(crate) fn engine_message(error: &rusqlite::Error) -> String {
    if error.sqlite_error_code() == Some(ErrorCode::AuthorizationForStatementDenied) {
        return "the SQL does more than define this object".to_owned();
    }
    match error {
        rusqlite::Error::MultipleStatement => "the SQL holds more than one statement".to_owned(),
        rusqlite::Error::SqliteFailure(_, Some(message)) => message.clone(),
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        other => other.to_string(),
    }
}
