//! A store on each engine.

use std::path::Path;
use std::sync::Arc;

use installhub_database_sea_orm::{ArtifactStoreTarget, PostgresOptions, Store};
use installhub_test_services::{PostgresDatabase, postgres_database};
use installhub_test_support::{CountingIds, SteppingClock};
use sea_orm::{ConnectionTrait as _, Database};
use tempfile::TempDir;

/// An empty store and where it is; it goes with the value.
pub(crate) struct Home {
    pub(crate) store: Store,
    pub(crate) target: ArtifactStoreTarget,
    place: Place,
}

enum Place {
    Sqlite(TempDir),
    Postgres(PostgresDatabase),
}

/// An empty store on each engine.
pub(crate) async fn homes() -> Vec<Home> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = sqlite(&folder.path().join("home/store.db"));
    let database = postgres_database().await;
    let server = postgres(&database.service_url());
    vec![
        Home::of(file, Place::Sqlite(folder)),
        Home::of(server, Place::Postgres(database)),
    ]
}

/// The store in a file.
pub(crate) fn sqlite(file: &Path) -> Store {
    let (clock, ids) = (Arc::new(SteppingClock::new()), Arc::new(CountingIds::new()));
    Store::sqlite(file, clock, ids)
}

/// The store in a database.
pub(crate) fn postgres(url: &str) -> Store {
    postgres_with(PostgresOptions::new(url))
}

/// The same, worked with in this way.
pub(crate) fn postgres_with(options: PostgresOptions) -> Store {
    let (clock, ids) = (Arc::new(SteppingClock::new()), Arc::new(CountingIds::new()));
    Store::postgres(options, clock, ids)
}

impl Home {
    fn of(store: Store, place: Place) -> Self {
        Self {
            target: ArtifactStoreTarget::new(store.clone()),
            store,
            place,
        }
    }

    /// The same store with connections of its own.
    pub(crate) fn reopened(&self) -> Store {
        match &self.place {
            Place::Sqlite(folder) => sqlite(&folder.path().join("home/store.db")),
            Place::Postgres(database) => postgres(&database.service_url()),
        }
    }

    /// Changes the store behind its back, as somebody who may do everything.
    pub(crate) async fn change(&self, statement: &str) {
        let url = match &self.place {
            Place::Sqlite(folder) => {
                format!("sqlite:{}", folder.path().join("home/store.db").display())
            }
            Place::Postgres(database) => database.admin_url(),
        };
        let database = Database::connect(url).await.expect("it opens");
        database
            .execute_unprepared(statement)
            .await
            .expect("the statement runs");
        database.close().await.expect("it closes");
    }

    /// Whether anything has been made on the disk.
    pub(crate) fn left_a_trace(&self) -> bool {
        match &self.place {
            Place::Sqlite(folder) => folder.path().join("home").exists(),
            Place::Postgres(_) => false,
        }
    }
}
