//! The command line and a server: signing in, uploading, listing, downloading, and what happens when the way between them is cut.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use installhub_acceptance::{Answer, Command, Sandbox, Server, UnsteadyWay, cases, http, open};
use serde_json::{Value, json};

use crate::fixtures::{pack, small_folder};

/// Signs in as a user with this role, and makes the server the current one.
#[track_caller]
fn login(sandbox: &Sandbox, server: &Server, url: &str, role: &str) -> Value {
    let user = server.user(role);
    let command = sandbox
        .installhub("login")
        .arg(url)
        .flag("--email", &user.email);
    let answer = command
        .arg("--password-stdin")
        .json_format()
        .run_with_input(&format!("{}\n", user.password));
    let answer = answer.done();
    for secret in [&user.password, &token(sandbox)] {
        assert!(
            !answer.to_string().contains(secret),
            "a secret is printed: {answer}"
        );
    }
    answer.json()
}

/// The token that is kept; there is just one server.
fn token(sandbox: &Sandbox) -> String {
    let text = fs::read(sandbox.home().join("credentials.json")).expect("credentials");
    let kept: Value = serde_json::from_slice(&text).expect("JSON");
    let servers = kept["servers"].as_object().expect("servers");
    let entry = servers.values().next().expect("a server");
    entry["token"].as_str().expect("a token").to_owned()
}

fn remote(sandbox: &Sandbox, subcommand: &str) -> Command {
    sandbox.installhub(subcommand).arg("--remote").json_format()
}

fn upload(sandbox: &Sandbox, package: &Path) -> Command {
    remote(sandbox, "upload").arg(package)
}

/// A package that does not fit into one piece of an upload.
fn large_package(sandbox: &Sandbox) -> PathBuf {
    let database = sandbox.write("large.db", "");
    open(&database)
        .execute_batch(
            "CREATE TABLE noise (id INTEGER PRIMARY KEY, bytes BLOB);
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1400)
             INSERT INTO noise SELECT i, randomblob(10000) FROM n;",
        )
        .expect("a database of noise");
    let package = sandbox.path("large.zip");
    sandbox.export(&database, &package);
    let bytes = fs::metadata(&package).expect("the package").len();
    assert!(bytes > 9 * MEBIBYTE, "{bytes} bytes fit into one piece");
    package
}

const MEBIBYTE: u64 = 1024 * 1024;

#[test]
fn a_package_goes_to_the_server_and_comes_back_byte_for_byte() {
    let sandbox = Sandbox::new();
    let server = Server::start(&sandbox);
    let signed_in = login(&sandbox, &server, server.url(), "creator");
    assert_eq!(signed_in["server"], server.url());
    assert!(signed_in["expiresAt"].is_string(), "{signed_in}");

    let package = pack(
        &sandbox,
        &small_folder(&sandbox, "folder"),
        "Round trip",
        "1.2.3",
    );
    let uploaded = upload(&sandbox, &package).run().done().json();
    assert_eq!(uploaded["valid"], true, "{uploaded}");
    assert_eq!(uploaded["resumedAt"], 0, "{uploaded}");
    // The same bytes again are the same version.
    assert_eq!(
        upload(&sandbox, &package).run().done().json()["result"],
        uploaded["result"]
    );

    let packages = remote(&sandbox, "packages")
        .flag("--name", "round")
        .run()
        .done()
        .json();
    let items = packages["items"].as_array().expect("items");
    assert_eq!(items.len(), 1, "{packages}");
    assert_eq!(items[0]["name"], "Round trip");
    assert_eq!(packages["more"], false);

    let copy = sandbox.path("copy.zip");
    let download = |which: &str| {
        remote(&sandbox, "download")
            .arg(which)
            .flag("--output", &copy)
            .run()
    };
    let by_name = download("Round trip@1.2.3").done().json();
    assert_eq!(
        fs::read(&copy).expect("a copy"),
        fs::read(&package).expect("the package")
    );
    fs::remove_file(&copy).expect("the copy is a file");
    let id = by_name["id"].as_str().expect("an id");
    assert_eq!(download(id).done().json(), by_name);
    assert_eq!(
        fs::read(&copy).expect("a copy"),
        fs::read(&package).expect("the package")
    );
    server.stop();
}

