//! Requests that are wrong in every way, to a server on SQLite and to one on PostgreSQL: the same answer from both, always in the
//! envelope, and never one that blames the server.

use std::fs;
use std::time::{Duration, Instant};

use installhub_acceptance::http::{Ask, HttpAnswer};
use installhub_acceptance::{Sandbox, Server, binary};
use serde_json::{Value, json};

use crate::fixtures::{pack, small_folder};
use crate::fleet::{NO_LIMITS, Shared, creator, text};

const NOBODY: &str = "00000000-0000-4000-8000-000000000000";
/// Small, so that tests can exceed it.
pub(crate) const LARGEST_PACKAGE: usize = 256 * 1024;
pub(crate) const LARGEST_JSON: usize = 1024 * 1024;
/// How often something is asked that will be so in a moment.
pub(crate) const TRIES: usize = 5_000;

/// A server on one of the engines.
pub(crate) struct World {
    pub(crate) server: Server,
    token: String,
    administrator: String,
    pub(crate) sandbox: Sandbox,
    _shared: Option<Shared>,
}

impl World {
    pub(crate) fn on_sqlite() -> Self {
        Self::told(None, Vec::new())
    }

    pub(crate) fn on_postgres() -> Self {
        let shared = Shared::new();
        let url = shared.database.service_url();
        Self::told(Some(shared), vec![format!("database.url={url}")])
    }

    fn told(shared: Option<Shared>, mut settings: Vec<String>) -> Self {
        let sandbox = Sandbox::new();
        settings.extend(NO_LIMITS.map(str::to_owned));
        settings.push(format!("server.max_package_bytes={LARGEST_PACKAGE}"));
        settings.push("server.request_timeout_seconds=3".to_owned());
        let settings: Vec<&str> = settings.iter().map(String::as_str).collect();
        let server = Server::of_program(binary(), &sandbox.server_home(), &settings);
        Self {
            token: server.user("creator").token.clone(),
            administrator: server.user("tenant-admin").token.clone(),
            server,
            sandbox,
            _shared: shared,
        }
    }

    pub(crate) fn ask(&self, method: &str, path: &str) -> Ask {
        creator(method, path, &self.token)
    }

    pub(crate) fn admin(&self, method: &str, path: &str) -> Ask {
        Ask::new(method, &format!("/api/admin/v1/{path}")).token(Some(&self.administrator))
    }

    #[track_caller]
    pub(crate) fn send(&self, ask: &Ask) -> HttpAnswer {
        let answer = ask.send(self.server.url());
        answer.unwrap_or_else(|error| panic!("{error}: {ask:?}\n{}", self.server.log()))
    }

    #[track_caller]
    pub(crate) fn refuses(&self, ask: &Ask, status: u16, code: &str) -> Value {
        self.send(ask).refused(status, code)
    }

    pub(crate) fn package(&self) -> Vec<u8> {
        let folder = small_folder(&self.sandbox, "folder");
        fs::read(pack(&self.sandbox, &folder, "Small", "1.0.0")).expect("a package")
    }

    #[track_caller]
    pub(crate) fn begin(&self, bytes: usize) -> String {
        let begin = self.ask("POST", "uploads").json(&json!({ "bytes": bytes }));
        text(&self.send(&begin).expect(201).json(), "id").to_owned()
    }

    pub(crate) fn piece(&self, id: &str, offset: usize, bytes: &[u8]) -> Ask {
        self.ask("PATCH", &format!("uploads/{id}"))
            .header("Upload-Offset", &offset.to_string())
            .bytes("application/octet-stream", bytes)
    }

    /// Where an upload stands, as soon as it stands at `expected`.
    #[track_caller]
    pub(crate) fn stands_at(&self, id: &str, expected: usize) {
        let read = self.ask("GET", &format!("uploads/{id}"));
        let mut last = Value::Null;
        for _ in 0..TRIES {
            last = self.send(&read).expect(200).json();
            if last["offset"] == expected {
                return;
            }
        }
        panic!("expected it to stand at {expected}: {last}");
    }
}

fn form(name: &str) -> Value {
    json!({ "type": "AtlasForm", "name": name, "content": { "title": name, "fields": [] } })
}

