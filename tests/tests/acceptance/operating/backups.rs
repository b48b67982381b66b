//! Backups of a home, and what is restored from them.

use std::fs;
use std::path::Path;
use std::process::Command as Process;

use installhub_acceptance::{Sandbox, Server, http};
use serde_json::Value;

use super::operator;

fn packages(server: &Server, token: &str) -> Value {
    let answer = http::get(server.url(), "/api/v1/packages", Some(token)).expect("an answer");
    assert_eq!(answer.status, 200);
    answer.json()
}

/// The versions of the packages, with their bytes.
fn downloads(server: &Server, token: &str) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for package in packages(server, token)["items"].as_array().expect("items") {
        let id = package["id"].as_str().expect("an id");
        let path = format!("/api/v1/packages/{id}/versions");
        let versions = http::get(server.url(), &path, Some(token)).expect("an answer");
        for version in versions.json()["items"].as_array().expect("items") {
            let id = version["id"].as_str().expect("an id");
            let path = format!("/api/v1/package-versions/{id}/content");
            let content = http::get(server.url(), &path, Some(token)).expect("an answer");
            assert_eq!(content.status, 200, "{path}");
            found.push(content.body);
        }
    }
    found
}

fn copy(from: &Path, into: &Path) {
    let copied = Process::new("cp").arg("-a").arg(from).arg(into).status();
    assert!(copied.is_ok_and(|status| status.success()), "cp -a");
}

#[test]
fn a_backup_taken_while_the_service_works_is_a_home_again() {
    let sandbox = Sandbox::new();
    let home = sandbox.server_home();
    let server = Server::start(&sandbox);
    let token = server.user("creator").token.clone();
    let before = (packages(&server, &token), downloads(&server, &token));
    assert!(before.1.len() >= 3, "{} packages", before.1.len());

    let folder = sandbox.path("backup");
    let backup = || {
        operator(&sandbox, &home, &["backup", "--with-keys"])
            .flag("--into", &folder)
            .run()
            .done()
    };
    backup();
    let again = backup();
    assert!(again.stdout.contains(" 0 new objects"), "{again}");
    server.stop();

    let restored = sandbox.path("restored");
    copy(&folder, &restored);
    let server = Server::bare(&restored, &[]);
    assert_eq!(
        (packages(&server, &token), downloads(&server, &token)),
        before
    );
    server.stop();
    operator(&sandbox, &restored, &["audit", "verify"])
        .run()
        .done();
    for key in ["audit.pem", "sealing", "tickets"] {
        let read = |home: &Path| fs::read(home.join("keys").join(key)).expect(key);
        assert_eq!(read(&home), read(&restored), "{key}");
    }
}

#[test]
fn a_backup_over_its_own_home_or_of_nothing_is_refused() {
    let sandbox = Sandbox::new();
    let home = sandbox.server_home();
    operator(&sandbox, &home, &["migrate"]).run().done();
    for into in [home.clone(), home.join("backup")] {
        operator(&sandbox, &home, &["backup"])
            .flag("--into", &into)
            .run()
            .refused_with(&["elsewhere"]);
    }
    operator(&sandbox, &home, &["audit", "verify"]).run().done();
    operator(&sandbox, &sandbox.path("empty"), &["backup"])
        .flag("--into", sandbox.path("into"))
        .run()
        .refused_with(&["no database", "--home"]);
}
