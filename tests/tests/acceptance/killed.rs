//! Processes that are killed while clients bring packages through any of them: none is missed.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use installhub_acceptance::http::{Ask, HttpAnswer};
use serde_json::Value;

use crate::fleet::{Fleet, Shared, creator, text};
use crate::processes::{begin, complete, packages, piece};

/// A client that does not give up: whatever a process that dies leaves unanswered, it asks another.
struct Client<'a> {
    fleet: &'a Fleet,
    token: &'a str,
    next: AtomicUsize,
}

impl Client<'_> {
    /// The first answer that is no excuse.
    fn ask(&self, ask: &Ask) -> HttpAnswer {
        for _ in 0..10_000 {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            match ask.send(&self.fleet.url(number)) {
                Ok(answer) if answer.status < 500 => return answer,
                Ok(_) | Err(_) => thread::yield_now(),
            }
        }
        panic!("nobody answers {ask:?}");
    }

    /// Where an upload stands.
    fn upload(&self, id: &str) -> Value {
        self.ask(&creator("GET", &format!("uploads/{id}"), self.token))
            .expect(200)
            .json()
    }

    /// Brings a package, and gives its upload and job.
    fn bring(&self, package: &[u8]) -> (String, String) {
        let upload = self
            .ask(&begin(self.token, package.len()))
            .expect(201)
            .json();
        let id = text(&upload, "id").to_owned();
        loop {
            let offset = self.upload(&id)["offset"].as_u64().expect("an offset");
            let offset = usize::try_from(offset).expect("a small package");
            if offset == package.len() {
                break;
            }
            let end = package.len().min(offset + package.len().div_ceil(2));
            let answer = self.ask(&piece(&id, self.token, offset, &package[offset..end]));
            // An answer that was lost: the piece is there, and asking again says so.
            assert!([200, 409].contains(&answer.status), "{:?}", answer.json());
        }
        let job = self.ask(&complete(&id, self.token)).expect(202).json();
        (id, text(&job, "id").to_owned())
    }

    /// The end of a job.
    fn end_of(&self, job: &str) -> Value {
        loop {
            // Ends with the job, or with the process.
            let events = creator("GET", &format!("jobs/{job}/events"), self.token);
            self.ask(&events).expect(200);
            let job = self
                .ask(&creator("GET", &format!("jobs/{job}"), self.token))
                .expect(200)
                .json();
            if !["queued", "running"].contains(&text(&job, "state")) {
                return job;
            }
        }
    }
}

#[test]
fn killed_processes_lose_nothing_and_do_nothing_twice() {
    const CLIENTS: usize = 4;
    const EACH: usize = 25;
    let fleet = Fleet::new(4);
    let packages = packages(&fleet.sandbox, CLIENTS * EACH);
    let token = fleet.token("creator");
    let (brought, kills) = mpsc::channel::<usize>();
    let ends: Vec<(String, Value)> = thread::scope(|scope| {
        let clients: Vec<_> = packages
            .chunks(EACH)
            .enumerate()
            .map(|(number, packages)| {
                let brought = brought.clone();
                let client = Client {
                    fleet: &fleet,
                    token: &token,
                    next: AtomicUsize::new(number),
                };
                scope.spawn(move || {
                    let mut jobs = Vec::new();
                    for package in packages {
                        let (upload, job) = client.bring(package);
                        jobs.push((upload, job));
                        let _ = brought.send(package.len());
                    }
                    let ends = jobs
                        .into_iter()
                        .map(|(upload, job)| (upload, client.end_of(&job)));
                    ends.collect::<Vec<_>>()
                })
            })
            .collect();
        drop(brought);
        kill_while(&fleet, &kills);
        clients
            .into_iter()
            .flat_map(|client| client.join().expect("a client"))
            .collect()
    });

    // Some were being done when their process was killed.
    assert!(
        fleet
            .shared
            .count("SELECT count(*) FROM jobs WHERE claims > 1")
            > 0
    );
    assert_eq!(ends.len(), CLIENTS * EACH);
    let client = Client {
        fleet: &fleet,
        token: &token,
        next: AtomicUsize::new(0),
    };
    for (upload, job) in &ends {
        assert_eq!(job["state"], "succeeded", "{job}");
        let upload = client.upload(upload);
        assert_eq!(upload["state"], "admitted", "{upload}");
        assert_eq!(upload["jobId"], job["id"]);
    }
    nothing_is_lost_or_doubled(&fleet.shared, i64::try_from(ends.len()).expect("a few"));
    let answer = fleet
        .command(&["audit", "verify", "--format", "json"])
        .run()
        .done();
    assert!(answer.stdout.contains("intact"), "{answer}");
}

/// After every few packages, some process is killed in the middle of whatever it does, and started again.
fn kill_while(fleet: &Fleet, brought: &mpsc::Receiver<usize>) {
    let mut some: usize = 0;
    for (count, bytes) in brought.iter().enumerate() {
        some = some.wrapping_mul(31).wrapping_add(bytes + count);
        if count % 8 == 7 {
            let number = some % fleet.len();
            fleet.kill(number);
            fleet.start(number);
        }
    }
}

#[track_caller]
fn nothing_is_lost_or_doubled(shared: &Shared, jobs: i64) {
    let of_load = shared.count("SELECT count(*) FROM package_versions WHERE name LIKE 'Load %'");
    assert_eq!(of_load, jobs, "versions");
    for (what, query) in [
        ("jobs that succeeded", "SELECT count(*) FROM jobs WHERE kind = 'package.admit' AND state = 'succeeded'"),
        ("jobs", "SELECT count(*) FROM jobs WHERE kind = 'package.admit'"),
        (
            "events of success, one for each job",
            "SELECT count(DISTINCT object_id) FROM audit_events e JOIN jobs j ON j.id::text = e.object_id
             WHERE action = 'job.succeeded' AND kind = 'package.admit'",
        ),
        (
            "events of success",
            "SELECT count(*) FROM audit_events e JOIN jobs j ON j.id::text = e.object_id
             WHERE action = 'job.succeeded' AND kind = 'package.admit'",
        ),
        ("packages", "SELECT count(*) FROM packages WHERE name LIKE 'Load %'"),
        ("uploads that were admitted", "SELECT count(*) FROM uploads WHERE state = 'admitted'"),
    ] {
        assert_eq!(shared.count(query), jobs, "{what}");
    }
    for (what, query) in [
        (
            "pieces without an upload",
            "SELECT count(*) FROM upload_pieces p WHERE NOT EXISTS
             (SELECT FROM uploads u WHERE u.tenant_id = p.tenant_id AND u.id = p.upload_id)",
        ),
        (
            "packages without a version",
            "SELECT count(*) FROM packages p WHERE NOT EXISTS
             (SELECT FROM package_versions v WHERE v.tenant_id = p.tenant_id AND v.package_id = p.id)",
        ),
        (
            "versions without a manifest",
            "SELECT count(*) FROM package_versions v WHERE NOT EXISTS
             (SELECT FROM package_manifests m WHERE m.tenant_id = v.tenant_id AND m.version_id = v.id)",
        ),
        (
            "admitted uploads whose version is not there",
            "SELECT count(*) FROM uploads u WHERE state = 'admitted' AND NOT EXISTS
             (SELECT FROM package_versions v WHERE v.tenant_id = u.tenant_id AND v.id = u.version_id)",
        ),
        ("leases that stayed", "SELECT count(*) FROM jobs WHERE lease_until IS NOT NULL"),
    ] {
        assert_eq!(shared.count(query), 0, "{what}");
    }
}