#[test]
fn bodies_that_are_wrong() {
    for world in [World::on_sqlite(), World::on_postgres()] {
        let broken: [&[u8]; 4] = [
            b"{\"name\": ",
            b"nonsense",
            b"{\"name\": \"\xff\"}",
            b"{\"name\": \"a\"} b",
        ];
        for path in [
            "tokens",
            "artifacts",
            "uploads",
            "schedules",
            "connections",
            "auth/sign-in",
        ] {
            for body in broken {
                world.refuses(
                    &world.ask("POST", path).bytes("application/json", body),
                    400,
                    "invalidJson",
                );
            }
            for body in [json!(null), json!([]), json!("text"), json!(7), json!({})] {
                world.refuses(&world.ask("POST", path).json(&body), 422, "invalidInput");
            }
            let other = world.ask("POST", path).bytes("text/plain", b"{}");
            world.refuses(&other, 415, "unsupportedMediaType");
        }
        for (path, body) in [
            ("tokens", json!({ "name": 7 })),
            (
                "tokens",
                json!({ "name": "a", "permissions": "artifact:read" }),
            ),
            (
                "tokens",
                json!({ "name": "a", "permissions": ["fly:high"] }),
            ),
            ("tokens", json!({ "name": "a", "expiresAt": "tomorrow" })),
            ("uploads", json!({ "bytes": -1 })),
            ("uploads", json!({ "bytes": "7" })),
            ("uploads", json!({ "bytes": 1.5 })),
            (
                "uploads",
                json!({ "bytes": 7, "digest": "sha256:nonsense" }),
            ),
            (
                "artifacts",
                json!({ "type": "AtlasForm", "name": ["a"], "content": {} }),
            ),
            (
                "artifacts",
                json!({ "type": "Spaceship", "name": "a", "content": {} }),
            ),
            (
                "artifacts",
                json!({ "type": "AtlasForm", "name": "a", "content": [] }),
            ),
            (
                "connections",
                json!({ "name": "a", "kind": "telepathy", "settings": {} }),
            ),
            (
                "connections",
                json!({ "name": "a", "kind": "http", "settings": [] }),
            ),
            ("auth/sign-in", json!({ "email": 7, "password": "a" })),
        ] {
            world.refuses(&world.ask("POST", path).json(&body), 422, "invalidInput");
        }
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let answer = world.send(
            &world
                .ask("POST", "artifacts")
                .bytes("application/json", deep.as_bytes()),
        );
        assert_eq!(answer.status, 400, "{:?}", answer.json());
        // What is not known is not needed, and does no harm.
        let unknown = world
            .ask("POST", "tokens")
            .json(&json!({ "name": "a", "nonsense": { "b": 1 } }));
        world.send(&unknown).expect(201);
        world.send(&Ask::new("GET", "/healthz")).expect(200);
    }
}

#[test]
fn paths_and_parameters_that_are_wrong() {
    for world in [World::on_sqlite(), World::on_postgres()] {
        let get = |path: &str| world.ask("GET", path);
        world.refuses(&get("nowhere"), 404, "notFound");
        world.refuses(&Ask::new("GET", "/nowhere"), 404, "notFound");
        for path in [
            "packages",
            "package-versions",
            "artifacts",
            "jobs",
            "uploads",
            "tokens",
            "schedules",
            "connections",
        ] {
            world.refuses(&get(&format!("{path}/{NOBODY}")), 404, "notFound");
            for wrong in ["7", "%00", "%ff", "..%2f..%2fetc", &"a".repeat(10_000)] {
                let answer = world.send(&get(&format!("{path}/{wrong}")));
                let code = if answer.status == 400 {
                    "badRequest"
                } else {
                    "notFound"
                };
                assert!(
                    [400, 404].contains(&answer.status),
                    "{path}/{wrong}: {answer:?}"
                );
                answer.refused(answer.status, code);
            }
            if path != "package-versions" {
                world.refuses(&world.ask("PUT", path), 405, "methodNotAllowed");
            }
        }
        for filter in ["actor", "action", "objectId", "objectKind"] {
            let ask = world.admin("GET", &format!("audit/events?{filter}=%00"));
            world.refuses(&ask, 400, "badRequest");
        }
        for path in ["packages", "artifacts"] {
            let long = "x".repeat(10_000);
            for (query, status) in [
                (format!("name={long}"), 400),
                ("name=%00".to_owned(), 400),
                ("name=%25%5F'%22%5C".to_owned(), 200),
                ("name=%F0%9F%98%80".to_owned(), 200),
                ("limit=0".to_owned(), 400),
                ("limit=201".to_owned(), 400),
                ("limit=-1".to_owned(), 400),
                ("limit=99999999999999999999".to_owned(), 400),
                (format!("cursor={long}"), 400),
                ("cursor=%00".to_owned(), 400),
            ] {
                let answer = world.send(&get(&format!("{path}?{query}")));
                let shown: String = query.chars().take(40).collect();
                assert_eq!(answer.status, status, "{path}?{shown}: {}", answer.json());
            }
        }
    }
}

