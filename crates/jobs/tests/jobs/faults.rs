//! Many workers in one process that lose leases, answers and transactions.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use installhub_jobs::{JobStore, Outcome, Worker, WorkerSettings};
use tokio::sync::oneshot;
use tokio::time::interval;

use crate::effects::{LeavesMark, assert_each_done_once, enqueue, unfinished};
use crate::unreliable::Unreliable;
use crate::world::{World, platform, settings};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn five_hundred_jobs_among_faults_are_done_once_each_on_postgres() {
    done_once_each(&World::on_postgres().await, 500).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn jobs_among_faults_are_done_once_each_on_sqlite() {
    done_once_each(&World::on_sqlite(), 60).await;
}

async fn done_once_each(world: &World, count: usize) {
    let jobs = enqueue(world, count).await;
    // Every thirteenth step of one worker fails, every seventeenth of the next one.
    let mut workers = Vec::new();
    let mut stops = Vec::new();
    for every in [13, 17, 0, 29] {
        let (store, _) = Unreliable::new(Arc::clone(&world.store), every);
        let store: Arc<dyn JobStore> = store;
        let settings = WorkerSettings {
            // What a lost answer to a claim leaves behind is taken back by the thief.
            grace: Duration::from_secs(5),
            ..settings()
        };
        let handler = LeavesMark {
            store: Arc::clone(&store),
            ids: Arc::clone(&world.ids),
        };
        let ids = Arc::clone(&world.ids);
        let worker = Worker::new(store, ids, world.bell.clone(), settings).with(Arc::new(handler));
        let (stop, stopped) = oneshot::channel::<()>();
        stops.push(stop);
        workers.push(tokio::spawn(worker.run(async { drop(stopped.await) })));
    }
    let mut ticks = interval(Duration::from_millis(100));
    let mut stolen = 0;
    while unfinished(world).await > 0 {
        ticks.tick().await;
        stolen += steal(world).await;
    }
    drop(stops);
    for worker in workers {
        worker.await.expect("no worker died");
    }
    assert!(stolen > 0, "the thief was there");
    assert_each_done_once(world, &jobs).await;
}

/// Takes every job from whoever has it, as if no lease had been renewed. Returns how many there were.
async fn steal(world: &World) -> usize {
    let platform = platform();
    let now = world.now().await;
    let far = now + TimeDelta::days(1);
    let unit = world.store.read_platform(&platform).await;
    let mut unit = unit.expect("a transaction");
    let running = unit.dispatch().lapsed(&platform, far, 1_000).await;
    drop(unit);
    let mut stolen = 0;
    for job in running.expect("an answer") {
        let scope = job.scope();
        let mut unit = world.store.begin(&scope).await.expect("a transaction");
        let outcome = Outcome::HandedBack;
        let settled = unit.fence().settle(&scope, job.lease, &outcome, now).await;
        stolen += usize::from(settled.expect("an answer"));
        unit.commit().await.expect("it lasts");
    }
    stolen
}
