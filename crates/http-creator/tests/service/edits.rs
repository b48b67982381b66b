//! Edits, lists and deletions.

use poem::http::{Method, StatusCode};
use serde_json::json;

use crate::world::{World, form};

#[tokio::test]
async fn an_edit_names_the_revision_that_was_read() {
    let world = World::new().await;
    let id = world.artifact("Order").await["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let path = format!("artifacts/{id}/versions");
    let next = json!({"version": "1.1.0", "content": {"title": "Order"}});
    let post = || world.anna(Method::POST, &path).json(&next);
    insta::assert_snapshot!(post().send().await.refusal(), @"428 preconditionRequired: an edit needs the header If-Match with the ETag that was read");
    let unreadable = post().header("if-match", "1").send().await;
    insta::assert_snapshot!(unreadable.refusal(), @r#"400 badRequest: If-Match: found "1", expected one ETag such as "3""#);
    let made = post().header("if-match", "\"1\"").send().await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    assert_eq!(made.header("etag"), "\"2\"");
    let stale = world
        .anna(Method::POST, &path)
        .json(&json!({"version": "1.2.0", "content": {}}));
    let stale = stale.header("if-match", "\"1\"").send().await;
    insta::assert_snapshot!(stale.refusal(), @"412 stale: the revision is 2 and If-Match says 1: it has changed since it was read");
}

#[tokio::test]
async fn numbers_of_a_document_stay_as_they_were_written() {
    let world = World::new().await;
    let body = r#"{"type": "AtlasForm", "name": "N", "content": {"exact": 12345678901234567890.10, "small": 1e-400}}"#;
    let made = world
        .anna(Method::POST, "artifacts")
        .body("application/json", body)
        .send()
        .await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    assert_eq!(
        made.header("location"),
        format!("/api/v1/artifacts/{}", id_of(&made.text))
    );
    let read = world
        .anna(Method::GET, &format!("artifacts/{}", id_of(&made.text)))
        .send()
        .await;
    assert!(
        read.text.contains("12345678901234567890.10"),
        "{}",
        read.text
    );
    assert!(read.text.contains("1e-400"), "{}", read.text);
}

fn id_of(text: &str) -> String {
    let (_, rest) = text.split_once("\"id\":\"").expect("an id");
    rest.split('"').next().expect("an id").to_owned()
}

#[tokio::test]
async fn lists_come_in_pages() {
    let world = World::new().await;
    for name in ["A", "B", "C"] {
        world.artifact(name).await;
    }
    let first = world
        .anna(Method::GET, "artifacts?limit=2&order=name")
        .send()
        .await
        .json();
    assert_eq!(first["items"].as_array().map(Vec::len), Some(2));
    let cursor = first["nextCursor"].as_str().expect("there is more");
    let second = world.anna(
        Method::GET,
        &format!("artifacts?limit=2&order=name&cursor={cursor}"),
    );
    let second = second.send().await.json();
    assert_eq!(second["items"][0]["name"], "C");
    assert!(second.get("nextCursor").is_none());
}

#[tokio::test]
async fn what_is_deleted_is_gone_listed_and_restored() {
    let world = World::new().await;
    let id = world.artifact("Order").await["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let path = format!("artifacts/{id}");
    let stale = world
        .anna(Method::DELETE, &path)
        .header("if-match", "\"7\"")
        .send()
        .await;
    assert_eq!(
        stale.status,
        StatusCode::PRECONDITION_FAILED,
        "{}",
        stale.text
    );
    let deleted = world.anna(Method::DELETE, &path).send().await;
    assert_eq!(deleted.status, StatusCode::NO_CONTENT, "{}", deleted.text);
    let gone = world.anna(Method::GET, &path).send().await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    let listed = world
        .anna(Method::GET, "deleted?kind=artifact")
        .send()
        .await
        .json();
    assert_eq!(listed["items"][0]["id"], id.as_str());
    let restored = world
        .anna(Method::POST, &format!("{path}/restore"))
        .send()
        .await;
    assert_eq!(restored.status, StatusCode::NO_CONTENT, "{}", restored.text);
    let back = world.anna(Method::GET, &path).send().await;
    assert_eq!(back.status, StatusCode::OK);
    let again = world
        .anna(Method::POST, "artifacts")
        .json(&form("Other"))
        .send()
        .await;
    assert_eq!(again.status, StatusCode::CREATED);
}

#[tokio::test]
async fn connections_and_schedules_are_made_and_changed() {
    let world = World::new().await;
    let new = json!({"name": "api", "kind": "http", "settings": {"url": "https://api.example/", "authentication": "bearer"}, "secret": "s3cret"});
    let made = world
        .anna(Method::POST, "connections")
        .json(&new)
        .send()
        .await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    assert!(!made.text.contains("s3cret"), "{}", made.text);
    let path = format!("connections/{}", made.json()["id"].as_str().expect("an id"));
    let renamed = world
        .anna(Method::PATCH, &path)
        .header("if-match", "\"1\"")
        .json(&json!({"name": "other"}));
    let renamed = renamed.send().await;
    assert_eq!(renamed.json()["hasSecret"], true, "{}", renamed.text);
    let tested = world
        .anna(Method::POST, &format!("{path}/test"))
        .send()
        .await;
    assert_eq!(tested.json()["outcome"], "works", "{}", tested.text);

    let new = json!({"name": "nightly", "timing": {"type": "cron", "cron": "30 2 * * *", "timeZone": "Europe/Berlin"}, "job": {"kind": "sweep"}});
    let made = world
        .anna(Method::POST, "schedules")
        .json(&new)
        .send()
        .await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let path = format!("schedules/{}", made.json()["id"].as_str().expect("an id"));
    let off = world
        .anna(Method::PATCH, &path)
        .header("if-match", "\"1\"")
        .json(&json!({"enabled": false}));
    let off = off.send().await.json();
    assert_eq!(off["enabled"], false, "{off}");
    assert_eq!(off["timing"]["type"], "cron", "{off}");
}
