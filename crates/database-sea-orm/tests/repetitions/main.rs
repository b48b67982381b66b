//! Answers kept for requests that may be repeated, on both engines.

use std::sync::Arc;

use chrono::TimeDelta;
use installhub_checksum::Digest;
use installhub_database_sea_orm::{PostgresOptions, Store};
use installhub_idempotency::{Claim, IdempotencyStore as _, KeptAnswer, RequestKey};
use installhub_kernel::{ActorKind, TenantId, TenantScope};
use installhub_test_services::postgres_database;
use installhub_test_support::{CountingIds, SteppingClock};
use uuid::Uuid;

fn tenant(number: u128) -> TenantScope {
    let actor = "anna@example.com".parse().expect("an actor");
    let tenant = TenantId::from_uuid(Uuid::from_u128(0x7e57_0000 + number));
    TenantScope::acting(tenant, actor, ActorKind::User, None)
}

fn key(text: &str) -> RequestKey {
    RequestKey {
        caller: Digest::of(b"caller"),
        operation: "createArtifact".to_owned(),
        key: text.parse().expect("a key"),
    }
}

fn answer() -> KeptAnswer {
    KeptAnswer {
        fingerprint: Digest::of(b"request"),
        status: 201,
        headers: vec![("location".to_owned(), "/api/v1/artifacts/a".to_owned())],
        body: "{\"id\":\"a\"}".to_owned(),
    }
}

async fn a_key_is_claimed_once_and_then_answers(store: Store, clock: Arc<SteppingClock>) {
    let (one, two) = (tenant(1), tenant(2));
    let claim = |scope, text| {
        let (store, key): (Store, _) = (store.clone(), key(text));
        async move { store.claim(scope, &key).await.expect("the store works") }
    };
    let both = tokio::join!(claim(&one, "k"), claim(&one, "k"));
    assert!(
        matches!(
            both,
            (Claim::First, Claim::InProgress) | (Claim::InProgress, Claim::First)
        ),
        "{both:?}"
    );
    assert_eq!(claim(&two, "k").await, Claim::First);
    store
        .keep(&one, &key("k"), &answer())
        .await
        .expect("it is kept");
    assert_eq!(claim(&one, "k").await, Claim::Answered(answer()));
    assert_eq!(claim(&two, "k").await, Claim::InProgress);
    store
        .release(&one, &key("k"))
        .await
        .expect("an answer stays");
    assert_eq!(claim(&one, "k").await, Claim::Answered(answer()));

    assert_eq!(claim(&one, "released").await, Claim::First);
    store
        .release(&one, &key("released"))
        .await
        .expect("it is free");
    assert_eq!(claim(&one, "released").await, Claim::First);

    clock.advance(TimeDelta::minutes(6));
    assert_eq!(claim(&one, "released").await, Claim::First);
    assert_eq!(claim(&one, "k").await, Claim::Answered(answer()));
    clock.advance(TimeDelta::hours(24));
    assert_eq!(claim(&one, "k").await, Claim::First);
}

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite() {
    let folder = tempfile::tempdir().expect("a folder");
    let clock = Arc::new(SteppingClock::new());
    let file = folder.path().join("store.db");
    let store = Store::sqlite(file, clock.clone(), Arc::new(CountingIds::new()));
    a_key_is_claimed_once_and_then_answers(store, clock).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres() {
    let database = postgres_database().await;
    let clock = Arc::new(SteppingClock::new());
    let options = PostgresOptions::new(database.service_url());
    let store = Store::postgres(options, clock.clone(), Arc::new(CountingIds::new()));
    a_key_is_claimed_once_and_then_answers(store, clock).await;
}
