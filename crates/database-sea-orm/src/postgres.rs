//! The store in one PostgreSQL database, which any number of processes share.

use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use installhub_database_migration::{check_postgres, migrate_postgres as migrate_as_owner};
use installhub_kernel::StoreError;
use sea_orm::sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sea_orm::sqlx::{ConnectOptions as _, Connection as _};
use sea_orm::{
    DatabaseConnection, DatabaseTransaction, SqlxPostgresConnector, TransactionTrait as _,
};
use tokio::time::{Instant, sleep, timeout};

use crate::failure::{Cause, Failure, store_error};
use crate::scoped::{Access, Realm, announce};

/// How long to wait before a lost connection is replaced.
const PAUSE: Duration = Duration::from_millis(50);

/// A connection that nobody used for so long is asked whether it is alive before it is used again.
const DOUBTFUL_AFTER: Duration = Duration::from_secs(5);

/// A connection of this age is replaced: after a change of servers behind one address, all connections move within this time.
const RETIRED_AFTER: Duration = Duration::from_mins(30);

/// How long changing the tables may wait for a lock, for example for another process that changes them.
const WAIT_TO_MIGRATE: Duration = Duration::from_mins(2);

/// Where a PostgreSQL database is, and how it is worked with. What `Debug` prints has no password in it.
#[derive(Clone)]
#[non_exhaustive]
pub struct PostgresOptions {
    /// `postgres://user:password@host:port/database`, with `?sslmode=verify-full` and the like.
    pub url: String,
    /// How many connections this process may have open at once (16).
    pub pool_size: u32,
    /// How long to wait for a connection (5 seconds).
    pub wait: Duration,
    /// How long one statement may take (60 seconds).
    pub statement_timeout: Duration,
    /// How long one statement may wait for a lock (10 seconds).
    pub lock_timeout: Duration,
    /// How long a transaction may do nothing before the database ends it (10 minutes): a process that hangs must not keep its
    /// locks for ever.
    pub idle_timeout: Duration,
}

impl PostgresOptions {
    /// The database at `url`, worked with as usual.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            pool_size: 16,
            wait: Duration::from_secs(5),
            statement_timeout: Duration::from_mins(1),
            lock_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_mins(10),
        }
    }

    pub(crate) fn connection(&self) -> Result<PgConnectOptions, Failure> {
        let milliseconds = |duration: Duration| duration.as_millis().to_string();
        let options: PgConnectOptions = self
            .url
            .parse()
            .map_err(|error| Failure::new(Cause::Address, error))?;
        Ok(options
            .application_name("installhub")
            .options([
                ("statement_timeout", milliseconds(self.statement_timeout)),
                ("lock_timeout", milliseconds(self.lock_timeout)),
                (
                    "idle_in_transaction_session_timeout",
                    milliseconds(self.idle_timeout),
                ),
            ])
            .disable_statement_logging())
    }
}

impl fmt::Debug for PostgresOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresOptions")
            .field("pool_size", &self.pool_size)
            .field("wait", &self.wait)
            .field("statement_timeout", &self.statement_timeout)
            .field("lock_timeout", &self.lock_timeout)
            .field("idle_timeout", &self.idle_timeout)
            .finish_non_exhaustive()
    }
}

/// A database and the connections to it.
pub(crate) struct Server {
    options: PostgresOptions,
    /// Made with the first transaction; making it does not connect.
    pool: OnceLock<DatabaseConnection>,
    /// Whether role and tables have been found to be as they must be.
    is_fit: AtomicBool,
}

impl Server {
    pub(crate) fn new(options: PostgresOptions) -> Self {
        Self {
            options,
            pool: OnceLock::new(),
            is_fit: AtomicBool::new(false),
        }
    }

    /// Begins a transaction that sees and touches `realm` only. A connection that turns out to be dead is replaced.
    pub(crate) async fn begin(
        &self,
        realm: Realm,
        access: Access,
    ) -> Result<DatabaseTransaction, Failure> {
        let deadline = Instant::now() + self.options.wait;
        loop {
            match self.in_time(self.attempt(realm, access)).await {
                Err(failure) if failure.cause == Cause::Lost && Instant::now() < deadline => {
                    sleep(PAUSE).await;
                }
                settled => return settled,
            }
        }
    }

    async fn attempt(&self, realm: Realm, access: Access) -> Result<DatabaseTransaction, Failure> {
        if !self.is_fit.load(Ordering::Acquire) {
            self.examine().await?;
        }
        let transaction = self.pool()?.begin().await.map_err(not_reached)?;
        announce(&transaction, realm, access).await?;
        Ok(transaction)
    }

    /// Whether the database is there and fit to be worked with.
    pub(crate) async fn check(&self) -> Result<(), Failure> {
        self.in_time(self.examine()).await
    }

    async fn examine(&self) -> Result<(), Failure> {
        check_postgres(self.pool()?).await.map_err(not_reached)?;
        self.is_fit.store(true, Ordering::Release);
        Ok(())
    }

    /// A network that swallows everything gives no answer, and no error either.
    async fn in_time<T>(
        &self,
        attempt: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        timeout(self.options.wait * 2, attempt)
            .await
            .map_err(|elapsed| Failure::new(Cause::NotReached, elapsed))
            .flatten()
    }

    pub(crate) async fn close(&self) -> Result<(), Failure> {
        if let Some(pool) = self.pool.get() {
            pool.close_by_ref().await?;
        }
        Ok(())
    }

    fn pool(&self) -> Result<&DatabaseConnection, Failure> {
        if let Some(pool) = self.pool.get() {
            return Ok(pool);
        }
        let made = pool(&self.options)?;
        Ok(self.pool.get_or_init(|| made))
    }
}

/// Connections to the database; none is made yet.
fn pool(options: &PostgresOptions) -> Result<DatabaseConnection, Failure> {
    let pool: PgPool = PgPoolOptions::new()
        .max_connections(options.pool_size.max(1))
        .acquire_timeout(options.wait)
        // With a lifetime, the pool would watch over its connections in a task that, should it start in the instant when one
        // is put back, counts down from the largest number there is. Age and health are looked at when one is taken.
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .before_acquire(|connection, known| {
            Box::pin(async move {
                if known.age > RETIRED_AFTER {
                    return Ok(false);
                }
                if known.idle_for > DOUBTFUL_AFTER {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_lazy_with(options.connection()?);
    Ok(SqlxPostgresConnector::from_sqlx_postgres_pool(pool))
}

/// Waiting for a connection in vain is not the same as waiting for a writer.
fn not_reached(failure: impl Into<Failure>) -> Failure {
    failure.into().rather(Cause::PoolTimeout, Cause::NotReached)
}

/// Brings the tables in a PostgreSQL database to the current version, all or nothing, and lets `service_role` work with them.
///
/// `owner` names the database as the role that owns the tables, which must not be the one that the service works with. Any
/// number of processes may do this at once: one does the work, the others wait for it.
pub async fn migrate_postgres(
    owner: &PostgresOptions,
    service_role: &str,
) -> Result<(), StoreError> {
    let attempted = "cannot bring the store to the current version of its tables";
    let patient = PostgresOptions {
        pool_size: 1,
        statement_timeout: Duration::ZERO,
        lock_timeout: WAIT_TO_MIGRATE,
        ..owner.clone()
    };
    let migrated = async {
        let database = pool(&patient)?;
        let migrated = migrate_as_owner(&database, service_role).await;
        database.close_by_ref().await?;
        migrated.map_err(not_reached)
    };
    migrated
        .await
        .map_err(|failure| store_error(attempted, failure))
}
