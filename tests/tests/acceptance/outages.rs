//! The database, the bucket or the disk is away for a while: the service says so, loses nothing, and goes on by itself.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use installhub_acceptance::http::{Ask, HttpAnswer};
use installhub_acceptance::{Sandbox, Server, binary};
use installhub_test_services::Relay;
use serde_json::{Value, json};

use crate::fixtures::{pack, small_folder};
use crate::fleet::{NO_LIMITS, Shared, creator, text};

/// No request may take longer, whatever is away.
const PATIENCE: Duration = Duration::from_secs(15);
/// How often something is asked that will be there in a moment.
const TRIES: usize = 2_000;

/// A process whose way to the database can be cut.
struct World {
    server: Server,
    token: String,
    relay: Relay,
    sandbox: Sandbox,
    shared: Shared,
}

impl World {
    fn new() -> Self {
        let (sandbox, shared) = (Sandbox::new(), Shared::new());
        let relay = shared.runtime.block_on(shared.database.relay());
        let url = shared.database.service_url_through(&relay);
        let settings = shared.settings_with(&url);
        let settings: Vec<&str> = settings.iter().map(String::as_str).collect();
        let server = Server::of_program(binary(), &sandbox.server_home(), &settings);
        let token = server.user("creator").token.clone();
        Self {
            server,
            token,
            relay,
            sandbox,
            shared,
        }
    }

    fn mend(&self) {
        self.shared.runtime.block_on(self.relay.mend());
    }

    fn ask(&self, method: &str, path: &str) -> Ask {
        creator(method, path, &self.token)
    }

    #[track_caller]
    fn send(&self, ask: &Ask) -> HttpAnswer {
        send(self.server.url(), ask)
    }

    fn package(&self, name: &str) -> Vec<u8> {
        let folder = small_folder(&self.sandbox, "folder");
        fs::read(pack(&self.sandbox, &folder, name, "1.0.0")).expect("a package")
    }

    /// `/readyz` names what is away and what is not; the process itself lives.
    #[track_caller]
    fn lacks(&self, away: &str) {
        let answer = self.send(&Ask::new("GET", "/readyz")).expect(503).json();
        for name in ["database", "storage"] {
            let word = if name == away { "away" } else { "ok" };
            assert_eq!(answer["checks"][name], word, "{answer}");
        }
        self.send(&Ask::new("GET", "/healthz")).expect(200);
    }

    /// It is ready again, without a restart.
    #[track_caller]
    fn recovers(&self) {
        until(&self.server, &Ask::new("GET", "/readyz"), |answer| {
            answer.status == 200
        });
    }
}

/// Sends a request, which is answered in time.
#[track_caller]
fn send(url: &str, ask: &Ask) -> HttpAnswer {
    let began = Instant::now();
    let answer = ask.send(url);
    let lasted = began.elapsed();
    let answer = answer.unwrap_or_else(|error| panic!("{error} after {lasted:?}: {ask:?}"));
    assert!(
        lasted < PATIENCE,
        "status {} after {lasted:?}: {ask:?}",
        answer.status
    );
    answer
}

/// Asks until the answer is as it should be.
#[track_caller]
fn until(server: &Server, ask: &Ask, is_right: impl Fn(&HttpAnswer) -> bool) -> HttpAnswer {
    let began = Instant::now();
    for _ in 0..TRIES {
        let answer = send(server.url(), ask);
        if is_right(&answer) {
            return answer;
        }
        if began.elapsed() > PATIENCE {
            break;
        }
    }
    panic!(
        "not within {:?}: {ask:?}\n{}",
        began.elapsed(),
        server.log()
    );
}

/// The answer of a service that lacks something: not now, but try again.
#[track_caller]
fn is_excused(answer: &HttpAnswer) {
    answer.refused(503, "unavailable");
    let after = answer
        .header("retry-after")
        .and_then(|text| text.parse::<u64>().ok());
    assert!(
        after.is_some_and(|seconds| (1..=60).contains(&seconds)),
        "{answer:?}"
    );
}

fn form(world: &World, name: &str) -> Ask {
    let content = json!({ "title": name, "fields": [] });
    let document = json!({ "type": "AtlasForm", "name": name, "content": content });
    world.ask("POST", "artifacts").json(&document)
}

#[track_caller]
fn write(world: &World, name: &str) -> HttpAnswer {
    world.send(&form(world, name))
}

