//! A store on each engine, and a way around it.

use std::sync::Arc;

use installhub_database_sea_orm::{PostgresOptions, Store};
use installhub_kernel::{Actor, ActorKind, PlatformScope, TenantId, TenantScope};
use installhub_test_services::{PostgresDatabase, postgres_database};
use installhub_test_support::{CountingIds, SteppingClock};
use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection, DbErr};
use tempfile::TempDir;
use uuid::Uuid;

pub(crate) struct Home {
    pub(crate) store: Store,
    place: Place,
}

enum Place {
    Sqlite(TempDir),
    Postgres(PostgresDatabase),
}

/// An empty store on each engine.
pub(crate) async fn homes() -> Vec<Home> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("store.db");
    let database = postgres_database().await;
    let options = PostgresOptions::new(database.service_url());
    let (clock, ids) = (Arc::new(SteppingClock::new()), Arc::new(CountingIds::new()));
    let homes = vec![
        Home {
            store: Store::sqlite(file, clock.clone(), ids.clone()),
            place: Place::Sqlite(folder),
        },
        Home {
            store: Store::postgres(options, clock, ids),
            place: Place::Postgres(database),
        },
    ];
    for home in &homes {
        home.store.migrate().await.expect("the tables are there");
    }
    homes
}

impl Home {
    pub(crate) fn is_postgres(&self) -> bool {
        matches!(self.place, Place::Postgres(_))
    }

    /// The role the service works with, where there are roles.
    pub(crate) fn service_role(&self) -> Option<&'static str> {
        match &self.place {
            Place::Sqlite(_) => None,
            Place::Postgres(database) => Some(database.service_role()),
        }
    }

    /// As somebody who may do everything, also look past row security.
    pub(crate) async fn admin(&self) -> DatabaseConnection {
        let url = match &self.place {
            Place::Sqlite(folder) => {
                format!("sqlite:{}", folder.path().join("store.db").display())
            }
            Place::Postgres(database) => database.admin_url(),
        };
        Database::connect(url).await.expect("it connects")
    }

    /// Tries to change the store behind its back.
    pub(crate) async fn try_change(&self, statement: &str) -> Result<u64, DbErr> {
        let admin = self.admin().await;
        let done = admin.execute_unprepared(statement).await;
        admin.close().await.expect("it closes");
        done.map(|done| done.rows_affected())
    }

    pub(crate) async fn change(&self, statement: &str) {
        let done = self.try_change(statement).await;
        let changed = done.unwrap_or_else(|error| panic!("{statement}: {error}"));
        assert_eq!(changed, 1, "{statement}");
    }

    /// An id as the engine writes it in a statement.
    pub(crate) fn literal(&self, id: Uuid) -> String {
        if self.is_postgres() {
            format!("'{id}'")
        } else {
            format!("x'{}'", id.simple())
        }
    }
}

pub(crate) fn tenant(number: u128) -> TenantId {
    TenantId::from_uuid(Uuid::from_u128(number))
}

/// A person at the command line of the tenant.
pub(crate) fn person(tenant: TenantId, name: &str) -> TenantScope {
    TenantScope::acting(tenant, actor(name), ActorKind::CommandLine, None)
}

pub(crate) fn platform() -> PlatformScope {
    PlatformScope::acting(actor("worker"), ActorKind::System, None)
}

fn actor(name: &str) -> Actor {
    name.parse().expect("an actor")
}
