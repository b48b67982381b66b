//! What does not say who asks: 401 for everything that is not for everybody.

use std::time::{Duration, Instant};

use chrono::{SecondsFormat, TimeDelta, Utc};
use installhub_acceptance::http::{Ask, Client};
use installhub_acceptance::{Needs, Sandbox, Server, operations};
use serde_json::json;

use super::{assert_nothing_wrong, start};
use crate::calls::{Browser, NOBODYS_ID, Person, example, roles};

const SESSION: &str = "/api/v1/auth/session";

/// A way to say who asks that nobody should believe.
struct Claim {
    name: &'static str,
    headers: Vec<(&'static str, String)>,
}

impl Claim {
    fn authorization(name: &'static str, value: String) -> Self {
        let headers = vec![("Authorization", value)];
        Self { name, headers }
    }

    fn bearer(name: &'static str, token: &str) -> Self {
        Self::authorization(name, format!("Bearer {token}"))
    }
}

/// A token whose time is up.
#[track_caller]
fn expired_token(client: &mut Client, owner: &Person) -> String {
    let end = now() + TimeDelta::seconds(2);
    let wish = json!({
        "name": "short", "expiresAt": end.to_rfc3339_opts(SecondsFormat::Millis, true)
    });
    let issued = owner.create(client, "/api/v1/tokens", &wish);
    let token = issued["secret"].as_str().expect("a secret").to_owned();
    let deadline = Instant::now() + Duration::from_secs(30);
    let ask = Ask::new("GET", SESSION).token(Some(&token));
    while client.send(&ask).status != 401 {
        assert!(Instant::now() < deadline, "the token does not expire");
    }
    token
}

#[expect(
    clippy::disallowed_methods,
    reason = "the server under test lives in real time"
)]
fn now() -> chrono::DateTime<Utc> {
    Utc::now()
}

#[track_caller]
fn revoked_token(client: &mut Client, owner: &Person) -> String {
    let issued = owner.create(client, "/api/v1/tokens", &json!({"name": "revoked"}));
    let id = issued["token"]["id"].as_str().expect("an id");
    let ask = Ask::new("DELETE", &format!("/api/v1/tokens/{id}"));
    owner.ask(client, ask).expect(204);
    issued["secret"].as_str().expect("a secret").to_owned()
}

/// The same text with another character at `at`.
fn altered(token: &str, at: usize) -> String {
    let other = if token.as_bytes()[at] == b'A' {
        "B"
    } else {
        "A"
    };
    format!("{}{other}{}", &token[..at], &token[at + 1..])
}

#[track_caller]
fn claims(client: &mut Client, server: &Server) -> Vec<Claim> {
    let roles = roles(server, client);
    let owner = Person::known(server, "acme", "tenant-admin", &roles);
    let token = &owner.token;
    let user = server.user("creator");
    let browser = Browser::sign_in(client, &user.email, &user.password);
    let sign_out = browser.dress(Ask::new("POST", "/api/v1/auth/sign-out"));
    client.send(&sign_out).expect(204);
    vec![
        Claim {
            name: "nothing",
            headers: Vec::new(),
        },
        Claim::authorization("no token", "Bearer".to_owned()),
        Claim::authorization("another scheme", format!("Basic {token}")),
        Claim::authorization("a token without a scheme", token.clone()),
        Claim::bearer("a word", "ihub_"),
        Claim::bearer("what is no base64", "ihub_%%%%"),
        Claim::bearer("a token with more behind it", &format!("{token}A")),
        Claim::bearer("a token cut short", &token[..token.len() - 4]),
        Claim::bearer("another tenant in the token", &altered(token, 15)),
        Claim::bearer("another id in the token", &altered(token, 35)),
        Claim::bearer("another secret in the token", &altered(token, 70)),
        Claim::bearer("an expired token", &expired_token(client, &owner)),
        Claim::bearer("a revoked token", &revoked_token(client, &owner)),
        Claim {
            name: "a session that has ended",
            headers: vec![
                ("Cookie", browser.cookie.clone()),
                ("X-CSRF-Token", browser.csrf.clone()),
            ],
        },
        Claim {
            name: "a token as a session",
            headers: vec![("Cookie", format!("installhub_session={token}"))],
        },
    ]
}

