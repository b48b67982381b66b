//! The store in one SQLite file, opened when it is needed.

use std::future::Future;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use installhub_database_migration::migrate;
use sea_orm::{
    DatabaseConnection, DatabaseTransaction, SqliteTransactionMode, TransactionOptions,
    TransactionTrait as _,
};
use tokio::sync::OnceCell;
use tokio::time::{Instant, sleep};

use crate::connection::{Role, connect, connect_to_nothing};
use crate::failure::{Cause, Failure};
use crate::scoped::Access;

/// How long a writer waits for another one, unless told otherwise.
pub(crate) const WAIT: Duration = Duration::from_secs(10);

/// How long to wait between two attempts where the engine itself does not wait.
const PAUSE: Duration = Duration::from_millis(20);

/// A file and the connections to it.
pub(crate) struct SqliteFile {
    path: PathBuf,
    wait: Duration,
    writer: OnceCell<DatabaseConnection>,
    readers: OnceCell<DatabaseConnection>,
}

impl SqliteFile {
    pub(crate) fn new(path: PathBuf, wait: Duration) -> Self {
        Self {
            path,
            wait,
            writer: OnceCell::new(),
            readers: OnceCell::new(),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) async fn begin(&self, access: Access) -> Result<DatabaseTransaction, Failure> {
        match access {
            Access::Write => self.begin_writing().await,
            Access::Read => self.begin_reading().await,
        }
    }

    /// Takes the file's write lock at once, so that what is read does not change before it is written.
    async fn begin_writing(&self) -> Result<DatabaseTransaction, Failure> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let writer = self
            .writer()
            .await
            .map_err(|failure| failure.after(self.wait))?;
        writer
            .begin_with_options(options)
            .await
            .map_err(|error| Failure::from(error).after(self.wait))
    }

    async fn begin_reading(&self) -> Result<DatabaseTransaction, Failure> {
        if self.path.exists() {
            return Ok(self.readers().await?.begin().await?);
        }
        let nothing = connect_to_nothing(self.wait).await?;
        migrate(&nothing).await?;
        Ok(nothing.begin().await?)
    }

    /// The one connection that writes; makes the file and brings it to the current version.
    pub(crate) async fn writer(&self) -> Result<&DatabaseConnection, Failure> {
        self.writer
            .get_or_try_init(|| async {
                if let Some(folder) = self.path.parent() {
                    std::fs::create_dir_all(folder).map_err(folder_failure)?;
                }
                create_private(&self.path).map_err(folder_failure)?;
                until_free(self.wait, || async {
                    let connection = connect(self.path.clone(), Role::Write, self.wait).await?;
                    migrate(&connection).await?;
                    Ok(connection)
                })
                .await
            })
            .await
    }

    async fn readers(&self) -> Result<&DatabaseConnection, Failure> {
        self.readers
            .get_or_try_init(|| async {
                // A store of an earlier version is brought to the current one first.
                self.writer().await?;
                until_free(self.wait, || async {
                    Ok(connect(self.path.clone(), Role::Read, self.wait).await?)
                })
                .await
            })
            .await
    }

    pub(crate) async fn close(&self) -> Result<(), Failure> {
        for connection in [self.readers.get(), self.writer.get()]
            .into_iter()
            .flatten()
        {
            connection.close_by_ref().await?;
        }
        Ok(())
    }
}

/// Tries again while others have the file locked: SQLite does not wait by itself when the journal mode of a fresh file is set.
async fn until_free<T, F>(wait: Duration, attempt: impl Fn() -> F) -> Result<T, Failure>
where
    F: Future<Output = Result<T, Failure>>,
{
    let deadline = Instant::now() + wait;
    loop {
        match attempt().await {
            Err(failure)
                if matches!(failure.cause, Cause::Busy | Cause::PoolTimeout)
                    && Instant::now() < deadline =>
            {
                sleep(PAUSE).await;
            }
            settled => return settled,
        }
    }
}

/// Makes the file for its owner only, if nobody has made it yet: it holds digests of passwords and tokens. What the engine keeps
/// beside it gets the same rights.
///
/// A file that is there is not opened: closing it again would free the locks that the engine holds on it in this process.
fn create_private(path: &Path) -> io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

fn folder_failure(error: io::Error) -> Failure {
    let cause = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Cause::Full,
        io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => Cause::ReadOnly,
        _ => Cause::NotOpened,
    };
    Failure::new(cause, error)
}
