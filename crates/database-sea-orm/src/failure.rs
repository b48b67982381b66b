//! What the engine said, in the words of the ports: what was attempted, why it failed, and what to do; never a path.

use std::error::Error;
use std::time::Duration;

use installhub_database_migration::MigrateError;
use installhub_importing::ports::{StoreError, TargetError};
use installhub_recovery::SnapshotError;
use sea_orm::sqlx::error::DatabaseError;
use sea_orm::sqlx::postgres::PgDatabaseError;
use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr, sqlx};

type Boxed = Box<dyn Error + Send + Sync>;

/// What kind of failure it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    Busy,
    Full,
    ReadOnly,
    NotOpened,
    DiskFailed,
    Damaged,
    Constraint,
    Newer,
    Older,
    /// The role could look past the row security.
    Role,
    NoRole,
    /// What is to be kept is nothing the engine can keep.
    Unstorable,
    /// The role may not do this, or not to this row.
    Forbidden,
    /// The connection was there and is not any more.
    Lost,
    /// No connection could be had.
    NotReached,
    /// All connections were in use for too long; whether others write or the engine is away depends on the engine.
    PoolTimeout,
    /// The engine does not let this user in.
    NotAdmitted,
    /// The address is none.
    Address,
    Unknown,
}

impl Cause {
    /// As the end of a sentence.
    fn in_words(self) -> &'static str {
        match self {
            Self::Busy | Self::PoolTimeout => {
                "another import or another process is writing to it; try again when that has finished"
            }
            Self::Full => "the disk is full; free some space and try again",
            Self::ReadOnly => {
                "it is read-only; check the owner and the permissions of its file and folder"
            }
            Self::NotOpened => {
                "its file cannot be opened or created; check that its folder exists and may be written to"
            }
            Self::DiskFailed => "the disk failed",
            Self::Damaged => "its file is damaged or is no store",
            Self::Constraint => {
                "something with this identity is there already, or what it belongs to is missing"
            }
            Self::Newer => "it was written by a newer version of this program; update the program",
            Self::Older => {
                "its tables are of an earlier version of this program; run `installhub migrate`"
            }
            Self::Role | Self::NoRole => "its database is not ready",
            Self::Unstorable => {
                "its database cannot keep the character U+0000 or a name of more than 2,000 bytes; leave it out or shorten it"
            }
            Self::Forbidden => {
                "its database does not allow this to the service; if roles or tables were changed by hand, run `installhub migrate`"
            }
            Self::Lost => "the connection to its database was lost; try again",
            Self::NotReached => {
                "its database cannot be reached, or all connections are in use; check that it runs and try again"
            }
            Self::NotAdmitted => {
                "its database refuses the user, the password or the name of the database; check the address"
            }
            Self::Address => {
                "the address of its database is not understood; expected postgres://user:password@host:port/database"
            }
            Self::Unknown => "its engine failed",
        }
    }
}

/// A failure of the store, before it is known whom it will be told.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) cause: Cause,
    waited: Option<Duration>,
    source: Boxed,
}

impl Failure {
    pub(crate) fn new(cause: Cause, source: impl Into<Boxed>) -> Self {
        Self {
            cause,
            waited: None,
            source: source.into(),
        }
    }

    /// The same, after having waited for others for so long.
    pub(crate) fn after(self, waited: Duration) -> Self {
        Self {
            waited: Some(waited),
            ..self
        }
    }

    /// What the engine or the way to it answered outside of the mapper.
    pub(crate) fn from_engine(error: sqlx::Error) -> Self {
        Self::new(cause_of(&error), error)
    }

    /// The same; where the first reason was found, the second is meant.
    pub(crate) fn rather(self, found: Cause, meant: Cause) -> Self {
        let cause = if self.cause == found {
            meant
        } else {
            self.cause
        };
        Self { cause, ..self }
    }

    /// What was attempted, why it failed, and what to do.
    fn in_words(&self, attempted: &str) -> String {
        let why = self.cause.in_words();
        match (self.cause, self.waited) {
            (Cause::Busy | Cause::PoolTimeout, Some(waited)) => {
                format!("{attempted}: after {} seconds {why}", waited.as_secs_f32())
            }
            // Which role, and what to do, only the source knows.
            (Cause::Role | Cause::NoRole, _) => format!("{attempted}: {}", self.source),
            _ => format!("{attempted}: {why}"),
        }
    }
}

impl From<DbErr> for Failure {
    fn from(error: DbErr) -> Self {
        let cause = match &error {
            DbErr::ConnectionAcquire(ConnAcquireErr::Timeout) => Cause::PoolTimeout,
            DbErr::Conn(RuntimeErr::SqlxError(inner))
            | DbErr::Exec(RuntimeErr::SqlxError(inner))
            | DbErr::Query(RuntimeErr::SqlxError(inner)) => cause_of(inner),
            _ => Cause::Unknown,
        };
        Self::new(cause, error)
    }
}

impl From<MigrateError> for Failure {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::Engine(error) => error.into(),
            MigrateError::Newer(_) => Self::new(Cause::Newer, error),
            MigrateError::Older(_) => Self::new(Cause::Older, error),
            MigrateError::TooPowerful { .. } => Self::new(Cause::Role, error),
            MigrateError::NoRole(_) => Self::new(Cause::NoRole, error),
        }
    }
}