#[test]
fn nobody_gets_in_without_a_credential_that_holds() {
    let sandbox = Sandbox::new();
    let server = start(&sandbox);
    let mut client = Client::of(server.url());
    let claims = claims(&mut client, &server);
    let mut wrong = Vec::new();
    for operation in operations(&mut client) {
        for claim in &claims {
            let is_open = operation.needs == Needs::Nothing;
            if is_open && operation.id == "signIn" {
                continue;
            }
            let example = example(&operation);
            let ask = example.ask(&operation, NOBODYS_ID);
            let headers = claim.headers.iter();
            let ask = headers.fold(ask, |ask, (name, value)| ask.header(name, value));
            let answer = client.send(&ask);
            let status = if is_open { example.status } else { 401 };
            let says_how = is_open || answer.header("www-authenticate").is_some();
            if answer.status != status || !says_how {
                wrong.push(format!(
                    "{} {} with {}: expected {status}, found {} {}",
                    operation.method,
                    operation.path,
                    claim.name,
                    answer.status,
                    String::from_utf8_lossy(&answer.body)
                ));
            }
        }
    }
    assert_nothing_wrong(&wrong);
    server.stop();
}

#[test]
fn a_session_needs_its_own_csrf_token_for_whatever_changes_something() {
    let sandbox = Sandbox::new();
    let server = start(&sandbox);
    let mut client = Client::of(server.url());
    let user = server.user("tenant-admin");
    let browser = Browser::sign_in(&mut client, &user.email, &user.password);
    let other = Browser::sign_in(&mut client, &user.email, &user.password);
    let mut wrong = Vec::new();
    for operation in operations(&mut client) {
        let is_safe = matches!(operation.method.as_str(), "GET" | "HEAD");
        if operation.needs == Needs::Nothing || is_safe {
            continue;
        }
        for csrf in [None, Some(""), Some(other.csrf.as_str())] {
            let ask = example(&operation).ask(&operation, NOBODYS_ID);
            let ask = ask.header("Cookie", &browser.cookie);
            let ask = csrf
                .iter()
                .fold(ask, |ask, csrf| ask.header("X-CSRF-Token", csrf));
            let answer = client.send(&ask);
            if answer.status != 403 {
                let text = String::from_utf8_lossy(&answer.body);
                wrong.push(format!(
                    "{} {} with the CSRF token {csrf:?}: {} {text}",
                    operation.method, operation.path, answer.status
                ));
            }
        }
    }
    assert_nothing_wrong(&wrong);
    let still_there = browser.dress(Ask::new("POST", "/api/v1/auth/sign-out"));
    client.send(&still_there).expect(204);
    server.stop();
}

#[test]
fn credentials_end_with_the_user_and_with_the_tenant() {
    let sandbox = Sandbox::new();
    let server = start(&sandbox);
    let mut client = Client::of(server.url());
    let roles = roles(&server, &mut client);
    let platform = Person::known(&server, "main", "platform-admin", &roles);
    let admin = Person::known(&server, "acme", "tenant-admin", &roles);
    let viewer = Person::known(&server, "acme", "viewer", &roles);
    let stranger = Person::known(&server, "globex", "viewer", &roles);
    let status =
        |client: &mut Client, person: &Person| person.ask(client, Ask::new("GET", SESSION)).status;
    let viewers_id = viewer.get(&mut client, SESSION)["userId"].clone();
    let viewers_id = viewers_id.as_str().expect("an id");
    let user = format!("/api/admin/v1/users/{viewers_id}");

    admin
        .ask(&mut client, Ask::new("DELETE", &user))
        .expect(204);
    assert_eq!(status(&mut client, &viewer), 401, "of a deleted user");
    let known = server.user("viewer");
    let sign_in = json!({"email": known.email, "password": known.password});
    let sign_in = Ask::new("POST", "/api/v1/auth/sign-in").json(&sign_in);
    client.send(&sign_in).expect(401);

    let tenant = admin.get(&mut client, SESSION)["tenantId"].clone();
    let tenant = format!("/api/admin/v1/tenants/{}", tenant.as_str().expect("an id"));
    let suspend = Ask::new("POST", &format!("{tenant}/suspend"));
    platform.ask(&mut client, suspend).expect(200);
    assert_eq!(status(&mut client, &admin), 401, "of a suspended tenant");
    assert_eq!(status(&mut client, &stranger), 200, "of another tenant");
    let resume = Ask::new("POST", &format!("{tenant}/resume"));
    platform.ask(&mut client, resume).expect(200);
    assert_eq!(status(&mut client, &admin), 200, "of a resumed tenant");
    platform
        .ask(&mut client, Ask::new("DELETE", &tenant))
        .expect(204);
    assert_eq!(status(&mut client, &admin), 401, "of a deleted tenant");
    server.stop();
}