#[test]
fn people_read_what_programs_read() {
    let sandbox = Sandbox::new();
    let server = Server::start(&sandbox);
    login(&sandbox, &server, server.url(), "creator");
    let package = pack(
        &sandbox,
        &small_folder(&sandbox, "folder"),
        "For people",
        "1.0.0",
    );
    let uploaded = sandbox
        .installhub("upload")
        .arg("--remote")
        .arg(&package)
        .run()
        .done();
    assert!(uploaded.stdout.contains("uploaded"), "{uploaded}");
    let human = |subcommand: &str| sandbox.installhub(subcommand).arg("--remote").run().done();
    let packages = human("packages");
    assert!(packages.stdout.contains("For people 1.0.0"), "{packages}");
    let jobs = human("jobs");
    assert!(jobs.stdout.contains("succeeded"), "{jobs}");
    let job = remote(&sandbox, "jobs").run().done().json()["items"][0]["id"].clone();
    let job = job.as_str().expect("the id of a job");
    let followed = sandbox
        .installhub("jobs")
        .arg(job)
        .args(["--remote", "--follow"])
        .run()
        .done();
    assert!(followed.stdout.starts_with("succeeded"), "{followed}");
    assert_eq!(
        remote(&sandbox, "jobs").arg(job).run().done().json()["id"],
        job
    );

    let first = remote(&sandbox, "packages")
        .flag("--limit", "1")
        .run()
        .done()
        .json();
    assert_eq!(first["items"].as_array().map(Vec::len), Some(1), "{first}");
}

#[test]
fn artifacts_are_listed_by_type_and_name() {
    let sandbox = Sandbox::new();
    let server = Server::start(&sandbox);
    login(&sandbox, &server, server.url(), "creator");
    let made = http::post(
        server.url(),
        "/api/v1/artifacts",
        Some(&token(&sandbox)),
        &json!({"type": "AtlasForm", "name": "Seldom named", "content": {"title": "Seldom"}}),
    );
    let made = made.expect("an answer");
    assert_eq!(made.status, 201, "{}", made.json());
    let list = |filter: [&str; 4]| {
        let answer = remote(&sandbox, "artifacts")
            .args(filter)
            .run()
            .done()
            .json();
        answer["items"].as_array().map(Vec::len)
    };
    assert_eq!(list(["--type", "AtlasForm", "--name", "seldom"]), Some(1));
    assert_eq!(
        list(["--type", "EntitySchema", "--name", "seldom"]),
        Some(0)
    );
    let human = sandbox
        .installhub("artifacts")
        .args(["--remote", "--name", "Seldom"])
        .run()
        .done();
    assert!(human.stdout.contains("Seldom named"), "{human}");
}

#[test]
fn an_invalid_package_is_answered_with_all_findings_that_validate_has() {
    let sandbox = Sandbox::new();
    let server = Server::start(&sandbox);
    login(&sandbox, &server, server.url(), "creator");
    let invalid: Vec<PathBuf> = cases()
        .into_iter()
        .filter(|case| !case.valid)
        .map(|case| case.path())
        .filter(|path| fs::metadata(path).is_ok_and(|file| file.len() > 0))
        .step_by(10)
        .take(3)
        .collect();
    assert_eq!(invalid.len(), 3);
    for package in invalid {
        let here = sandbox
            .installhub("validate")
            .arg(&package)
            .json_format()
            .run()
            .findings();
        let there = upload(&sandbox, &package).run().findings().json();
        assert_eq!(there["valid"], false);
        assert_eq!(
            there["errors"],
            here.json()["errors"],
            "{}",
            package.display()
        );
        assert_eq!(
            there["total"],
            here.json()["total"],
            "{}",
            package.display()
        );
        let human = |command: Command| -> Vec<String> {
            let lines = command.arg(&package).run().findings().stdout;
            lines.lines().skip(1).map(ToOwned::to_owned).collect()
        };
        assert_eq!(
            human(sandbox.installhub("upload").arg("--remote")),
            human(sandbox.installhub("validate"))
        );
    }
}

#[test]
fn an_upload_goes_on_when_the_way_is_cut() {
    let sandbox = Sandbox::new();
    let server = Server::start(&sandbox);
    let way = UnsteadyWay::cut_once(server.url(), 9 * MEBIBYTE);
    login(&sandbox, &server, way.url(), "creator");
    let package = large_package(&sandbox);
    let uploaded = upload(&sandbox, &package).run().done().json();
    assert_eq!(way.cuts(), 1);
    assert_eq!(uploaded["valid"], true, "{uploaded}");
}