#[track_caller]
fn artifacts(world: &World) -> Vec<String> {
    let list = world
        .send(&world.ask("GET", "artifacts?limit=200"))
        .expect(200)
        .json();
    let items = list["items"].as_array().expect("items");
    items
        .iter()
        .map(|item| text(item, "name").to_owned())
        .collect()
}

/// What holds while the database is away, and after it has come back.
#[track_caller]
fn survives_without_database(world: &World, takes_away: impl FnOnce(&World)) {
    write(world, "Before").expect(201);
    let package = world.package("Across");
    let upload = world
        .ask("POST", "uploads")
        .json(&json!({ "bytes": package.len() }));
    let upload = world.send(&upload).expect(201).json();
    let id = text(&upload, "id");

    takes_away(world);
    let piece = world
        .ask("PATCH", &format!("uploads/{id}"))
        .header("Upload-Offset", "0")
        .bytes("application/octet-stream", &package);
    let sign_in = Ask::new("POST", "/api/v1/auth/sign-in")
        .json(&json!({ "email": "creator@acme.example", "password": "wrong" }));
    // All at once: none makes another one wait for longer.
    let (url, others) = (
        world.server.url(),
        [form(world, "Meanwhile"), world.ask("GET", "artifacts")],
    );
    thread::scope(|scope| {
        for ask in others.iter().chain([&piece, &sign_in]) {
            scope.spawn(move || is_excused(&send(url, ask)));
        }
        world.lacks("database");
    });

    world.mend();
    world.recovers();
    assert!(artifacts(world).contains(&"Before".to_owned()));
    assert!(!artifacts(world).contains(&"Meanwhile".to_owned()));
    write(world, "After").expect(201);
    world.send(&piece).expect(200);
    let job = world
        .send(&world.ask("POST", &format!("uploads/{id}/complete")))
        .expect(202)
        .json();
    ends_well(world, text(&job, "id"));
}

/// The worker is back as well: a job ends.
#[track_caller]
fn ends_well(world: &World, job: &str) {
    let read = world.ask("GET", &format!("jobs/{job}"));
    let is_over = |answer: &HttpAnswer| {
        answer.status == 200 && !["queued", "running"].contains(&text(&answer.json(), "state"))
    };
    let job = until(&world.server, &read, is_over).json();
    assert_eq!(job["state"], "succeeded", "{job}\n{}", world.server.log());
}

#[test]
fn a_database_that_refuses_connections() {
    survives_without_database(&World::new(), |world| {
        world.shared.runtime.block_on(world.relay.cut());
    });
}

#[test]
fn a_database_that_does_not_answer() {
    survives_without_database(&World::new(), |world| world.relay.block());
}

#[test]
fn a_database_that_goes_while_others_write() {
    let world = World::new();
    let mut answered: Vec<(String, u16)> = Vec::new();
    for number in 0..60 {
        match number {
            20 => world.shared.runtime.block_on(world.relay.cut()),
            22 => world.mend(),
            _ => {}
        }
        let name = format!("Form {number:02}");
        let answer = write(&world, &name);
        assert!([201, 503].contains(&answer.status), "{:?}", answer.json());
        answered.push((name, answer.status));
    }
    let kept = artifacts(&world);
    for (name, status) in &answered {
        if *status == 201 {
            assert!(kept.contains(name), "{name} was answered and is lost");
        }
    }
    let refused = answered.iter().filter(|(_, status)| *status == 503).count();
    assert!((1..=6).contains(&refused), "{answered:?}");
    world.server.stop();
}

