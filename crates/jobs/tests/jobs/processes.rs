//! Four processes on one database, killed at random.

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use installhub_jobs::WorkerSettings;
use tokio::process::{Child, Command};
use tokio::time::{Instant, interval};

use crate::effects::{LeavesMark, assert_each_done_once, enqueue, unfinished};
use crate::world::{World, settings};

const TEST: &str = "processes::every_job_is_done_once_although_workers_are_killed";

/// How a process is told that it is a worker, and where. To the harness it is the name of one more test that is not there.
const AS_WORKER: &str = "as-worker-at=";

const PROCESSES: usize = 4;
const JOBS: usize = 500;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_job_is_done_once_although_workers_are_killed() {
    let url =
        std::env::args().find_map(|argument| Some(argument.strip_prefix(AS_WORKER)?.to_owned()));
    if let Some(url) = url {
        work_until_killed(&url).await;
    }
    let world = World::on_postgres().await;
    let database = world.database.as_ref().expect("it is on PostgreSQL");
    let jobs = enqueue(&world, JOBS).await;
    let mut workers: Vec<Child> = (0..PROCESSES)
        .map(|_| spawn(&database.service_url()))
        .collect();
    let begun = Instant::now();
    let mut ticks = interval(Duration::from_millis(120));
    let (mut killed, mut chance) = (0, 7_usize);
    loop {
        ticks.tick().await;
        let left = unfinished(&world).await;
        if left == 0 {
            break;
        }
        assert!(
            begun.elapsed() < Duration::from_mins(1),
            "{left} jobs are stuck"
        );
        // Any order will do, as long as it is the same every time.
        chance = (chance * 1_103_515_245 + 12_345) % 2_147_483_648;
        let victim = &mut workers[chance / 1_000 % PROCESSES];
        if chance % 3 != 0 && left < JOBS {
            victim.kill().await.expect("it was there");
            *victim = spawn(&database.service_url());
            killed += 1;
        }
    }
    for worker in &mut workers {
        worker.kill().await.expect("it was there");
    }
    assert!(
        killed >= PROCESSES,
        "{killed} were killed while there was work"
    );
    assert_each_done_once(&world, &jobs).await;
}

fn spawn(url: &str) -> Child {
    Command::new(std::env::current_exe().expect("a program"))
        .args([TEST, "--exact", "--nocapture", &format!("{AS_WORKER}{url}")])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("it starts")
}

async fn work_until_killed(url: &str) {
    let world = World::at(url);
    let settings = WorkerSettings {
        lease: Duration::from_millis(300),
        ..settings()
    };
    let handler = LeavesMark {
        store: Arc::clone(&world.store),
        ids: Arc::clone(&world.ids),
    };
    world
        .worker(settings)
        .with(Arc::new(handler))
        .run(std::future::pending())
        .await;
}