#[test]
fn an_upload_goes_on_in_the_next_run() {
    let sandbox = Sandbox::new();
    let server = Server::start(&sandbox);
    let way = UnsteadyWay::cut_for_long(server.url(), 9 * MEBIBYTE);
    login(&sandbox, &server, way.url(), "creator");
    let package = large_package(&sandbox);
    let before = fs::read(&package).expect("the package");
    let cut = upload(&sandbox, &package).flag("--wait", "0").run();
    let failure = cut.refused_with(&["ServerUnreachable", "run the command again"]);
    assert_eq!(failure.stdout, "", "{failure}");

    way.mend();
    let uploaded = upload(&sandbox, &package).run().done().json();
    let resumed_at = uploaded["resumedAt"].as_u64().expect("bytes");
    assert!(resumed_at >= 8 * MEBIBYTE, "{uploaded}");
    let copy = sandbox.path("copy.zip");
    let download = remote(&sandbox, "download").arg("Chinook@1.0.0");
    download.flag("--output", &copy).run().done();
    assert_eq!(fs::read(&copy).expect("a copy"), before);
    let notes = fs::read_dir(sandbox.home().join("unfinished-uploads")).expect("a folder");
    assert_eq!(notes.count(), 0, "nothing is left to go on with");
}

#[test]
fn a_download_that_is_cut_leaves_nothing() {
    let sandbox = Sandbox::new();
    let server = Server::start(&sandbox);
    let way = UnsteadyWay::cut_answers_once(server.url(), 4 * MEBIBYTE);
    login(&sandbox, &server, way.url(), "creator");
    let package = large_package(&sandbox);
    upload(&sandbox, &package).run().done();
    let before = sandbox.listing();
    let copy = sandbox.path("copy.zip");
    let download = || {
        let command = remote(&sandbox, "download").arg("Chinook@1.0.0");
        command.flag("--output", &copy).run()
    };
    let cut = download().refused();
    assert_eq!(way.cuts(), 1);
    assert_eq!(cut.failure()["error"], "ServerUnreachable", "{cut}");
    assert_eq!(sandbox.listing(), before);
    download().done();
    assert_eq!(
        fs::read(&copy).expect("a copy"),
        fs::read(&package).expect("the package")
    );
}

#[test]
fn a_download_of_what_is_not_there_writes_nothing() {
    let sandbox = Sandbox::new();
    let server = Server::start(&sandbox);
    login(&sandbox, &server, server.url(), "creator");
    let before = sandbox.listing();
    for (which, code) in [
        ("Nothing@1.0.0", "NotFound"),
        ("018f0000-0000-7000-8000-000000000000", "NotFound"),
        ("no version", "InvalidArgument"),
    ] {
        let answer = remote(&sandbox, "download")
            .arg(which)
            .flag("--output", sandbox.path("copy.zip"))
            .run()
            .refused();
        assert_eq!(answer.failure()["error"], code, "{answer}");
    }
    assert_eq!(sandbox.listing(), before);
}

#[test]
fn signing_out_ends_the_token() {
    let sandbox = Sandbox::new();
    let server = Server::start(&sandbox);
    login(&sandbox, &server, server.url(), "creator");
    let token = token(&sandbox);
    let status = |path: &str| {
        http::get(server.url(), path, Some(&token))
            .expect("an answer")
            .status
    };
    assert_eq!(status("/api/v1/packages"), 200);
    let answer = sandbox
        .installhub("logout")
        .json_format()
        .run()
        .done()
        .json();
    assert_eq!(answer, json!({"server": server.url(), "revoked": true}));
    assert_eq!(status("/api/v1/packages"), 401);
    assert!(!sandbox.home().join("credentials.json").exists());
    let refused = remote(&sandbox, "packages")
        .run()
        .refused_with(&["installhub login"]);
    assert_eq!(refused.failure()["error"], "NotSignedIn");
    sandbox
        .installhub("logout")
        .run()
        .refused_with(&["not signed in"]);
}

#[test]
fn the_password_is_not_kept_and_the_token_only_for_its_owner() {
    let sandbox = Sandbox::new();
    let server = Server::start(&sandbox);
    login(&sandbox, &server, server.url(), "viewer");
    let path = sandbox.home().join("credentials.json");
    let text = fs::read_to_string(&path).expect("credentials");
    assert!(!text.contains(&server.user("viewer").password));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&path).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    // What a role does not permit, the message names.
    let package = pack(
        &sandbox,
        &small_folder(&sandbox, "folder"),
        "Small",
        "1.0.0",
    );
    let refused = upload(&sandbox, &package).run().refused();
    assert_eq!(refused.failure()["error"], "NotPermitted", "{refused}");
    assert!(refused.stderr.contains("package:upload"), "{refused}");
}

