//! The database goes away and comes back.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt as _;
use installhub_access::Principal;
use installhub_jobs::{
    JobError, JobHandler, JobKind, JobState, JobStore, Jobs, RunningJob, Worker, WorkerSettings,
};
use serde_json::{Value, json};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::time::Instant;

use crate::unreliable::Unreliable;
use crate::world::{KIND, World, scope, settings, work};

const LEASE: Duration = Duration::from_millis(300);

/// Stays for ever at the first attempt, and says when it was ended.
struct Stays {
    events: mpsc::UnboundedSender<(&'static str, Instant)>,
}

struct SaysWhenEnded(mpsc::UnboundedSender<(&'static str, Instant)>);

impl Drop for SaysWhenEnded {
    fn drop(&mut self) {
        self.0.send(("ended", Instant::now())).ok();
    }
}

#[async_trait]
impl JobHandler for Stays {
    fn kind(&self) -> JobKind {
        KIND
    }

    async fn run(&self, job: RunningJob<'_>) -> Result<Value, JobError> {
        if job.attempt() > 1 {
            return Ok(json!("again"));
        }
        self.events.send(("begun", Instant::now())).ok();
        let _says = SaysWhenEnded(self.events.clone());
        std::future::pending().await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_whose_lease_cannot_be_renewed_is_dropped_in_time_and_done_when_the_store_is_back() {
    let world = World::on_sqlite();
    let (store, weather) = Unreliable::new(Arc::clone(&world.store), 0);
    let short = WorkerSettings {
        lease: LEASE,
        ..settings()
    };
    let (events, mut heard) = mpsc::unbounded_channel();
    let store: Arc<dyn JobStore> = store;
    let ids = Arc::clone(&world.ids);
    let worker =
        Worker::new(store, ids, world.bell.clone(), short).with(Arc::new(Stays { events }));
    let (stop, stopped) = oneshot::channel::<()>();
    let worker = tokio::spawn(worker.run(async { drop(stopped.await) }));

    let job = world.enqueue(&scope(1), &work()).await;
    let (_, begun) = heard.recv().await.expect("it begins");
    // Held beyond its first lease by signs of life.
    tokio::time::timeout(LEASE * 2, heard.recv())
        .await
        .expect_err("it goes on");
    weather.set_away(true);
    let away = Instant::now();
    let (what, ended) = heard.recv().await.expect("it ends");
    assert_eq!(what, "ended");
    assert!(ended - begun > LEASE * 2);
    assert!(ended - away < LEASE, "after {:?}", ended - away);
    assert_eq!(world.find(&scope(1), job.id).await.state, JobState::Running);

    weather.set_away(false);
    let done = world.ended(&scope(1), job.id).await;
    assert_eq!((done.state, done.attempts), (JobState::Succeeded, 2));
    drop(stop);
    worker.await.expect("the worker did not die");
}

/// Ends while the store is away.
struct EndsInTheDark {
    begun: Arc<Notify>,
    end: Arc<Notify>,
}

#[async_trait]
impl JobHandler for EndsInTheDark {
    fn kind(&self) -> JobKind {
        KIND
    }

    async fn run(&self, job: RunningJob<'_>) -> Result<Value, JobError> {
        self.begun.notify_one();
        self.end.notified().await;
        Ok(json!(job.attempt()))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_came_of_a_job_is_said_when_the_store_is_back() {
    let world = World::on_sqlite();
    let (store, weather) = Unreliable::new(Arc::clone(&world.store), 0);
    let (begun, end) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let handler = EndsInTheDark {
        begun: Arc::clone(&begun),
        end: Arc::clone(&end),
    };
    let store: Arc<dyn JobStore> = store;
    let ids = Arc::clone(&world.ids);
    let worker = Worker::new(Arc::clone(&store), ids, world.bell.clone(), settings())
        .with(Arc::new(handler));
    let (stop, stopped) = oneshot::channel::<()>();
    let worker = tokio::spawn(worker.run(async { drop(stopped.await) }));
    let job = world.enqueue(&scope(1), &work()).await;
    begun.notified().await;
    let jobs = Jobs {
        store,
        ..world.jobs()
    };
    let principal = Principal::of_scope(scope(1));
    let changes = jobs.watch(&principal, job.id).await.expect("it is there");
    weather.set_away(true);
    end.notify_one();
    // Nobody can look, and whoever watches waits.
    let mut changes = std::pin::pin!(changes.skip_while(|job| {
        let running = job.as_ref().is_ok_and(|job| !job.state.is_final());
        std::future::ready(running)
    }));
    let long = Duration::from_millis(200);
    tokio::time::timeout(long, changes.next())
        .await
        .expect_err("nobody can say anything");
    weather.set_away(false);
    let done = changes.next().await.expect("it ends").expect("an answer");
    assert_eq!(
        (done.state, done.result),
        (JobState::Succeeded, Some(json!(1)))
    );
    drop(stop);
    worker.await.expect("the worker did not die");
}
