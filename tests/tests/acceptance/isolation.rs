//! Two tenants side by side: what one has, the other neither sees nor reaches nor hears of, on SQLite and on PostgreSQL.

mod estate;
mod secrets;
mod strangers;

use installhub_acceptance::http::{Ask, Client};
use installhub_acceptance::{Sandbox, Server, binary, operations};
use installhub_test_services::empty_postgres_database;
use serde_json::{Value, json};

use crate::calls::{Person, roles};
use crate::fleet::NO_LIMITS;
use estate::Estate;
use secrets::Secrets;

#[test]
fn tenants_do_not_see_each_other_on_sqlite() {
    let sandbox = Sandbox::new();
    assert_nothing_gets_across(&sandbox, &[]);
}

#[tokio::test]
async fn tenants_do_not_see_each_other_on_postgresql() {
    let database = empty_postgres_database().await;
    let sandbox = Sandbox::new();
    let settings = [
        format!("database.url={}", database.service_url()),
        format!("database.migration_url={}", database.owner_url()),
    ];
    assert_nothing_gets_across(&sandbox, &settings.each_ref().map(String::as_str));
}

/// Everything that is tried, one after the other, on one server with these settings.
#[track_caller]
fn assert_nothing_gets_across(sandbox: &Sandbox, settings: &[&str]) {
    let settings: Vec<&str> = settings.iter().copied().chain(NO_LIMITS).collect();
    let server = Server::of_program(binary(), &sandbox.server_home(), &settings);
    let mut client = Client::of(server.url());
    let operations = operations(&mut client);
    let roles = roles(&server, &mut client);
    let known = |tenant: &str, role: &str| Person::known(&server, tenant, role, &roles);
    let strangers = [
        known("globex", "tenant-admin"),
        known("globex", "publisher"),
        known("globex", "creator"),
        known("globex", "viewer"),
        known("main", "reviewer"),
        known("main", "moderator"),
    ];
    let owner = known("acme", "tenant-admin");
    // What globex knows before acme does anything of its own is no secret of acme's.
    let mut common = Secrets::default();
    for stranger in &strangers {
        strangers::look_around(&mut client, &operations, stranger, &mut common);
    }
    let estate = Estate::of(sandbox, &server, &mut client, &owner, &operations, &common);
    strangers::assert_lists_are_closed(&server, &operations, &strangers, &estate);
    strangers::assert_ids_are_the_owners(&mut client, &operations, &estate);
    strangers::assert_ids_are_nobodys(&server, &operations, &strangers, &estate);
    strangers::assert_bodies_and_filters_lead_nowhere(&mut client, &strangers[0], &estate);
    assert_names_are_free(&mut client, &strangers[0], &estate);
    assert_bytes_are_nobodys_proof(&mut client, &strangers[0], &estate);
    assert_tickets_hold_only_as_they_are(&mut client, &estate);
    estate.assert_untouched(&mut client);
    server.stop();
}

/// Names, ids and keys of one tenant mean nothing in the other.
#[track_caller]
fn assert_names_are_free(client: &mut Client, stranger: &Person, estate: &Estate) {
    let ask = Ask::new("POST", "/api/v1/artifacts")
        .header("Idempotency-Key", estate::KEY)
        .json(&estate.artifact);
    let answer = stranger.ask(client, ask).expect(201);
    assert_eq!(answer.header("idempotency-replayed"), None);
    assert_eq!(answer.json()["createdBy"], "tenant-admin@globex.example");
    for (path, body) in [
        ("/api/v1/connections", &estate.connection),
        ("/api/v1/schedules", &estate.schedule),
        ("/api/v1/tokens", &estate.token),
    ] {
        stranger.create(client, path, body);
    }
    let copy = stranger.ask(
        client,
        Ask::new("POST", "/api/v1/packages").bytes("application/zip", &estate.package),
    );
    let copy = copy.expect(201).json();
    assert_ne!(copy["id"], estate.package_version["id"]);
    assert_ne!(copy["packageId"], estate.package_version["packageId"]);
}

/// Who names a digest has not shown the bytes.
#[track_caller]
fn assert_bytes_are_nobodys_proof(client: &mut Client, stranger: &Person, estate: &Estate) {
    let body = json!({
        "bytes": estate.secret_package.len(), "digest": estate.secret_version["digest"]
    });
    let upload = stranger.create(client, "/api/v1/uploads", &body);
    assert_eq!(upload["offset"], 0, "{upload}");
    let id = upload["id"].as_str().expect("an id");
    let complete = Ask::new("POST", &format!("/api/v1/uploads/{id}/complete"));
    stranger.ask(client, complete).expect(409);
    let packages = stranger.get(client, "/api/v1/packages");
    let names: Vec<&Value> = packages["items"]
        .as_array()
        .expect("packages")
        .iter()
        .map(|package| &package["name"])
        .collect();
    assert!(
        !names.contains(&&estate.secret_version["name"]),
        "{names:?}"
    );
}

/// A link is for whoever has it, and any other text is no link.
#[track_caller]
fn assert_tickets_hold_only_as_they_are(client: &mut Client, estate: &Estate) {
    let path = &estate.link;
    let answer = client.send(&Ask::new("GET", path)).expect(200);
    assert_eq!(answer.body, estate.package);
    let start = path.rfind('/').expect("a path") + 1;
    for at in (start..path.len()).step_by(3).chain([path.len() - 1]) {
        for other in ["A", "_", ""] {
            let altered = format!("{}{other}{}", &path[..at], &path[at + 1..]);
            if altered != *path {
                client.send(&Ask::new("GET", &altered)).expect(404);
            }
        }
    }
}
