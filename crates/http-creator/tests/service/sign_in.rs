//! Sessions of browsers.

use poem::http::{Method, StatusCode};
use serde_json::json;

use crate::world::{EMAIL, PASSWORD, World, form};

#[tokio::test]
async fn a_session_reads_with_its_cookie_and_changes_with_its_csrf_token_only() {
    let world = World::new().await;
    let body = json!({"email": EMAIL, "password": PASSWORD});
    let signed_in = world
        .call(Method::POST, "auth/sign-in")
        .json(&body)
        .send()
        .await;
    assert_eq!(signed_in.status, StatusCode::OK, "{}", signed_in.text);
    let set = signed_in.header("set-cookie");
    assert!(
        set.contains("HttpOnly") && set.contains("Secure") && set.contains("SameSite=Lax"),
        "{set}"
    );
    let cookie = set.split(';').next().expect("a cookie").to_owned();
    let csrf = signed_in.json()["csrfToken"]
        .as_str()
        .expect("a token")
        .to_owned();
    let with = |method, path| world.call(method, path).header("cookie", &cookie);

    let session = with(Method::GET, "auth/session").send().await.json();
    assert_eq!(session["csrfToken"], csrf.as_str());
    assert_eq!(session["actor"], EMAIL);
    let refused = with(Method::POST, "artifacts")
        .json(&form("A"))
        .send()
        .await;
    insta::assert_snapshot!(refused.refusal(), @"403 csrfMissing: the request has no CSRF token that belongs to its session");
    let made = with(Method::POST, "artifacts")
        .header("x-csrf-token", &csrf)
        .json(&form("A"));
    assert_eq!(made.send().await.status, StatusCode::CREATED);

    let out = with(Method::POST, "auth/sign-out")
        .header("x-csrf-token", &csrf)
        .send()
        .await;
    assert_eq!(out.status, StatusCode::NO_CONTENT, "{}", out.text);
    let after = with(Method::GET, "auth/session").send().await;
    assert_eq!(after.status, StatusCode::UNAUTHORIZED, "{}", after.text);
}

#[tokio::test]
async fn wrong_passwords_are_throttled() {
    let world = World::new().await;
    let body = json!({"email": EMAIL, "password": "wrong"});
    let first = world
        .call(Method::POST, "auth/sign-in")
        .json(&body)
        .send()
        .await;
    insta::assert_snapshot!(first.refusal(), @"401 wrongCredentials: e-mail and password do not belong together, or the account may not sign in");
    let mut last = first;
    for _ in 0..10 {
        last = world
            .call(Method::POST, "auth/sign-in")
            .json(&body)
            .send()
            .await;
    }
    assert_eq!(last.json()["error"], "throttled", "{}", last.text);
    assert!(
        last.header("retry-after")
            .parse::<u64>()
            .is_ok_and(|seconds| seconds > 0)
    );
}
