//! One job from the moment it is taken: its handler in one task, the signs of life in another.

use std::sync::Arc;

use installhub_kernel::StoreError;
use serde_json::Value;
use tokio::task::{JoinError, JoinHandle};
use tokio::time::{Instant, sleep, sleep_until, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

use super::{Core, log_failure, settle};
use crate::handler::JobError;
use crate::lease::ClaimedJob;
use crate::ports::Heard;
use crate::running::{Desk, RunningJob};

/// How an attempt ended, as far as its worker knows.
#[derive(Debug)]
pub(super) enum Ended {
    Returned(Result<Value, JobError>),
    Panicked(String),
    /// It was called off, and the handler did not take notice.
    Ignored,
    /// The worker stops.
    Stopped,
}

/// Sees a job through. `taken` is an instant before the lease began.
pub(super) async fn attend(
    core: Arc<Core>,
    claimed: ClaimedJob,
    taken: Instant,
    stop: CancellationToken,
) {
    let Some(handler) = core.handlers.get(&claimed.job.kind).cloned() else {
        return;
    };
    let desk = Arc::new(Desk::new(
        claimed,
        Arc::clone(&core.store),
        core.bell.clone(),
    ));
    core.bell.changed();
    let work = tokio::spawn({
        let desk = Arc::clone(&desk);
        async move { handler.run(RunningJob::new(&desk)).await }
    });
    // A handler must not outlive whoever watches over it.
    let mut work = AbortOnDrop(work);
    let ended = tokio::select! {
        biased;
        result = &mut work.0 => Some(ended(result)),
        () = keep_lease(&core, &desk, taken) => {
            tracing::warn!(job = %desk.claimed.job.id, "lost the lease of a job");
            desk.end.cancel();
            end_work(&core, &mut work.0).await;
            None
        }
        () = ignored(&core, &desk) => end_work(&core, &mut work.0).await.map(|last| last.unwrap_or(Ended::Ignored)),
        () = stop.cancelled() => {
            desk.end.cancel();
            end_work(&core, &mut work.0).await.map(|last| last.unwrap_or(Ended::Stopped))
        }
    };
    if let Some(ended) = ended {
        settle::settle(&core, &desk, &ended, &stop).await;
    }
}

struct AbortOnDrop(JoinHandle<Result<Value, JobError>>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn ended(result: Result<Result<Value, JobError>, JoinError>) -> Ended {
    match result {
        Ok(returned) => Ended::Returned(returned),
        Err(error) => match error.try_into_panic() {
            Ok(panic) => Ended::Panicked(panic_message(panic.as_ref())),
            // Nobody but us aborts it, so the runtime is being shut down.
            Err(_) => Ended::Stopped,
        },
    }
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "the handler panicked".to_owned())
}

/// Ends the handler. `None` when it does not let go, so that nobody may be told that the job is free; `Some(Some(_))` when
/// it ended by itself in the last moment.
async fn end_work(
    core: &Core,
    work: &mut JoinHandle<Result<Value, JobError>>,
) -> Option<Option<Ended>> {
    work.abort();
    match timeout(core.settings.lease / 6, work).await {
        Ok(Err(error)) if error.is_cancelled() => Some(None),
        Ok(result) => Some(Some(ended(result))),
        Err(_) => {
            tracing::error!(
                "a handler does not end: it must not block, and look at its job on other threads"
            );
            None
        }
    }
}

/// Ready when the job was called off and the time of grace has passed.
async fn ignored(core: &Core, desk: &Desk) {
    desk.end.cancelled().await;
    sleep(core.settings.grace).await;
    if !desk.is_called_off() {
        // Lost, not called off: the signs of life end it.
        std::future::pending::<()>().await;
    }
}

/// Gives signs of life. Ready when the job has to be dropped, which is before anybody else can have it.
async fn keep_lease(core: &Core, desk: &Desk, taken: Instant) {
    let lease = core.settings.lease;
    let mut held_since = taken;
    let mut pause = core.heartbeat();
    loop {
        let drop_at = held_since + lease / 6 * 5;
        sleep_until(drop_at.min(Instant::now() + pause)).await;
        let asked = Instant::now();
        if asked >= drop_at {
            return;
        }
        match timeout_at(drop_at, renew(core, desk)).await {
            Ok(Ok(Some(heard))) => {
                held_since = asked;
                pause = core.heartbeat();
                if heard.cancel_requested {
                    desk.call_off();
                }
            }
            // The handler may have ended the job itself and be about to return.
            Ok(Ok(None)) if desk.is_completed() => std::future::pending().await,
            Ok(Ok(None)) | Err(_) => return,
            Ok(Err(error)) => {
                log_failure("cannot renew the lease of a job", &error);
                pause = lease / 12;
            }
        }
    }
}

async fn renew(core: &Core, desk: &Desk) -> Result<Option<Heard>, StoreError> {
    let mut unit = core.store.begin(&desk.scope).await?;
    let until = unit.jobs().now().await? + core.settings.lease;
    let heard = unit
        .fence()
        .renew(&desk.scope, desk.claimed.lease, until)
        .await?;
    unit.commit().await?;
    Ok(heard)
}