#[test]
fn a_token_that_ended_says_how_to_sign_in_again() {
    let sandbox = Sandbox::new();
    let server = Server::start(&sandbox);
    let user = server.user("creator");
    let login = |token: &str| {
        let command = sandbox
            .installhub("login")
            .arg(server.url())
            .arg("--token-stdin");
        command.run_with_input(token)
    };
    login("ihub_nonsense").refused_with(&["does not accept the token"]);
    assert!(!sandbox.home().join("credentials.json").exists());

    let soon = python_now_plus_seconds(&sandbox, 3);
    let made = http::post(
        server.url(),
        "/api/v1/tokens",
        Some(&user.token),
        &json!({"name": "short", "expiresAt": soon}),
    );
    let made = made.expect("an answer");
    assert_eq!(made.status, 201, "{}", made.json());
    login(made.json()["secret"].as_str().expect("a secret")).done();

    let deadline = Instant::now() + Duration::from_mins(1);
    let refused = loop {
        let answer: Answer = remote(&sandbox, "packages").run();
        if answer.code != 0 {
            break answer.refused();
        }
        assert!(Instant::now() < deadline, "the token does not expire");
    };
    let failure = refused.failure();
    assert_eq!(failure["error"], "NotSignedIn");
    let help = failure["help"].as_str().expect("help");
    assert!(
        help.contains(&format!("installhub login {}", server.url())),
        "{help}"
    );
}

/// A time as servers write it.
fn python_now_plus_seconds(sandbox: &Sandbox, seconds: u32) -> String {
    let script = format!(
        "from datetime import *; print((datetime.now(timezone.utc) + timedelta(seconds={seconds})).strftime('%Y-%m-%dT%H:%M:%S.000Z'))"
    );
    let answer = sandbox
        .program("python3")
        .args(["-c", &script])
        .run()
        .done();
    answer.stdout.trim().to_owned()
}

#[test]
fn wrong_credentials_and_servers_that_are_none_are_told_apart() {
    let sandbox = Sandbox::new();
    let server = Server::start(&sandbox);
    let login = |url: &str| {
        let command = sandbox
            .installhub("login")
            .arg(url)
            .flag("--email", "nobody@example.com");
        command.arg("--password-stdin").json_format()
    };
    let wrong = login(server.url())
        .run_with_input("not the password\n")
        .refused();
    assert_eq!(wrong.failure()["error"], "WrongCredentials", "{wrong}");
    for nonsense in [
        "hub.example.com",
        "ftp://example.com",
        "http://user:secret@127.0.0.1",
    ] {
        let refused = login(nonsense).run_with_input("secret\n").refused();
        assert_eq!(refused.failure()["error"], "InvalidServer", "{refused}");
    }
    let elsewhere = login(&format!("{}/elsewhere", server.url()))
        .run_with_input("x\n")
        .refused();
    assert_ne!(
        elsewhere.failure()["error"],
        "WrongCredentials",
        "{elsewhere}"
    );
    let silent = login(server.url()).run_with_input("").refused();
    assert_eq!(silent.failure()["error"], "MissingArgument", "{silent}");
    assert!(!sandbox.home().join("credentials.json").exists());
}

#[test]
fn a_server_that_is_away_is_named() {
    let sandbox = Sandbox::new();
    let server = Server::start(&sandbox);
    let url = server.url().to_owned();
    login(&sandbox, &server, &url, "creator");
    let package = pack(
        &sandbox,
        &small_folder(&sandbox, "folder"),
        "Small",
        "1.0.0",
    );
    server.stop();
    let commands = [
        remote(&sandbox, "packages"),
        remote(&sandbox, "jobs"),
        remote(&sandbox, "artifacts"),
        upload(&sandbox, &package),
        remote(&sandbox, "download")
            .args(["Small@1.0.0", "-o"])
            .arg(sandbox.path("copy.zip")),
        sandbox.installhub("logout").json_format(),
    ];
    for command in commands {
        let refused = command.run().refused();
        let failure = refused.failure();
        assert_eq!(failure["error"], "ServerUnreachable", "{refused}");
        assert!(
            failure["message"]
                .as_str()
                .is_some_and(|text| text.contains(&url)),
            "{refused}"
        );
        assert!(failure["help"].is_string(), "{refused}");
    }
    assert!(!sandbox.path("copy.zip").exists());
    // What cannot be revoked can be forgotten.
    let forgotten = sandbox
        .installhub("logout")
        .arg("--forget")
        .json_format()
        .run()
        .done()
        .json();
    assert_eq!(forgotten["revoked"], false);
}
