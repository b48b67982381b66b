//! What is refused, and in which words.

use chrono::TimeDelta;
use installhub_access::Permission;
use installhub_http_kit::{HttpSettings, Rate};
use poem::Body;
use poem::http::{Method, StatusCode};
use serde_json::json;

use crate::world::{World, form};

const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

#[tokio::test]
async fn every_refusal_has_the_envelope() {
    let world = World::new().await;
    let answer = world
        .anna(Method::GET, &format!("packages/{NOBODY}"))
        .send()
        .await;
    insta::assert_snapshot!(answer.text, @r#"{"error":"notFound","message":"there is no package with the id 00000000-0000-4000-8000-000000000000","requestId":"11111111-2222-4333-8444-555555555555"}"#);
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("x-request-id"), crate::world::REQUEST);
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[tokio::test]
async fn bodies_are_judged() {
    let world = World::new().await;
    let post = |text: &'static str| {
        world
            .anna(Method::POST, "artifacts")
            .body("application/json", text)
    };
    insta::assert_snapshot!(post("{\"type\":").send().await.refusal(), @"400 invalidJson: the body is not JSON: found the end of the text, expected a value (line 1, column 9)");
    insta::assert_snapshot!(post("[1]").send().await.refusal(), @"422 invalidInput: found an array, expected an object");
    let token = world
        .anna(Method::POST, "tokens")
        .body("application/json", "{\"name\": 7}")
        .send()
        .await;
    insta::assert_snapshot!(token.refusal(), @r#"422 invalidInput: expected input type "string", found 7. (occurred while parsing "NewToken")"#);
    let broken = world
        .anna(Method::POST, "tokens")
        .body("application/json", "{\"name\": ")
        .send()
        .await;
    insta::assert_snapshot!(broken.refusal(), @"400 invalidJson: the body is not JSON: EOF while parsing a value at line 1 column 9");
    let form = world
        .anna(Method::POST, "artifacts")
        .json(&json!({"type": "AtlasForm", "name": "A"}))
        .send()
        .await;
    insta::assert_snapshot!(form.refusal(), @"422 invalidInput: content: expected the document");
    let unknown = json!({"type": "Spaceship", "name": "A", "content": {}});
    let unknown = world
        .anna(Method::POST, "artifacts")
        .json(&unknown)
        .send()
        .await;
    assert_eq!(
        unknown.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{}",
        unknown.text
    );
    let media = world
        .anna(Method::POST, "artifacts")
        .body("text/plain", "{}")
        .send()
        .await;
    assert_eq!(
        media.status,
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "{}",
        media.text
    );
    let packed = post("{}").header("content-encoding", "gzip").send().await;
    insta::assert_snapshot!(packed.refusal(), @"415 unsupportedMediaType: the body has a Content-Encoding: expected none");
}

#[tokio::test]
async fn large_bodies_are_refused_by_their_header_and_cut_without_one() {
    let world = World::with(HttpSettings {
        max_body_bytes: 100,
        max_stream_bytes: 1000,
        ..HttpSettings::default()
    })
    .await;
    let large = "x".repeat(2000);
    let post = |path: &str| world.anna(Method::POST, path);
    let told = post("artifacts")
        .header("content-length", "2000")
        .body("application/json", large.clone());
    let refused = "413 payloadTooLarge: the body is larger than this operation takes";
    assert_eq!(told.send().await.refusal(), refused);
    let json = post("tokens")
        .body("application/json", large.clone())
        .send()
        .await;
    assert_eq!(json.refusal(), refused);
    let strict = post("artifacts")
        .body("application/json", large.clone())
        .send()
        .await;
    assert_eq!(strict.refusal(), refused);
    let streamed = post("packages")
        .body("application/zip", Body::from(large))
        .send()
        .await;
    assert_eq!(streamed.refusal(), refused);
}

#[tokio::test]
async fn paths_methods_and_parameters_are_judged() {
    let world = World::new().await;
    let nowhere = world.anna(Method::GET, "nowhere").send().await;
    insta::assert_snapshot!(nowhere.refusal(), @"404 notFound: there is nothing at this path");
    let put = world.anna(Method::PUT, "artifacts").send().await;
    insta::assert_snapshot!(put.refusal(), @"405 methodNotAllowed: this path does not take this method");
    assert_eq!(put.header("allow"), "GET, POST");
    let id = world.anna(Method::GET, "packages/7").send().await;
    assert_eq!(id.status, StatusCode::BAD_REQUEST, "{}", id.text);
    for query in [
        "limit=0",
        "limit=201",
        "limit=x",
        "cursor=nonsense",
        "type=Spaceship",
    ] {
        let answer = world
            .anna(Method::GET, &format!("artifacts?{query}"))
            .send()
            .await;
        assert!(answer.status.is_client_error(), "{query}: {}", answer.text);
        assert_ne!(answer.json()["error"], "internal", "{query}");
    }
}

#[tokio::test]
async fn who_may_not_is_told_before_anything_is_read() {
    let world = World::new().await;
    let nobody = world
        .call(Method::POST, "artifacts")
        .body("application/json", "{")
        .send()
        .await;
    insta::assert_snapshot!(nobody.refusal(), @"401 unauthenticated: this operation needs a sign-in: an API token in the header Authorization, or a session");
    assert_eq!(nobody.header("www-authenticate"), "Bearer");
    for wrong in ["ihub_nonsense", ""] {
        let answer = world
            .call(Method::GET, "artifacts")
            .token(wrong)
            .send()
            .await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{}", answer.text);
    }
    let narrow = world.token_for(&[Permission::ArtifactRead]).await;
    let denied = world
        .call(Method::POST, "artifacts")
        .token(&narrow)
        .body("application/json", "{")
        .send()
        .await;
    insta::assert_snapshot!(denied.refusal(), @"403 forbidden: needs the permission artifact:write");
    world.clock.advance(TimeDelta::days(100));
    let expired = world.anna(Method::GET, "artifacts").send().await;
    insta::assert_snapshot!(expired.refusal(), @"401 unauthenticated: the session or token has expired");
}

#[tokio::test]
async fn too_many_requests_are_told_when_to_come_again() {
    let world = World::with(HttpSettings {
        user_rate: Rate::new(1, 3),
        ..HttpSettings::default()
    })
    .await;
    for _ in 0..3 {
        let answer = world.anna(Method::GET, "artifacts").send().await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    }
    let refused = world
        .anna(Method::POST, "artifacts")
        .json(&form("A"))
        .send()
        .await;
    insta::assert_snapshot!(refused.refusal(), @"429 tooManyRequests: too many requests of this user or token");
    assert_eq!(refused.header("retry-after"), "1");
}

#[tokio::test]
async fn a_package_that_is_none_is_refused_with_findings() {
    let world = World::new().await;
    let answer = world
        .anna(Method::POST, "packages")
        .body("application/zip", "no archive")
        .send()
        .await;
    assert_eq!(
        answer.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{}",
        answer.text
    );
    let body = answer.json();
    assert_eq!(body["error"], "unprocessable");
    let first = &body["errors"][0];
    assert!(
        first["layer"].is_string() && first["code"].is_string(),
        "{body}"
    );
}
