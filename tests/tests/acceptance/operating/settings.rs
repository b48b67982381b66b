//! The configuration, the start and the end.

use std::fs;
use std::net::TcpListener;

use installhub_acceptance::{Sandbox, Server, http};
use serde_json::{Value, json};

use super::{PASSWORD, bootstrap, operator};

fn setting<'a>(shown: &'a Value, key: &str) -> &'a Value {
    let settings = shown["settings"].as_array().expect("a list");
    settings
        .iter()
        .find(|setting| setting["key"] == key)
        .unwrap_or_else(|| panic!("no {key} in {shown}"))
}

#[test]
fn config_show_tells_every_value_and_where_it_came_from_but_no_secret() {
    let sandbox = Sandbox::new();
    let home = sandbox.server_home();
    fs::create_dir_all(&home).expect("a home");
    let text = "[server]\nlisten = '127.0.0.1:4711'\n[jobs]\nworkers = 1\n[oidc]\nclient_secret = 'geheim-1'\n";
    fs::write(home.join("installhub.toml"), text).expect("a file");
    let show = || {
        operator(&sandbox, &home, &["config", "show"])
            .env("INSTALLHUB_STORAGE__SECRET_KEY", "geheim-2")
            .env("INSTALLHUB_JOBS__WORKERS", "2")
            .flag("--set", "database.url=postgres://hub:geheim-3@host/hub")
            .flag("--set", "jobs.lease_seconds=9")
    };
    let answer = show().json_format().run().done();
    assert!(!answer.stdout.contains("geheim"), "{answer}");
    let shown = answer.json();
    assert_eq!(setting(&shown, "server.listen")["value"], "127.0.0.1:4711");
    let from = setting(&shown, "server.listen")["origin"].as_str();
    assert!(
        from.is_some_and(|from| from.ends_with("installhub.toml")),
        "{from:?}"
    );
    assert_eq!(setting(&shown, "jobs.workers")["value"], 2);
    assert_eq!(setting(&shown, "jobs.workers")["origin"], "the environment");
    assert_eq!(
        setting(&shown, "jobs.lease_seconds")["origin"],
        "the command line"
    );
    assert_eq!(setting(&shown, "storage.secret_key")["value"], "********");
    assert_eq!(setting(&shown, "keys.audit")["value"], json!(null));
    assert_eq!(setting(&shown, "database.pool_size").get("origin"), None);

    let people = show().run().done();
    assert!(!people.stdout.contains("geheim"), "{people}");
    assert!(people.stdout.contains("jobs.workers = 2"), "{people}");
}

#[test]
fn a_wrong_setting_stops_the_start_and_is_named() {
    let sandbox = Sandbox::new();
    for (flag, said) in [
        ("server.listen=nowhere", &["server.listen", "nowhere"][..]),
        ("server.lissten=127.0.0.1:0", &["server.lissten"]),
        ("jobs.workers=many", &["jobs.workers", "many"]),
        (
            "jobs.lease_seconds=0",
            &["jobs.lease_seconds", "at least 1"],
        ),
        ("server.public_url=hub", &["server.public_url", "https://"]),
        (
            "database.url=mysql://hub:geheim@host/hub",
            &["database.url", "postgres://"],
        ),
        ("keys.sealing=geheim", &["keys.sealing", "id:base64"]),
        ("keys.tickets=geheim", &["keys.tickets", "32 bytes"]),
        ("keys.audit=geheim", &["keys.audit", "PRIVATE KEY"]),
        ("storage.bucket=b", &["storage.secret_key"]),
        ("oidc.issuer=https://idp.example.com", &["oidc.client_id"]),
        ("telemetry.log=a=b=c", &["telemetry.log"]),
        ("nothing", &["nothing", "section.key=value"]),
    ] {
        let answer = operator(&sandbox, &sandbox.server_home(), &["serve"])
            .flag("--set", flag)
            .run()
            .refused_with(said);
        assert!(!answer.stderr.contains("geheim"), "{answer}");
    }
    operator(
        &sandbox,
        &sandbox.server_home(),
        &["serve", "--config", "no.toml"],
    )
    .run()
    .refused_with(&["no.toml"]);
}

#[test]
fn a_taken_address_is_named() {
    let sandbox = Sandbox::new();
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    operator(&sandbox, &sandbox.server_home(), &["serve"])
        .flag("--listen", &address)
        .run()
        .refused_with(&[&address, "--listen"]);
}

#[test]
fn health_says_whether_the_service_is_ready() {
    let sandbox = Sandbox::new();
    let home = sandbox.server_home();
    let server = Server::bare(&home, &[]);
    let listen = server.url().replace("http://", "server.listen=");
    let health = || operator(&sandbox, &home, &["health"]).flag("--set", &listen);
    health().run().done();
    // Something stands where objects should be kept.
    let objects = home.join("objects");
    if objects.is_dir() {
        fs::remove_dir_all(&objects).expect("nothing is in it");
    }
    fs::write(&objects, "in the way").expect("a file");
    let away = health().run().findings();
    assert!(away.stdout.contains("\"storage\":\"away\""), "{away}");
    fs::remove_file(&objects).expect("out of the way");
    fs::create_dir(&objects).expect("a folder again");
    health().run().done();
    server.stop();
    health().run().refused_with(&["nobody answers", "/readyz"]);
}

#[test]
fn the_first_administrator_comes_once_and_can_sign_in() {
    let sandbox = Sandbox::new();
    let home = sandbox.server_home();
    let server = Server::bare(&home, &[]);
    let wrong = bootstrap(&sandbox, &home, "nobody").refused();
    assert!(
        wrong.failure()["causes"].to_string().contains("email"),
        "{wrong}"
    );

    let made = bootstrap(&sandbox, &home, "anna@example.com").done();
    assert_eq!(made.json()["email"], "anna@example.com");
    let second = bootstrap(&sandbox, &home, "ben@example.com").refused();
    assert_eq!(second.failure()["error"], "CannotBootstrap");
    let body = json!({ "email": "anna@example.com", "password": PASSWORD });
    for answer in [&made, &second] {
        assert!(!format!("{answer}").contains(PASSWORD), "{answer}");
    }
    let signed_in = http::post(server.url(), "/api/v1/auth/sign-in", None, &body);
    let status = signed_in.expect("an answer").status;
    assert!((200..300).contains(&status), "{status}");
    server.stop();
}

#[test]
fn two_processes_serve_one_home() {
    let sandbox = Sandbox::new();
    let home = sandbox.server_home();
    let one = Server::start(&sandbox);
    let other = Server::bare(&home, &[]);
    let token = &one.user("viewer").token;
    for server in [&one, &other] {
        let answer = http::get(server.url(), "/api/v1/packages", Some(token)).expect("an answer");
        assert_eq!(answer.status, 200);
    }
    one.stop();
    let answer = http::get(other.url(), "/api/v1/packages", Some("ihub_wrong")).expect("an answer");
    assert_eq!(answer.status, 401);
    other.stop();
}
