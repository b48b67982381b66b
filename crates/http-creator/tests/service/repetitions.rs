//! The same request twice.

use poem::http::{Method, StatusCode};
use serde_json::json;

use crate::world::{World, form, package};

#[tokio::test]
async fn a_repeated_request_is_answered_from_memory() {
    let world = World::new().await;
    let post = || {
        world
            .anna(Method::POST, "artifacts")
            .header("idempotency-key", "k1")
    };
    let first = post().json(&form("Order")).send().await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.text);
    assert_eq!(first.header("idempotency-replayed"), "");
    let again = post().json(&form("Order")).send().await;
    assert_eq!((again.status, &again.text), (first.status, &first.text));
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.header("location"), first.header("location"));
    let other = post().json(&form("Invoice")).send().await;
    insta::assert_snapshot!(other.refusal(), @"422 idempotencyKeyReused: this Idempotency-Key came with another request before: take a new key");
    let list = world.anna(Method::GET, "artifacts").send().await.json();
    assert_eq!(list["items"].as_array().map(Vec::len), Some(1));
    let unreadable = world
        .anna(Method::POST, "artifacts")
        .header("idempotency-key", "two words");
    let unreadable = unreadable.json(&form("Order")).send().await;
    assert_eq!(
        unreadable.json()["errors"][0]["field"],
        "Idempotency-Key",
        "{}",
        unreadable.text
    );
}

#[tokio::test]
async fn a_refused_request_frees_its_key() {
    let world = World::new().await;
    let post = || {
        world
            .anna(Method::POST, "artifacts")
            .header("idempotency-key", "k1")
    };
    let refused = post()
        .json(&json!({"type": "AtlasForm", "name": "", "content": {}}))
        .send()
        .await;
    assert_eq!(
        refused.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{}",
        refused.text
    );
    let made = post().json(&form("Order")).send().await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
}

#[tokio::test]
async fn keys_belong_to_who_sends_them() {
    let world = World::new().await;
    let stranger = world.stranger().await;
    for token in [world.token.clone(), stranger] {
        let made = world
            .call(Method::POST, "artifacts")
            .token(&token)
            .header("idempotency-key", "k1");
        let made = made.json(&form("Order")).send().await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
        assert_eq!(made.header("idempotency-replayed"), "");
    }
}

#[tokio::test]
async fn what_is_shown_once_is_not_shown_again() {
    let world = World::new().await;
    let post = || {
        world
            .anna(Method::POST, "tokens")
            .header("idempotency-key", "k1")
            .json(&json!({"name": "ci"}))
    };
    let first = post().send().await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.text);
    assert!(
        first.json()["secret"]
            .as_str()
            .is_some_and(|secret| secret.starts_with("ihub_"))
    );
    let again = post().send().await;
    assert_eq!(again.status, StatusCode::CREATED, "{}", again.text);
    assert!(again.json().get("secret").is_none(), "{}", again.text);
    assert_eq!(again.json()["token"], first.json()["token"]);
}

#[tokio::test]
async fn a_repeated_upload_is_compared_by_its_bytes() {
    let world = World::new().await;
    let post = |bytes: Vec<u8>| {
        world
            .anna(Method::POST, "packages")
            .header("idempotency-key", "k1")
            .body("application/zip", bytes)
    };
    let first = post(package("demo", "1.0.0")).send().await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.text);
    let again = post(package("demo", "1.0.0")).send().await;
    assert_eq!(
        (again.header("idempotency-replayed"), &again.text),
        ("true", &first.text)
    );
    let other = post(package("demo", "1.0.1")).send().await;
    assert_eq!(
        other.json()["error"],
        "idempotencyKeyReused",
        "{}",
        other.text
    );
}