#[test]
fn a_bucket_that_is_away() {
    let world = World::new();
    let (first, second) = (world.package("First"), world.package("Second"));
    let upload = |package: &[u8]| {
        world
            .ask("POST", "packages")
            .bytes("application/zip", package)
    };
    let version = world.send(&upload(&first)).expect(201).json();
    let content = world.ask(
        "GET",
        &format!("package-versions/{}/content", text(&version, "id")),
    );
    let begun = world
        .ask("POST", "uploads")
        .json(&json!({ "bytes": second.len() }));
    let begun = world.send(&begun).expect(201).json();
    let path = format!("uploads/{}", text(&begun, "id"));
    let piece = world
        .ask("PATCH", &path)
        .header("Upload-Offset", "0")
        .bytes("application/octet-stream", &second);
    // One that is there as a whole, and is taken in while the bucket is away.
    let third = world.package("Third");
    let whole = world
        .ask("POST", "uploads")
        .json(&json!({ "bytes": third.len() }));
    let whole = format!(
        "uploads/{}",
        text(&world.send(&whole).expect(201).json(), "id")
    );
    let third = world
        .ask("PATCH", &whole)
        .header("Upload-Offset", "0")
        .bytes("application/octet-stream", &third);
    world.send(&third).expect(200);

    world.shared.runtime.block_on(world.shared.bucket.stop());
    world.lacks("storage");
    is_excused(&world.send(&upload(&second)));
    is_excused(&world.send(&piece));
    // What needs no bytes goes on.
    write(&world, "Meanwhile").expect(201);
    world.send(&world.ask("GET", "packages")).expect(200);
    let job = world
        .send(&world.ask("POST", &format!("{whole}/complete")))
        .expect(202)
        .json();
    let seen = world.send(&world.ask("GET", &path)).expect(200).json();
    assert_eq!(seen["offset"], 0, "{seen}");

    world.shared.runtime.block_on(world.shared.bucket.start());
    world.recovers();
    ends_well(&world, text(&job, "id"));
    world.send(&piece).expect(200);
    let job = world
        .send(&world.ask("POST", &format!("{path}/complete")))
        .expect(202)
        .json();
    ends_well(&world, text(&job, "id"));
    let place = world.send(&content);
    assert_eq!(place.status, 303, "{place:?}");
    world.send(&upload(&second)).expect(201);
    assert!(artifacts(&world).contains(&"Meanwhile".to_owned()));
}

#[test]
fn a_process_that_starts_before_its_database_says_why_it_does_not() {
    let (sandbox, shared) = (Sandbox::new(), Shared::new());
    let relay = shared.runtime.block_on(shared.database.relay());
    let url = shared.database.service_url_through(&relay);
    shared.runtime.block_on(relay.cut());
    let mut command = sandbox.bare().arg("serve");
    for setting in shared.settings_with(&url) {
        command = command.flag("--set", setting);
    }
    let answer = command.flag("--listen", "127.0.0.1:0").run();
    assert_eq!(answer.code, 2, "{answer}");
    assert!(
        !answer.stderr.contains("hub_service:"),
        "a password: {answer}"
    );
}

/// A server with at most so many KiB in every file that it writes.
fn limited(sandbox: &Sandbox, kibibytes: u32) -> Server {
    let script = format!("trap '' XFSZ; ulimit -f {kibibytes}; exec \"$@\"");
    let command = sandbox
        .program("bash")
        .args(["-c", &script, "bash"])
        .arg(binary())
        .args(["serve", "--demo"]);
    Server::begin(command, &sandbox.server_home(), &NO_LIMITS)
}

#[test]
fn a_disk_that_is_full() {
    let sandbox = Sandbox::new();
    let home = sandbox.server_home();
    Server::start(&sandbox).stop();
    let kept_before = fs::metadata(home.join("installhub.db"))
        .expect("the database")
        .len();
    let room = u32::try_from(kept_before / 1024).expect("a small database") + 400;
    let server = limited(&sandbox, room);
    let token = server.user("creator").token.clone();

    let large = |number: usize| {
        let content = json!({ "title": "x".repeat(100_000), "fields": [] });
        json!({ "type": "AtlasForm", "name": format!("Form {number:02}"), "content": content })
    };
    let mut kept: Vec<Value> = Vec::new();
    let refusal = (0..40).find_map(|number| {
        let answer = send(
            server.url(),
            &creator("POST", "artifacts", &token).json(&large(number)),
        );
        if answer.status == 201 {
            kept.push(answer.json()["id"].clone());
            return None;
        }
        Some(answer)
    });
    is_excused(&refusal.expect("the disk is full at some time"));
    assert!(!kept.is_empty(), "there was room for one");
    // What was answered is there, also for a process that starts with a disk that has room again.
    let all_there = |server: &Server| {
        for id in &kept {
            let path = format!("artifacts/{}", id.as_str().expect("an id"));
            send(server.url(), &creator("GET", &path, &token)).expect(200);
        }
    };
    all_there(&server);
    server.stop();
    let server = Server::start(&sandbox);
    all_there(&server);
    send(
        server.url(),
        &creator("POST", "artifacts", &token).json(&large(99)),
    )
    .expect(201);
    sandbox
        .bare()
        .args(["audit", "verify", "--home"])
        .arg(&home)
        .run()
        .done();
}
