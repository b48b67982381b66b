//! Several processes bring one store to the current version at the same time.

use installhub_database_sea_orm::{PostgresOptions, migrate_postgres};
use installhub_importing::ports::UnitOfWorkFactory;
use installhub_test_services::empty_postgres_database;
use installhub_test_support::scope;

use crate::homes::{postgres, sqlite};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_does_the_work_and_the_others_wait_on_postgres() {
    let database = empty_postgres_database().await;
    let migrations = (0..6).map(|_| {
        let owner = PostgresOptions::new(database.owner_url());
        let role = database.service_role();
        tokio::spawn(async move { migrate_postgres(&owner, role).await })
    });
    for migration in migrations.collect::<Vec<_>>() {
        migration
            .await
            .expect("nobody panics")
            .expect("nobody fails");
    }
    let store = postgres(&database.service_url());
    assert!(store.begin(&scope(1)).await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_does_the_work_and_the_others_wait_on_sqlite() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("store.db");
    let migrations = (0..6).map(|_| {
        let store = sqlite(&file);
        tokio::spawn(async move { store.migrate().await })
    });
    for migration in migrations.collect::<Vec<_>>() {
        migration
            .await
            .expect("nobody panics")
            .expect("nobody fails");
    }
    sqlite(&file).check().await.expect("it is of this version");
}
