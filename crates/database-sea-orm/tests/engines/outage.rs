//! PostgreSQL goes away and comes back; the store says so in time and goes on by itself.

use std::time::{Duration, Instant};

use installhub_database_sea_orm::{PostgresOptions, Store};
use installhub_importing::ports::{StoreError, UnitOfWorkFactory};
use installhub_test_services::postgres_database;
use installhub_test_support::scope;
use installhub_test_support::unit_of_work::samples::{import, import_id};
use sea_orm::{ConnectionTrait as _, Database};

use crate::homes::postgres_with;

fn impatient(url: String) -> Store {
    let mut options = PostgresOptions::new(url);
    options.wait = Duration::from_millis(500);
    postgres_with(options)
}

async fn add(store: &Store, number: u32) -> Result<(), StoreError> {
    let mut unit = store.begin(&scope(1)).await?;
    unit.imports().add(&scope(1), &import(number, "t")).await?;
    unit.commit().await
}

async fn is_there(store: &Store, number: u32) -> bool {
    let mut unit = store.read(&scope(1)).await.expect("a view opens");
    let found = unit.imports().find(&scope(1), import_id(number)).await;
    found.expect("the journal is readable").is_some()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_away_is_told_in_time_and_found_again() {
    let database = postgres_database().await;
    let relay = database.relay().await;
    let store = impatient(database.service_url_through(&relay));
    // Away before the first connection, and again with connections open.
    for number in 1..=2 {
        let mut held = None;
        if number == 2 {
            let mut unit = store.begin(&scope(1)).await.expect("it is there");
            unit.imports()
                .add(&scope(1), &import(99, "t"))
                .await
                .expect("it is new");
            held = Some(unit);
        }
        relay.cut().await;
        if let Some(held) = held {
            let lost = held.commit().await.expect_err("its connection is gone");
            assert!(matches!(lost, StoreError::Unavailable { .. }), "{lost:?}");
        }
        let begun = Instant::now();
        let away = add(&store, number).await.expect_err("it is away");
        assert!(matches!(away, StoreError::Unavailable { .. }), "{away:?}");
        assert_eq!(
            away.to_string(),
            "cannot write to the store: its database cannot be reached, or all connections are in use; \
             check that it runs and try again"
        );
        assert!(store.check().await.is_err());
        // Many who ask at once do not wait for each other.
        let asked = (0..50).map(|_| {
            let store = store.clone();
            tokio::spawn(async move { store.read(&scope(1)).await.is_err() })
        });
        for refused in asked.collect::<Vec<_>>() {
            assert!(refused.await.expect("nobody panics"));
        }
        assert!(
            begun.elapsed() < Duration::from_secs(5),
            "waiting is bounded"
        );
        relay.mend().await;
        add(&store, number).await.expect("it is back");
        assert!(is_there(&store, number).await);
    }
    assert!(
        !is_there(&store, 99).await,
        "what was not committed is not there"
    );
}

#[tokio::test]
async fn connections_that_the_server_ended_are_replaced_unnoticed() {
    let database = postgres_database().await;
    let store = impatient(database.service_url());
    // Several connections, all idle.
    let mut views = Vec::new();
    for _ in 0..4 {
        views.push(store.read(&scope(1)).await.expect("a view opens"));
    }
    drop(views);
    let admin = Database::connect(database.admin_url())
        .await
        .expect("the administrator may connect");
    for number in 1..=3 {
        admin
            .execute_unprepared(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                 WHERE datname = current_database() AND usename = 'hub_service'",
            )
            .await
            .expect("the administrator may end connections");
        add(&store, number)
            .await
            .expect("another connection is made");
        assert!(is_there(&store, number).await);
    }
    admin.close().await.expect("it closes");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_network_that_swallows_everything_is_told_in_time() {
    let database = postgres_database().await;
    let relay = database.relay().await;
    let store = impatient(database.service_url_through(&relay));
    add(&store, 1).await.expect("it is there");
    relay.block();
    // The first meets a connection that seems to be alive, the second may have to make one.
    for _ in 0..2 {
        let begun = Instant::now();
        let away = store.read(&scope(1)).await.err().expect("nobody answers");
        assert!(matches!(away, StoreError::Unavailable { .. }), "{away:?}");
        assert!(store.check().await.is_err());
        assert!(begun.elapsed() < Duration::from_secs(4), "{away:?}");
    }
    relay.mend().await;
    assert!(is_there(&store, 1).await);
}
