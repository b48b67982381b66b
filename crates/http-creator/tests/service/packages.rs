//! Packages in and out.

use poem::http::{Method, StatusCode};
use serde_json::json;

use crate::world::{World, package};

#[tokio::test]
async fn a_package_comes_back_as_it_went_in() {
    let world = World::new().await;
    let bytes = package("demo", "1.0.0");
    let made = world
        .anna(Method::POST, "packages")
        .body("application/zip", bytes.clone())
        .send()
        .await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let version = made.json();
    let path = format!(
        "package-versions/{}",
        version["id"].as_str().expect("an id")
    );
    let fetched = world
        .anna(Method::GET, &format!("{path}/content"))
        .send()
        .await;
    assert_eq!(fetched.bytes, bytes);
    assert_eq!(fetched.header("content-type"), "application/zip");
    assert_eq!(fetched.header("content-length"), bytes.len().to_string());
    assert!(
        fetched
            .header("content-disposition")
            .starts_with("attachment; filename=")
    );

    let link = world
        .anna(Method::POST, &format!("{path}/download-links"))
        .send()
        .await
        .json();
    let url = link["url"]
        .as_str()
        .expect("a path")
        .trim_start_matches("/api/v1/")
        .to_owned();
    let by_ticket = world.call(Method::GET, &url).send().await;
    assert_eq!((by_ticket.status, by_ticket.bytes), (StatusCode::OK, bytes));
    let altered = world.call(Method::GET, &format!("{url}x")).send().await;
    assert_eq!(altered.status, StatusCode::NOT_FOUND, "{}", altered.text);
    world.clock.advance(chrono::TimeDelta::minutes(61));
    let over = world.call(Method::GET, &url).send().await;
    assert_eq!(over.status, StatusCode::NOT_FOUND, "{}", over.text);

    let listed = world
        .anna(Method::GET, "packages?name=DEM")
        .send()
        .await
        .json();
    assert_eq!(listed["items"][0]["latestVersion"], "1.0.0", "{listed}");
}

#[tokio::test]
async fn an_upload_in_pieces_goes_on_where_it_ended() {
    let world = World::new().await;
    let bytes = package("demo", "1.0.0");
    let (one, two) = bytes.split_at(100);
    let begun = world
        .anna(Method::POST, "uploads")
        .json(&json!({"bytes": bytes.len()}))
        .send()
        .await;
    assert_eq!(begun.status, StatusCode::CREATED, "{}", begun.text);
    let path = format!("uploads/{}", begun.json()["id"].as_str().expect("an id"));
    let put = |offset: usize, piece: &[u8]| {
        let offset = offset.to_string();
        let call = world
            .anna(Method::PATCH, &path)
            .header("upload-offset", &offset);
        call.body("application/octet-stream", piece.to_vec())
    };
    let sent = put(0, one).send().await;
    assert_eq!(sent.header("upload-offset"), "100", "{}", sent.text);
    let wrong = put(7, two).send().await;
    insta::assert_snapshot!(wrong.refusal(), @"409 conflict: the upload goes on at byte 100, not at 7");
    let early = world
        .anna(Method::POST, &format!("{path}/complete"))
        .send()
        .await;
    assert_eq!(early.status, StatusCode::CONFLICT, "{}", early.text);
    let head = world.anna(Method::HEAD, &path).send().await;
    assert_eq!(
        (head.header("upload-offset"), head.text.as_str()),
        ("100", "")
    );
    let sent = put(100, two).send().await;
    assert_eq!(sent.status, StatusCode::OK, "{}", sent.text);
    let job = world
        .anna(Method::POST, &format!("{path}/complete"))
        .send()
        .await;
    assert_eq!(job.status, StatusCode::ACCEPTED, "{}", job.text);
    let id = job.json()["id"].as_str().expect("an id").to_owned();
    let polled = world.anna(Method::GET, &format!("jobs/{id}")).send().await;
    assert_eq!(polled.json()["state"], "queued", "{}", polled.text);
    let cancelled = world
        .anna(Method::POST, &format!("jobs/{id}/cancel"))
        .send()
        .await;
    assert_eq!(cancelled.json()["state"], "cancelled", "{}", cancelled.text);
    let watched = world
        .anna(Method::GET, &format!("jobs/{id}/events"))
        .send()
        .await;
    assert_eq!(watched.header("content-type"), "text/event-stream");
    assert!(watched.text.contains("event: job\n"), "{}", watched.text);
    assert!(watched.text.starts_with("id: 2\n"), "{}", watched.text);
    let seen = world
        .anna(Method::GET, &format!("jobs/{id}/events"))
        .header("last-event-id", "2");
    assert_eq!(seen.send().await.text, "");
}