/// PostgreSQL cannot keep U+0000; it must be refused on both engines, in the same way.
#[test]
fn names_with_a_null_character() {
    let worlds = [World::on_sqlite(), World::on_postgres()];
    let bad = "a\0b";
    let cron = json!({ "type": "cron", "cron": "0 0 * * *", "timeZone": "UTC" });
    let requests: Vec<(&str, Value)> = vec![
        ("artifacts", form(bad)),
        (
            "artifacts",
            json!({ "type": "AtlasForm", "name": "a", "id": bad, "content": {} }),
        ),
        (
            "artifacts",
            json!({ "type": "AtlasForm", "name": "a", "version": bad, "content": {} }),
        ),
        ("tokens", json!({ "name": bad })),
        (
            "schedules",
            json!({ "name": bad, "timing": cron, "job": { "kind": "service.sweep" } }),
        ),
        (
            "schedules",
            json!({ "name": "a", "timing": cron, "job": { "kind": bad } }),
        ),
        (
            "connections",
            json!({ "name": bad, "kind": "http", "settings": { "url": "https://example.com" } }),
        ),
        (
            "purge-requests",
            json!({ "kind": "artifact", "id": bad, "reason": bad }),
        ),
        ("auth/sign-in", json!({ "email": bad, "password": bad })),
    ];
    let admin = [
        (
            "users",
            json!({ "email": "x@example.com", "name": bad, "roles": ["viewer"] }),
        ),
        (
            "users",
            json!({ "email": "a\0@example.com", "name": "a", "roles": ["viewer"] }),
        ),
    ];
    let answers = |world: &World| -> Vec<(String, u16)> {
        let creator = requests
            .iter()
            .map(|(path, body)| (path, world.ask("POST", path), body));
        let admin = admin
            .iter()
            .map(|(path, body)| (path, world.admin("POST", path), body));
        creator
            .chain(admin)
            .map(|(path, ask, body)| {
                let answer = world.send(&ask.json(body));
                let code = answer.json()["error"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned();
                assert!(
                    (400..500).contains(&answer.status),
                    "{path} {body}: {}",
                    answer.json()
                );
                answer.refused(answer.status, &code);
                (format!("{path} {body}"), answer.status)
            })
            .collect()
    };
    assert_eq!(answers(&worlds[0]), answers(&worlds[1]));
    // In a document it is content like any other.
    let content =
        json!({ "type": "AtlasForm", "name": "a", "content": { "title": bad, "fields": [] } });
    let kept = worlds.each_ref().map(|world| {
        let answer = world.send(&world.ask("POST", "artifacts").json(&content));
        answer.status
    });
    assert_eq!(kept, [201, 201]);
}

#[test]
fn credentials_that_are_wrong() {
    for world in [World::on_sqlite(), World::on_postgres()] {
        let with = |token: &str| Ask::new("GET", "/api/v1/packages").token(Some(token));
        world.refuses(&Ask::new("GET", "/api/v1/packages"), 401, "unauthenticated");
        let end = if world.token.ends_with('A') { "B" } else { "A" };
        let forged = format!("{}{end}", &world.token[..world.token.len() - 1]);
        for wrong in [
            "",
            "nonsense",
            "ihub_",
            "ihub_AAAA",
            &forged,
            &"x".repeat(4_000),
        ] {
            world.refuses(&with(wrong), 401, "unauthenticated");
        }
        for header in ["Basic YTpi", "Bearer", "Bearer a b"] {
            let ask = Ask::new("GET", "/api/v1/packages").header("Authorization", header);
            world.refuses(&ask, 401, "unauthenticated");
        }
        let cookie =
            Ask::new("GET", "/api/v1/packages").header("Cookie", "installhub_session=nonsense");
        world.refuses(&cookie, 401, "unauthenticated");

        let long = world.ask("POST", "tokens").json(&json!({ "name": "long" }));
        let long = world.send(&long).expect(201).json();
        // In two seconds, as the server's clock has it.
        let now = chrono::DateTime::parse_from_rfc3339(text(&long["token"], "createdAt"));
        let soon = now.expect("a time") + Duration::from_secs(2);
        let token = json!({ "name": "short", "expiresAt": soon.to_rfc3339() });
        let token = world
            .send(&world.ask("POST", "tokens").json(&token))
            .expect(201)
            .json();
        let short = with(text(&token, "secret"));
        world.send(&short).expect(200);
        let began = Instant::now();
        let over = loop {
            let answer = world.send(&short);
            if answer.status != 200 || began.elapsed() > Duration::from_secs(10) {
                break answer;
            }
        };
        over.refused(401, "unauthenticated");
    }
}

#[test]
fn a_request_that_is_repeated_after_a_kill_is_done_once() {
    let world = World::on_sqlite();
    let create = world
        .ask("POST", "artifacts")
        .header("Idempotency-Key", "key-1");
    let first = world.send(&create.clone().json(&form("Once"))).expect(201);
    let World {
        server,
        sandbox,
        token,
        ..
    } = world;
    server.kill();
    let server = Server::start(&sandbox);
    let send = |ask: &Ask| ask.send(server.url()).expect("an answer");
    let again = send(&create.clone().json(&form("Once"))).expect(201);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(again.json()["id"], first.json()["id"]);
    let list = send(&creator("GET", "artifacts?name=Once", &token))
        .expect(200)
        .json();
    assert_eq!(list["items"].as_array().map(Vec::len), Some(1), "{list}");
    send(&create.json(&form("Twice"))).refused(422, "idempotencyKeyReused");
    let empty = creator("POST", "artifacts", &token).header("Idempotency-Key", &"k".repeat(10_000));
    send(&empty.json(&form("Long"))).refused(400, "badRequest");
}
