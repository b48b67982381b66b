//! Workers see jobs through.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use installhub_jobs::{
    JobError, JobFailure, JobHandler, JobKind, JobState, NewJob, Progress, RunningJob,
    WorkerSettings,
};
use serde_json::{Value, json};
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;

use crate::on_both_engines;
use crate::world::{KIND, World, principal, scope, settings, work};

on_both_engines!(
    a_job_is_done_in_the_name_of_whoever_asked,
    a_handler_that_panics_ends_its_job_and_not_the_worker,
    what_fails_is_tried_again_and_then_given_up,
    what_will_never_work_is_not_tried_again,
    a_running_job_ends_when_called_off,
    a_handler_that_does_not_listen_is_ended,
    what_was_called_off_unheard_is_not_tried_again,
    a_worker_that_stops_lets_jobs_end,
    a_worker_that_stops_hands_back_what_does_not_end,
    no_more_jobs_are_done_at_once_than_wanted,
);

type Deed = Box<dyn Fn(&RunningJob<'_>) -> Answer + Send + Sync>;

/// What a handler does besides waiting.
#[derive(Clone)]
enum Answer {
    Return(Result<Value, JobError>),
    Panic,
    /// Until called off.
    Listen,
    /// For ever.
    Stay,
    /// Until told.
    Wait(Arc<Notify>),
    /// Until told, and then fail.
    WaitAndFail(Arc<Notify>),
}

struct Handler {
    deed: Deed,
    begun: Arc<Notify>,
}

#[async_trait]
impl JobHandler for Handler {
    fn kind(&self) -> JobKind {
        KIND
    }

    async fn run(&self, job: RunningJob<'_>) -> Result<Value, JobError> {
        let answer = (self.deed)(&job);
        self.begun.notify_one();
        match answer {
            Answer::Return(result) => result,
            Answer::Panic => panic!("a handler that panics"),
            Answer::Listen => {
                job.cancelled().await;
                Err(JobError::Cancelled)
            }
            Answer::Stay => std::future::pending().await,
            Answer::Wait(told) => {
                told.notified().await;
                Ok(json!("told"))
            }
            Answer::WaitAndFail(told) => {
                told.notified().await;
                Err(JobError::Retry("told".to_owned()))
            }
        }
    }
}

struct Running {
    stop: oneshot::Sender<()>,
    worker: JoinHandle<()>,
    begun: Arc<Notify>,
}

fn start(
    world: &World,
    settings: WorkerSettings,
    deed: impl Fn(&RunningJob<'_>) -> Answer + Send + Sync + 'static,
) -> Running {
    let begun = Arc::new(Notify::new());
    let handler = Handler {
        deed: Box::new(deed),
        begun: Arc::clone(&begun),
    };
    let (stop, stopped) = oneshot::channel();
    let worker = world.worker(settings).with(Arc::new(handler));
    let worker = tokio::spawn(worker.run(async { drop(stopped.await) }));
    Running {
        stop,
        worker,
        begun,
    }
}

impl Running {
    async fn stop(self) {
        drop(self.stop);
        self.worker.await.expect("the worker did not die");
    }
}

async fn a_job_is_done_in_the_name_of_whoever_asked(world: &World) {
    let running = start(world, settings(), |job| {
        assert_eq!(job.scope().actor(), scope(1).actor());
        assert_eq!(job.scope().request(), scope(1).request());
        assert_eq!(job.principal().tenant(), scope(1).tenant());
        Answer::Return(Ok(
            json!({ "seen": job.payload(), "attempt": job.attempt() }),
        ))
    });
    let job = world.enqueue(&scope(1), &work()).await;
    let done = world.ended(&scope(1), job.id).await;
    assert_eq!((done.state, done.attempts), (JobState::Succeeded, 1));
    assert_eq!(
        done.result,
        Some(json!({ "seen": { "n": 1 }, "attempt": 1 }))
    );
    assert!(done.started_at >= Some(done.created_at) && done.finished_at >= done.started_at);
    assert_eq!(world.actions(&scope(1)).await, ["job.succeeded"]);
    running.stop().await;
}

async fn a_handler_that_panics_ends_its_job_and_not_the_worker(world: &World) {
    let running = start(world, settings(), |job| match job.payload()["panic"] {
        Value::Bool(true) => Answer::Panic,
        _ => Answer::Return(Ok(Value::Null)),
    });
    let bad = world
        .enqueue(&scope(1), &NewJob::new(KIND, json!({ "panic": true })))
        .await;
    let bad = world.ended(&scope(1), bad.id).await;
    assert_eq!((bad.state, bad.attempts), (JobState::Failed, 1));
    let expected = JobFailure::new(JobFailure::PANICKED, "a handler that panics");
    assert_eq!(bad.error, Some(expected));
    let good = world.enqueue(&scope(1), &work()).await;
    assert_eq!(
        world.ended(&scope(1), good.id).await.state,
        JobState::Succeeded
    );
    assert_eq!(
        world.actions(&scope(1)).await,
        ["job.failed", "job.succeeded"]
    );
    running.stop().await;
}

async fn what_fails_is_tried_again_and_then_given_up(world: &World) {
    let running = start(world, settings(), |job| {
        Answer::Return(match job.attempt() {
            1 | 2 => Err(JobError::Retry(format!("attempt {}", job.attempt()))),
            _ => Ok(Value::Null),
        })
    });
    let twice = world.enqueue(&scope(1), &work().attempts(2)).await;
    let thrice = world.enqueue(&scope(1), &work().attempts(3)).await;
    let failed = world.ended(&scope(1), twice.id).await;
    assert_eq!((failed.state, failed.attempts), (JobState::Failed, 2));
    let expected = JobFailure::new(JobFailure::ATTEMPT_FAILED, "attempt 2");
    assert_eq!(failed.error, Some(expected));
    let done = world.ended(&scope(1), thrice.id).await;
    assert_eq!(
        (done.state, done.attempts, done.error),
        (JobState::Succeeded, 3, None)
    );
    running.stop().await;
}

async fn what_will_never_work_is_not_tried_again(world: &World) {
    let running = start(world, settings(), |job| {
        Answer::Return(job.parse::<u32>().map(|n| json!(n)))
    });
    let job = world.enqueue(&scope(1), &work()).await;
    let failed = world.ended(&scope(1), job.id).await;
    assert_eq!((failed.state, failed.attempts), (JobState::Failed, 1));
    assert_eq!(failed.error.expect("it says why").code, "BadPayload");
    running.stop().await;
}

/// Signs of life, by which a worker hears that a job was called off, come every 100 milliseconds.
fn attentive() -> WorkerSettings {
    WorkerSettings {
        lease: Duration::from_millis(300),
        ..settings()
    }
}

async fn a_running_job_ends_when_called_off(world: &World) {
    let running = start(world, attentive(), |_| Answer::Listen);
    let job = world.enqueue(&scope(1), &work()).await;
    running.begun.notified().await;
    world
        .jobs()
        .cancel(&principal(1), job.id)
        .await
        .expect("it is running");
    let ended = world.ended(&scope(1), job.id).await;
    assert_eq!((ended.state, ended.attempts), (JobState::Cancelled, 1));
    assert_eq!(
        world.actions(&scope(1)).await,
        ["job.cancelRequested", "job.cancelled"]
    );
    running.stop().await;
}

async fn a_handler_that_does_not_listen_is_ended(world: &World) {
    let settings = WorkerSettings {
        grace: Duration::from_millis(10),
        ..attentive()
    };
    let running = start(world, settings, |_| Answer::Stay);
    let job = world.enqueue(&scope(1), &work()).await;
    running.begun.notified().await;
    world
        .jobs()
        .cancel(&principal(1), job.id)
        .await
        .expect("it is running");
    assert_eq!(
        world.ended(&scope(1), job.id).await.state,
        JobState::Cancelled
    );
    running.stop().await;
}

/// The lease is long, so that no sign of life has brought word of it.
async fn what_was_called_off_unheard_is_not_tried_again(world: &World) {
    let told = Arc::new(Notify::new());
    let answer = Answer::WaitAndFail(Arc::clone(&told));
    let running = start(world, settings(), move |_| answer.clone());
    let job = world.enqueue(&scope(1), &work()).await;
    running.begun.notified().await;
    let jobs = world.jobs();
    let cancelled = jobs.cancel(&principal(1), job.id).await;
    cancelled.expect("it is running");
    told.notify_one();
    let ended = world.ended(&scope(1), job.id).await;
    assert_eq!((ended.state, ended.attempts), (JobState::Cancelled, 1));
    running.stop().await;
}

async fn a_worker_that_stops_lets_jobs_end(world: &World) {
    let told = Arc::new(Notify::new());
    let answer = Answer::Wait(Arc::clone(&told));
    let running = start(world, settings(), move |_| answer.clone());
    let job = world.enqueue(&scope(1), &work()).await;
    running.begun.notified().await;
    let stopping = tokio::spawn(running.stop());
    let late = world.enqueue(&scope(1), &work()).await;
    told.notify_one();
    stopping.await.expect("it ended");
    assert_eq!(
        world.find(&scope(1), job.id).await.state,
        JobState::Succeeded
    );
    let late = world.find(&scope(1), late.id).await;
    assert!(
        matches!(late.state, JobState::Queued | JobState::Succeeded),
        "{late:?}"
    );
}

async fn a_worker_that_stops_hands_back_what_does_not_end(world: &World) {
    let hasty = WorkerSettings {
        grace: Duration::from_millis(10),
        ..settings()
    };
    let running = start(world, hasty, |_| Answer::Stay);
    let job = world.enqueue(&scope(1), &work().attempts(1)).await;
    running.begun.notified().await;
    running.stop().await;
    let back = world.find(&scope(1), job.id).await;
    assert_eq!((back.state, back.attempts), (JobState::Queued, 0));

    let next = start(world, settings(), |_| Answer::Return(Ok(Value::Null)));
    let done = world.ended(&scope(1), job.id).await;
    assert_eq!((done.state, done.attempts), (JobState::Succeeded, 1));
    next.stop().await;
}

async fn no_more_jobs_are_done_at_once_than_wanted(world: &World) {
    let (told, begun) = (Arc::new(Notify::new()), Arc::new(AtomicUsize::new(0)));
    let three = WorkerSettings {
        concurrency: 3,
        ..settings()
    };
    let running = start(world, three, {
        let (told, begun) = (Arc::clone(&told), Arc::clone(&begun));
        move |_| {
            begun.fetch_add(1, Ordering::SeqCst);
            Answer::Wait(Arc::clone(&told))
        }
    });
    let mut jobs = Vec::new();
    for _ in 0..7 {
        jobs.push(world.enqueue(&scope(1), &work()).await.id);
    }
    for done in 0..7 {
        let expected = (done + 3).min(7);
        while begun.load(Ordering::SeqCst) < expected {
            running.begun.notified().await;
        }
        assert_eq!(begun.load(Ordering::SeqCst), expected);
        told.notify_one();
    }
    for job in jobs {
        assert_eq!(world.ended(&scope(1), job).await.state, JobState::Succeeded);
    }
    running.stop().await;
}

/// Nobody looks for work within an hour, so that the bell is all there is.
#[tokio::test]
async fn what_is_enqueued_in_this_process_is_begun_at_once() {
    let world = World::on_sqlite();
    let sleepy = WorkerSettings {
        shortest_pause: Duration::from_hours(1),
        longest_pause: Duration::from_hours(1),
        ..settings()
    };
    let running = start(&world, sleepy, |_| Answer::Return(Ok(Value::Null)));
    let jobs = world.jobs();
    let permission = installhub_access::Permission::ExportRun;
    for _ in 0..3 {
        let job = jobs
            .enqueue(&principal(1), permission, &work())
            .await
            .expect("a job");
        assert_eq!(
            world.ended(&scope(1), job.id).await.state,
            JobState::Succeeded
        );
    }
    running.stop().await;
}

/// A report is how a handler hears at once that its job was called off.
#[tokio::test]
async fn a_report_tells_the_handler_to_end() {
    struct Reports;
    #[async_trait]
    impl JobHandler for Reports {
        fn kind(&self) -> JobKind {
            KIND
        }

        async fn run(&self, job: RunningJob<'_>) -> Result<Value, JobError> {
            for done in 1.. {
                job.report(Progress {
                    done,
                    ..Progress::default()
                })
                .await?;
            }
            Ok(Value::Null)
        }
    }
    let world = World::on_sqlite();
    let (stop, stopped) = oneshot::channel::<()>();
    let worker = world.worker(settings()).with(Arc::new(Reports));
    let worker = tokio::spawn(worker.run(async { drop(stopped.await) }));
    let job = world.enqueue(&scope(1), &work()).await;
    world
        .seen(&scope(1), job.id, |job| job.progress.done > 2)
        .await;
    world
        .jobs()
        .cancel(&principal(1), job.id)
        .await
        .expect("it is running");
    assert_eq!(
        world.ended(&scope(1), job.id).await.state,
        JobState::Cancelled
    );
    drop(stop);
    worker.await.expect("the worker did not die");
}
