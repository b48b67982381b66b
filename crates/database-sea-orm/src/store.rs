//! The embedded store: one SQLite file, opened when it is needed.

use std::future::Future;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use installhub_database_migration::migrate;
use installhub_importing::ports::{StoreError, UnitOfWork, UnitOfWorkFactory};
use installhub_kernel::{Clock, TenantScope};
use sea_orm::{
    DatabaseConnection, SqliteTransactionMode, TransactionOptions, TransactionTrait as _,
};
use tokio::sync::OnceCell;
use tokio::time::{Instant, sleep};

use crate::connection::{Role, connect, connect_to_nothing};
use crate::failure::{Cause, Failure, store_error};
use crate::unit::{Ending, Unit};

/// How long a writer waits for another one, unless told otherwise.
const WAIT: Duration = Duration::from_secs(10);

/// How long to wait between two attempts where the engine itself does not wait.
const PAUSE: Duration = Duration::from_millis(20);

/// The embedded store of all tenants of one home. Clones share their connections.
///
/// Making one touches nothing. The first reader of a store that does not exist finds it empty and leaves no trace; the first
/// writer creates folder and file. Whoever opens a store of an earlier version brings it to the current one.
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
}

struct Shared {
    file: PathBuf,
    wait: Duration,
    clock: Arc<dyn Clock>,
    writer: OnceCell<DatabaseConnection>,
    readers: OnceCell<DatabaseConnection>,
}

impl Store {
    /// The store in `file`. `clock` says when documents and decisions were written.
    pub fn new(file: impl Into<PathBuf>, clock: Arc<dyn Clock>) -> Self {
        Self::with_wait(file, clock, WAIT)
    }

    /// The same, with another time that a writer waits for another one (10 seconds otherwise).
    pub fn with_wait(file: impl Into<PathBuf>, clock: Arc<dyn Clock>, wait: Duration) -> Self {
        let shared = Shared {
            file: file.into(),
            wait,
            clock,
            writer: OnceCell::new(),
            readers: OnceCell::new(),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// Where the store is.
    pub fn file(&self) -> &Path {
        &self.shared.file
    }

    /// Whether there is a store yet.
    pub fn exists(&self) -> bool {
        self.shared.file.exists()
    }

    /// Closes all connections for good, after those at work have finished.
    pub async fn close(&self) -> Result<(), StoreError> {
        for connection in [self.shared.readers.get(), self.shared.writer.get()]
            .into_iter()
            .flatten()
        {
            connection
                .close_by_ref()
                .await
                .map_err(|error| store_error("cannot close the store", error))?;
        }
        Ok(())
    }

    pub(crate) async fn begin_unit(&self, _scope: &TenantScope) -> Result<Unit, Failure> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let wait = self.shared.wait;
        let writer = self.writer().await.map_err(|failure| failure.after(wait))?;
        let transaction = writer
            .begin_with_options(options)
            .await
            .map_err(|error| Failure::from(error).after(wait))?;
        Ok(Unit::new(
            transaction,
            Arc::clone(&self.shared.clock),
            Ending::Commit,
        ))
    }

    pub(crate) async fn read_unit(&self, _scope: &TenantScope) -> Result<Unit, Failure> {
        let transaction = if self.exists() {
            self.readers().await?.begin().await?
        } else {
            let nothing = connect_to_nothing(self.shared.wait).await?;
            migrate(&nothing).await?;
            nothing.begin().await?
        };
        Ok(Unit::new(
            transaction,
            Arc::clone(&self.shared.clock),
            Ending::Discard,
        ))
    }

    async fn writer(&self) -> Result<&DatabaseConnection, Failure> {
        let shared = &self.shared;
        shared
            .writer
            .get_or_try_init(|| async {
                if let Some(folder) = shared.file.parent() {
                    std::fs::create_dir_all(folder).map_err(folder_failure)?;
                }
                until_free(shared.wait, || async {
                    let connection = connect(shared.file.clone(), Role::Write, shared.wait).await?;
                    migrate(&connection).await?;
                    Ok(connection)
                })
                .await
            })
            .await
    }

    async fn readers(&self) -> Result<&DatabaseConnection, Failure> {
        self.shared
            .readers
            .get_or_try_init(|| async {
                // A store of an earlier version is brought to the current one first.
                self.writer().await?;
                until_free(self.shared.wait, || async {
                    Ok(connect(self.shared.file.clone(), Role::Read, self.shared.wait).await?)
                })
                .await
            })
            .await
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
            Err(failure) if failure.cause == Cause::Busy && Instant::now() < deadline => {
                sleep(PAUSE).await;
            }
            settled => return settled,
        }
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

#[async_trait]
impl UnitOfWorkFactory for Store {
    async fn begin(&self, scope: &TenantScope) -> Result<Box<dyn UnitOfWork>, StoreError> {
        match self.begin_unit(scope).await {
            Ok(unit) => Ok(Box::new(unit)),
            Err(failure) => Err(store_error("cannot write to the store", failure)),
        }
    }

    async fn read(&self, scope: &TenantScope) -> Result<Box<dyn UnitOfWork>, StoreError> {
        match self.read_unit(scope).await {
            Ok(unit) => Ok(Box::new(unit)),
            Err(failure) => Err(store_error("cannot read the store", failure)),
        }
    }
}