/// Sorts what the engine or the way to it answered.
fn cause_of(error: &sqlx::Error) -> Cause {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => Cause::Lost,
        sqlx::Error::Tls(_) => Cause::NotReached,
        sqlx::Error::Database(answer) if answer.try_downcast_ref::<PgDatabaseError>().is_some() => {
            cause_in_postgres(&answer.code().unwrap_or_default())
        }
        sqlx::Error::Database(answer) => cause_in_sqlite(answer.as_ref()),
        _ => Cause::Unknown,
    }
}

/// Sorts what PostgreSQL answered by its SQLSTATE.
fn cause_in_postgres(state: &str) -> Cause {
    match state {
        // The server goes down, comes up, or has been told to end this connection.
        "57P01" | "57P02" | "57P03" | "57P05" | "25P03" => Cause::Lost,
        "55P03" | "57014" | "40001" | "40P01" => Cause::Busy,
        "53300" | "55000" => Cause::NotReached,
        "53100" => Cause::Full,
        "25006" => Cause::ReadOnly,
        "58030" => Cause::DiskFailed,
        "42501" => Cause::Forbidden,
        "22021" | "54000" => Cause::Unstorable,
        "XX001" | "XX002" => Cause::Damaged,
        "3D000" => Cause::NotAdmitted,
        _ => match &state[..state.len().min(2)] {
            "08" => Cause::Lost,
            "23" => Cause::Constraint,
            "28" => Cause::NotAdmitted,
            _ => Cause::Unknown,
        },
    }
}

/// Sorts what SQLite answered by its primary result code.
fn cause_in_sqlite(answer: &dyn DatabaseError) -> Cause {
    let code = answer.code().and_then(|code| code.parse::<i32>().ok());
    match code.map(|code| code & 0xff) {
        Some(5 | 6) => Cause::Busy,
        Some(3 | 8 | 23) => Cause::ReadOnly,
        Some(10) => Cause::DiskFailed,
        Some(11 | 26) => Cause::Damaged,
        Some(13) => Cause::Full,
        Some(14) => Cause::NotOpened,
        Some(19) => Cause::Constraint,
        _ => Cause::Unknown,
    }
}

/// For the journal: `attempted` is, for example, `cannot write to the store`.
pub(crate) fn store_error(attempted: &str, failure: impl Into<Failure>) -> StoreError {
    let failure = failure.into();
    let attempted = failure.in_words(attempted);
    match failure.cause {
        Cause::Constraint | Cause::Unstorable => StoreError::Conflict(attempted),
        Cause::Damaged => corrupt("the store", failure.source.to_string()),
        Cause::Unknown => StoreError::Other {
            attempted,
            source: failure.source,
        },
        _ => StoreError::Unavailable {
            attempted,
            source: failure.source,
        },
    }
}

/// For an import into the artifact store.
pub(crate) fn target_error(attempted: &str, failure: impl Into<Failure>) -> TargetError {
    let failure = failure.into();
    let message = failure.in_words(attempted);
    match failure.cause {
        Cause::Busy | Cause::PoolTimeout => TargetError::Locked { message },
        Cause::Unknown | Cause::Constraint | Cause::Unstorable => TargetError::Other {
            attempted: message,
            source: failure.source,
        },
        _ => TargetError::Unreachable {
            message,
            source: Some(failure.source),
        },
    }
}

/// For the list of snapshots.
pub(crate) fn snapshot_error(attempted: &str, failure: impl Into<Failure>) -> SnapshotError {
    let failure = failure.into();
    SnapshotError::Unavailable {
        attempted: failure.in_words(attempted),
        source: failure.source,
    }
}

/// A row that cannot be understood.
pub(crate) fn corrupt(location: &str, message: impl Into<String>) -> StoreError {
    StoreError::Corrupt {
        location: location.to_owned(),
        message: message.into(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use installhub_test_support::{CountingIds, SteppingClock, scope};
    use sea_orm::ConnectionTrait as _;

    use super::*;
    use crate::store::Store;

    async fn cause_of_statement(store: &Store, statements: &[&str]) -> Failure {
        let unit = store.begin_unit(&scope(1)).await.expect("the store opens");
        for statement in statements {
            if let Err(error) = unit.transaction.execute_unprepared(statement).await {
                return error.into();
            }
        }
        panic!("none of {statements:?} was refused");
    }

    #[tokio::test]
    async fn what_the_engine_refuses_is_told_in_words() {
        let folder = tempfile::tempdir().expect("a folder");
        let (clock, ids) = (Arc::new(SteppingClock::new()), Arc::new(CountingIds::new()));
        let store = Store::sqlite(folder.path().join("store.db"), clock, ids);
        let too_much = "WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 1000) \
                    INSERT INTO artifacts SELECT x'01', 'a' || value, '', '', '', '', '', hex(zeroblob(9000)), '', \
                    '', '', '', '', NULL, NULL, 1 FROM n";
        let full = cause_of_statement(&store, &["PRAGMA max_page_count = 60", too_much]).await;
        assert_eq!(full.cause, Cause::Full);
        let message = store_error("cannot write to the store", full).to_string();
        assert_eq!(
            message,
            "cannot write to the store: the disk is full; free some space and try again"
        );

        let read_only =
            cause_of_statement(&store, &["PRAGMA query_only = ON", "DELETE FROM artifacts"]).await;
        assert_eq!(read_only.cause, Cause::ReadOnly);
        let message = target_error("cannot write to the artifact store", read_only).to_string();
        assert!(
            message.contains("it is read-only; check the owner and the permissions"),
            "{message}"
        );
    }
}
