//! Many processes on one database and one bucket: whichever is asked, the answer is the same.

use std::fs;
use std::io::{self, Write as _};
use std::thread;

use installhub_acceptance::http::{self, Ask};
use installhub_acceptance::{Sandbox, Server};
use serde_json::{Value, json};

use crate::fixtures::{pack, small_folder};
use crate::fleet::{Fleet, Shared, creator, text};

/// Packages with different names and one content, each as its bytes.
pub(crate) fn packages(sandbox: &Sandbox, count: usize) -> Vec<Vec<u8>> {
    let folder = small_folder(sandbox, "folder");
    let names = (0..count).map(|number| format!("Load {number:03}"));
    names
        .map(|name| fs::read(pack(sandbox, &folder, &name, "1.0.0")).expect("a package"))
        .collect()
}

pub(crate) fn piece(id: &str, token: &str, offset: usize, bytes: &[u8]) -> Ask {
    creator("PATCH", &format!("uploads/{id}"), token)
        .header("Upload-Offset", &offset.to_string())
        .bytes("application/octet-stream", bytes)
}

pub(crate) fn begin(token: &str, bytes: usize) -> Ask {
    creator("POST", "uploads", token).json(&json!({ "bytes": bytes }))
}

pub(crate) fn complete(id: &str, token: &str) -> Ask {
    creator("POST", &format!("uploads/{id}/complete"), token)
}

/// Waits with the stream of events until a job has ended, and reads it.
#[track_caller]
fn ended(fleet: &Fleet, number: usize, token: &str, job: &str) -> Value {
    let events = creator("GET", &format!("jobs/{job}/events"), token);
    fleet.ask(number, &events).expect(200);
    let read = creator("GET", &format!("jobs/{job}"), token);
    fleet.ask(number, &read).expect(200).json()
}

#[test]
fn what_one_begins_another_goes_on_with() {
    let fleet = Fleet::new(4);
    let token = fleet.token("creator");
    let package = packages(&fleet.sandbox, 1).remove(0);
    let (first, second) = package.split_at(package.len() / 2);

    let upload = fleet
        .ask(0, &begin(&token, package.len()))
        .expect(201)
        .json();
    let id = text(&upload, "id");
    fleet.ask(1, &piece(id, &token, 0, first)).expect(200);
    let seen = fleet
        .ask(2, &creator("GET", &format!("uploads/{id}"), &token))
        .expect(200);
    assert_eq!(seen.json()["offset"], first.len());
    fleet
        .ask(2, &piece(id, &token, first.len(), second))
        .expect(200);
    let job = fleet.ask(3, &complete(id, &token)).expect(202).json();
    assert_eq!(
        fleet.ask(0, &complete(id, &token)).expect(202).json()["id"],
        job["id"]
    );
    let job = ended(&fleet, 0, &token, text(&job, "id"));
    assert_eq!(job["state"], "succeeded", "{job}");

    let upload = fleet
        .ask(3, &creator("GET", &format!("uploads/{id}"), &token))
        .expect(200)
        .json();
    let version = text(&upload, "packageVersionId");
    let link = creator(
        "POST",
        &format!("package-versions/{version}/download-links"),
        &token,
    );
    let link = fleet.ask(1, &link).expect(200).json();
    let (server, path) = text(&link, "url")
        .strip_prefix("http://")
        .and_then(|url| url.split_once('/'))
        .expect("the bucket hands it out itself");
    let fetched = http::get(server, &format!("/{path}"), None).expect("the bucket answers");
    assert_eq!(fetched.expect(200).body, package);
}

#[test]
fn who_signs_in_at_one_is_known_to_all() {
    let fleet = Fleet::new(2);
    let (email, password) = fleet.person("creator");
    let sign_in = Ask::new("POST", "/api/v1/auth/sign-in")
        .json(&json!({ "email": email, "password": password }));
    let answer = fleet.ask(0, &sign_in).expect(200);
    let cookie = answer
        .header("set-cookie")
        .and_then(|cookie| cookie.split(';').next());
    let cookie = cookie.expect("a cookie").to_owned();
    let session = |method: &str, path: &str| {
        Ask::new(method, &format!("/api/v1/{path}")).header("Cookie", &cookie)
    };
    let known = fleet
        .ask(1, &session("GET", "auth/session"))
        .expect(200)
        .json();
    assert_eq!(known["csrfToken"], answer.json()["csrfToken"]);

    let csrf = text(&known, "csrfToken").to_owned();
    let token = session("POST", "tokens")
        .header("X-CSRF-Token", &csrf)
        .json(&json!({ "name": "made elsewhere" }));
    let token = fleet.ask(1, &token).expect(201).json();
    let (secret, token) = (text(&token, "secret"), &token["token"]);
    fleet
        .ask(0, &creator("GET", "packages", secret))
        .expect(200);
    let id = text(token, "id");
    fleet
        .ask(
            0,
            &creator("DELETE", &format!("tokens/{id}"), &fleet.token("creator")),
        )
        .expect(204);
    fleet
        .ask(1, &creator("GET", "packages", secret))
        .refused(401, "unauthenticated");

    fleet
        .ask(
            0,
            &session("POST", "auth/sign-out").header("X-CSRF-Token", &csrf),
        )
        .expect(204);
    fleet
        .ask(1, &session("GET", "auth/session"))
        .refused(401, "unauthenticated");
}

