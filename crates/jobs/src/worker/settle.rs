//! Saying what came of an attempt.

use std::time::Duration;

use chrono::{DateTime, Utc};
use installhub_kernel::StoreError;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::attend::Ended;
use super::{Core, log_failure};
use crate::events;
use crate::handler::JobError;
use crate::job::{Job, JobFailure};
use crate::lease::Outcome;
use crate::running::Desk;

/// For how many leases a worker tries to say what came of a job while the store cannot be reached. Nobody else can have done
/// the job before the store is back, and the fence decides when they have.
const LEASES: u32 = 10;

/// The first pause between two attempts.
const SHORT: Duration = Duration::from_millis(20);

/// Says what came of an attempt, as long as it takes; not for long when the worker stops.
pub(super) async fn settle(core: &Core, desk: &Desk, ended: &Ended, stop: &CancellationToken) {
    let begun = Instant::now();
    let mut pause = SHORT;
    loop {
        match timeout(core.settings.lease, once(core, desk, ended)).await {
            Ok(Ok(settled)) => {
                if !settled && !desk.is_completed() {
                    tracing::warn!(job = %desk.claimed.job.id, "another worker has the job by now");
                }
                core.bell.changed();
                return;
            }
            Ok(Err(error)) => log_failure("cannot say what came of a job", &error),
            Err(_) => {
                tracing::warn!("the store did not answer in time when told what came of a job");
            }
        }
        let patience = if stop.is_cancelled() {
            core.heartbeat()
        } else {
            core.settings.lease * LEASES
        };
        if begun.elapsed() >= patience {
            tracing::error!(job = %desk.claimed.job.id, "gave up saying what came of a job");
            return;
        }
        sleep(pause).await;
        pause = (pause * 2).min(core.heartbeat().max(SHORT));
    }
}

async fn once(core: &Core, desk: &Desk, ended: &Ended) -> Result<bool, StoreError> {
    let mut unit = core.store.begin(&desk.scope).await?;
    let Some(heard) = unit.fence().hold(&desk.scope, desk.claimed.lease).await? else {
        return Ok(false);
    };
    if heard.cancel_requested {
        desk.call_off();
    }
    let now = unit.jobs().now().await?;
    let outcome = outcome(core, desk, ended, now);
    let settled = unit
        .fence()
        .settle(&desk.scope, desk.claimed.lease, &outcome, now)
        .await?;
    if settled {
        if let Some(event) = events::settled(&desk.claimed.job, &outcome) {
            unit.audit().append(&desk.scope, event).await?;
        }
        unit.commit().await?;
    }
    Ok(settled)
}

fn outcome(core: &Core, desk: &Desk, ended: &Ended, now: DateTime<Utc>) -> Outcome {
    let called_off = desk.is_called_off();
    match ended {
        Ended::Returned(Ok(result)) => Outcome::Succeeded(result.clone()),
        Ended::Returned(Err(JobError::Fatal {
            code,
            message,
            details,
        })) => Outcome::Failed(JobFailure {
            code: code.clone(),
            message: message.clone(),
            details: details.clone(),
        }),
        Ended::Panicked(message) => {
            Outcome::Failed(JobFailure::new(JobFailure::PANICKED, message.clone()))
        }
        Ended::Returned(Err(JobError::Retry(message))) if !called_off => {
            let failure = JobFailure::new(JobFailure::ATTEMPT_FAILED, message.clone());
            again(core, &desk.claimed.job, failure, now)
        }
        Ended::Stopped if !called_off => Outcome::HandedBack,
        Ended::Returned(Err(_)) | Ended::Ignored | Ended::Stopped => Outcome::Cancelled,
    }
}

/// Another attempt after a pause, if there is one left.
pub(super) fn again(core: &Core, job: &Job, failure: JobFailure, now: DateTime<Utc>) -> Outcome {
    if job.attempts >= job.max_attempts {
        return Outcome::Failed(failure);
    }
    let at = now + core.settings.backoff.pause(job.id, job.attempts);
    Outcome::Retry { at, failure }
}
