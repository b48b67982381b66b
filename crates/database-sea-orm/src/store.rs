//! The service's own store: one SQLite file or one PostgreSQL database.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use installhub_importing::ports::{StoreError, UnitOfWork, UnitOfWorkFactory};
use installhub_kernel::{Clock, IdGenerator, PlatformScope, TenantScope};
use sea_orm::DatabaseTransaction;

use crate::failure::{Failure, store_error};
use crate::postgres::{PostgresOptions, Server};
use crate::scoped::{Access, Realm, copy_all, take_turn};
use crate::sqlite::{SqliteFile, WAIT};
use crate::unit::{Ending, Unit};

/// The store of all tenants. Clones share their connections.
///
/// Making one touches nothing: connections come with the first transaction.
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
}

struct Shared {
    engine: Engine,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
}

enum Engine {
    Sqlite(SqliteFile),
    Postgres(Server),
}

impl Store {
    /// The store in a SQLite file. `clock` says when things were written, `ids` gives what is new its identity.
    ///
    /// The first reader of a store that does not exist finds it empty and leaves no trace; the first writer creates folder and
    /// file. Whoever opens a store of an earlier version brings it to the current one.
    pub fn sqlite(
        file: impl Into<PathBuf>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGenerator>,
    ) -> Self {
        Self::sqlite_waiting(file, clock, ids, WAIT)
    }

    /// The same, with another time that a writer waits for another one (10 seconds otherwise).
    pub fn sqlite_waiting(
        file: impl Into<PathBuf>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGenerator>,
        wait: Duration,
    ) -> Self {
        Self::on(
            Engine::Sqlite(SqliteFile::new(file.into(), wait)),
            clock,
            ids,
        )
    }

    /// The store in a PostgreSQL database, whose tables [`migrate_postgres`](crate::migrate_postgres) has made.
    ///
    /// Every transaction names the tenant it is about, and the database refuses and hides everything of others. A role that
    /// could look past that is refused with the first transaction, and so are tables of another version.
    pub fn postgres(
        options: PostgresOptions,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGenerator>,
    ) -> Self {
        Self::on(Engine::Postgres(Server::new(options)), clock, ids)
    }

    fn on(engine: Engine, clock: Arc<dyn Clock>, ids: Arc<dyn IdGenerator>) -> Self {
        Self {
            shared: Arc::new(Shared { engine, clock, ids }),
        }
    }

    /// Where the store is, if it is a file.
    pub fn file(&self) -> Option<&Path> {
        match &self.shared.engine {
            Engine::Sqlite(file) => Some(file.path()),
            Engine::Postgres(_) => None,
        }
    }

    /// Whether the store can be worked with now: it is reached, its tables are of the current version, and on PostgreSQL the
    /// role is one that row security holds for. A SQLite store that nobody has written to yet is as good as an empty one.
    pub async fn check(&self) -> Result<(), StoreError> {
        let attempted = "cannot read the store";
        let checked = match &self.shared.engine {
            Engine::Sqlite(file) => file.begin(Access::Read).await.map(drop),
            Engine::Postgres(server) => server.check().await,
        };
        checked.map_err(|failure| store_error(attempted, failure))
    }

    /// Brings a SQLite store to the current version of its tables, making it where there is none. The service may not change
    /// tables on PostgreSQL: there it is the same as [`check`](Self::check).
    pub async fn migrate(&self) -> Result<(), StoreError> {
        let migrated = match &self.shared.engine {
            Engine::Sqlite(file) => file.writer().await.map(drop),
            Engine::Postgres(server) => server.check().await,
        };
        migrated.map_err(|failure| store_error("cannot write to the store", failure))
    }

    /// Copies a store in a SQLite file as of one moment into a new file, while others go on working.
    ///
    /// On PostgreSQL it is refused: `pg_dump` does it there.
    pub async fn copy_to(&self, file: &Path) -> Result<(), StoreError> {
        let attempted = "cannot copy the store";
        let Engine::Sqlite(store) = &self.shared.engine else {
            return Err(StoreError::Conflict(
                "a store on PostgreSQL is copied by pg_dump".to_owned(),
            ));
        };
        let name = file.to_str().ok_or_else(|| StoreError::Other {
            attempted: attempted.to_owned(),
            source: format!("{} is no name that SQLite can write", file.display()).into(),
        })?;
        let copied = async { Ok::<_, Failure>(copy_all(store.writer().await?, name).await?) };
        copied
            .await
            .map_err(|failure| store_error(attempted, failure))
    }

    /// Closes all connections for good, after those at work have finished.
    pub async fn close(&self) -> Result<(), StoreError> {
        let closed = match &self.shared.engine {
            Engine::Sqlite(file) => file.close().await,
            Engine::Postgres(server) => server.close().await,
        };
        closed.map_err(|failure| store_error("cannot close the store", failure))
    }

    /// A transaction that may write to one tenant's data. On SQLite there is one writer at a time. On PostgreSQL writers work
    /// side by side and each statement sees what was committed before it: whoever writes what depends on what it has read
    /// compares revisions, locks the rows, or takes its turn by [`begin_alone`](Self::begin_alone).
    pub(crate) async fn begin_unit(&self, scope: &TenantScope) -> Result<Unit, Failure> {
        self.begin_in(Realm::of(scope), Access::Write).await
    }

    /// The same, after every other transaction of the tenant that was begun this way: nothing such transactions have read
    /// changes before they write. Imports and everybody else who writes documents begin like this.
    pub(crate) async fn begin_alone(&self, scope: &TenantScope) -> Result<Unit, Failure> {
        let unit = self.begin_unit(scope).await?;
        take_turn(&unit.transaction, scope).await?;
        Ok(unit)
    }

    /// A consistent view of one tenant's data.
    pub(crate) async fn read_unit(&self, scope: &TenantScope) -> Result<Unit, Failure> {
        self.begin_in(Realm::of(scope), Access::Read).await
    }

    /// A transaction that may write to tables shared by all tenants, and nothing else.
    pub(crate) async fn begin_platform_unit(
        &self,
        _platform: &PlatformScope,
    ) -> Result<Unit, Failure> {
        self.begin_in(Realm::Platform, Access::Write).await
    }

    /// A consistent view of tables shared by all tenants.
    pub(crate) async fn read_platform_unit(
        &self,
        _platform: &PlatformScope,
    ) -> Result<Unit, Failure> {
        self.begin_in(Realm::Platform, Access::Read).await
    }

    async fn begin_in(&self, realm: Realm, access: Access) -> Result<Unit, Failure> {
        let transaction = match &self.shared.engine {
            Engine::Sqlite(file) => file.begin(access).await?,
            Engine::Postgres(server) => server.begin(realm, access).await?,
        };
        Ok(self.unit(transaction, access))
    }

    fn unit(&self, transaction: DatabaseTransaction, access: Access) -> Unit {
        Unit {
            transaction,
            clock: Arc::clone(&self.shared.clock),
            ids: Arc::clone(&self.shared.ids),
            ending: match access {
                Access::Write => Ending::Commit,
                Access::Read => Ending::Discard,
            },
        }
    }
}

#[async_trait]
impl UnitOfWorkFactory for Store {
    async fn begin(&self, scope: &TenantScope) -> Result<Box<dyn UnitOfWork>, StoreError> {
        match self.begin_alone(scope).await {
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