#[test]
fn a_ticket_of_one_is_good_for_all() {
    let folder = tempfile::tempdir().expect("a folder that both see");
    // Without a bucket, the service itself hands packages out.
    let fleet = Fleet::on_folder(2, folder.path());
    let token = fleet.token("creator");
    let package = packages(&fleet.sandbox, 1).remove(0);
    let upload = creator("POST", "packages", &token).bytes("application/zip", &package);
    let version = fleet.ask(0, &upload).expect(201).json();
    let id = text(&version, "id");
    let link = creator(
        "POST",
        &format!("package-versions/{id}/download-links"),
        &token,
    );
    let link = fleet.ask(0, &link).expect(200).json();
    let url = text(&link, "url");
    assert_eq!(
        fleet.ask(1, &Ask::new("GET", url)).expect(200).body,
        package
    );
    let end = if url.ends_with('A') { 'B' } else { 'A' };
    let forged = format!("{}{end}", &url[..url.len() - 1]);
    fleet
        .ask(1, &Ask::new("GET", &forged))
        .refused(404, "notFound");
}

#[test]
fn a_process_that_is_told_to_stop_ends_what_it_began() {
    let fleet = Fleet::new(2);
    let token = fleet.token("creator");
    let mut packages = packages(&fleet.sandbox, 9);
    let slow = packages.pop().expect("nine packages");
    let jobs: Vec<String> = packages
        .iter()
        .map(|package| {
            let upload = fleet
                .ask(0, &begin(&token, package.len()))
                .expect(201)
                .json();
            let id = text(&upload, "id");
            fleet.ask(0, &piece(id, &token, 0, package)).expect(200);
            let job = fleet.ask(0, &complete(id, &token)).expect(202).json();
            text(&job, "id").to_owned()
        })
        .collect();

    // A request that is half sent when the process is told to stop.
    let (head, tail) = slow.split_at(slow.len() / 2);
    let ask = creator("POST", "packages", &token)
        .header("Content-Length", &slow.len().to_string())
        .header("Content-Type", "application/zip");
    let mut stream = http::connect(&fleet.url(0)).expect("a connection");
    stream
        .write_all(ask.head(&fleet.url(0)).as_bytes())
        .expect("the head is sent");
    stream.write_all(head).expect("a half is sent");
    stream.flush().expect("it is sent");
    // The process has taken the connection before this one, which it answers.
    fleet
        .ask(0, &creator("GET", "packages", &token))
        .expect(200);
    let server = fleet.take(0);
    server.ask_to_stop();
    while http::get(server.url(), "/healthz", None).is_ok() {}
    stream.write_all(tail).expect("the other half is sent");
    let answer = http::receive(&mut stream).expect("a request that was begun is answered");
    answer.expect(201);
    server.wait_until_stopped();

    for job in jobs {
        let job = ended(&fleet, 1, &token, &job);
        assert_eq!(job["state"], "succeeded", "{job}");
    }
    let twice = "SELECT count(*) FROM (SELECT FROM audit_events WHERE action = 'job.succeeded'
                 GROUP BY tenant_id, object_id HAVING count(*) > 1) AS twice";
    assert_eq!(fleet.shared.count(twice), 0);
}

#[test]
fn four_at_once_bring_an_empty_database_up_to_date_and_start() -> io::Result<()> {
    let (sandbox, shared) = (Sandbox::new(), Shared::empty());
    let mut settings = shared.settings();
    settings.push(format!(
        "database.migration_url={}",
        shared.database.owner_url()
    ));
    let settings: Vec<&str> = settings.iter().map(String::as_str).collect();
    let servers: Vec<Server> = thread::scope(|scope| {
        let starting: Vec<_> = (0..4)
            .map(|number| {
                let home = sandbox
                    .server_home()
                    .with_file_name(format!("home-{number}"));
                let settings = &settings;
                scope.spawn(move || Server::bare(&home, settings))
            })
            .collect();
        starting
            .into_iter()
            .map(|server| server.join().expect("it becomes ready"))
            .collect()
    });
    for server in &servers {
        http::get(server.url(), "/readyz", None)?.expect(200);
    }
    let schedules = "SELECT count(*) FROM schedules";
    let names = "SELECT count(DISTINCT name_key) FROM schedules";
    assert_eq!(
        shared.count(schedules),
        shared.count(names),
        "made once each"
    );

    // Whoever is first is the administrator; there is no second one.
    let bootstrap = |number: usize| {
        let mut command = sandbox.installhub("admin").arg("bootstrap");
        for setting in &settings {
            command = command.flag("--set", setting);
        }
        let email = format!("admin-{number}@example.com");
        let command = command.flag("--email", email).arg("--password-stdin");
        command.run_with_input("a long enough password\n").code
    };
    let mut codes: Vec<i32> = thread::scope(|scope| {
        let asking: Vec<_> = (0..4)
            .map(|number| scope.spawn(move || bootstrap(number)))
            .collect();
        asking
            .into_iter()
            .map(|asking| asking.join().expect("it ends"))
            .collect()
    });
    codes.sort_unstable();
    assert_eq!(codes, [0, 2, 2, 2]);
    Ok(())
}
