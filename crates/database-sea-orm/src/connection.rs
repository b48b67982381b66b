//! Connections to the store's file.

use std::path::PathBuf;
use std::time::Duration;

use sea_orm::sqlx::ConnectOptions as _;
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sea_orm::{ConnectOptions, Database, DatabaseConnection, DbErr};

/// How many readers may look at once.
const READERS: u32 = 4;

/// Rows that the engine may read ahead; documents can be large, and the reader of a stream need not be fast.
const ROWS_AHEAD: usize = 4;

/// What connections are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// One connection: SQLite has one writer, and waiting in line here is fairer than racing for the file's lock.
    Write,
    /// Connections that refuse to write.
    Read,
}

/// Connects to a file. Only writers create it.
pub(crate) async fn connect(
    file: PathBuf,
    role: Role,
    wait: Duration,
) -> Result<DatabaseConnection, DbErr> {
    let mut options = pool_options(wait);
    options.max_connections(if role == Role::Write { 1 } else { READERS });
    options.map_sqlx_sqlite_opts(move |_| {
        // A file's name is set here because it would have to be escaped in an address.
        let file = base_options(wait)
            .filename(&file)
            .journal_mode(SqliteJournalMode::Wal);
        match role {
            // A commit that was reported must survive a power failure.
            Role::Write => file
                .create_if_missing(true)
                .synchronous(SqliteSynchronous::Full),
            Role::Read => file.pragma("query_only", "ON"),
        }
    });
    Database::connect(options).await
}

/// An empty store in memory, for whoever reads where nothing is.
pub(crate) async fn connect_to_nothing(wait: Duration) -> Result<DatabaseConnection, DbErr> {
    let mut options = pool_options(wait);
    options.max_connections(1);
    options.map_sqlx_sqlite_opts(move |_| base_options(wait).in_memory(true));
    Database::connect(options).await
}

fn pool_options(wait: Duration) -> ConnectOptions {
    let mut options = ConnectOptions::new("sqlite::memory:");
    options
        .acquire_timeout(wait)
        // Connections to a file do not go stale. With a lifetime, the pool would watch over them in a task that, should it
        // start in the instant when a connection is put back, counts down from the largest number there is.
        .idle_timeout(None::<Duration>)
        .max_lifetime(None::<Duration>)
        .test_before_acquire(false)
        .sqlx_logging(false);
    options
}

fn base_options(wait: Duration) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .foreign_keys(true)
        .busy_timeout(wait)
        .row_buffer_size(ROWS_AHEAD)
        .disable_statement_logging()
}
