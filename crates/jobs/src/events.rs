//! What the audit log hears about jobs and schedules.

use installhub_audit_chain::NewEvent;
use installhub_kernel::TenantId;
use serde_json::json;

use crate::job::Job;
use crate::lease::Outcome;
use crate::schedule::Schedule;

const JOB: &str = "job";
const SCHEDULE: &str = "schedule";

/// The event for a job that was enqueued, to be recorded in the same transaction.
pub fn enqueued(job: &Job) -> NewEvent {
    let mut details = json!({ "kind": job.kind });
    if let Some(schedule) = job.schedule {
        details["schedule"] = json!(schedule);
    }
    NewEvent::success("job.enqueued", JOB, job.id).with(details)
}

/// Somebody of the platform looked at the jobs of a tenant.
pub(crate) fn looked_at(tenant: TenantId) -> NewEvent {
    NewEvent::success("job.listed", "tenant", tenant).with(json!({ "across": true }))
}

pub(crate) fn succeeded(job: &Job) -> NewEvent {
    NewEvent::success("job.succeeded", JOB, job.id).with(json!({ "kind": job.kind }))
}

pub(crate) fn cancelled(job: &Job) -> NewEvent {
    NewEvent::success("job.cancelled", JOB, job.id).with(json!({ "kind": job.kind }))
}

pub(crate) fn cancel_requested(job: &Job) -> NewEvent {
    NewEvent::success("job.cancelRequested", JOB, job.id).with(json!({ "kind": job.kind }))
}

/// The event for a final state; `None` when the job goes on.
pub(crate) fn settled(job: &Job, outcome: &Outcome) -> Option<NewEvent> {
    match outcome {
        Outcome::Succeeded(_) => Some(succeeded(job)),
        Outcome::Failed(failure) => {
            Some(NewEvent::failure("job.failed", JOB, job.id).with(json!({
                "kind": job.kind, "attempts": job.attempts, "code": failure.code,
            })))
        }
        Outcome::Cancelled => Some(cancelled(job)),
        Outcome::Retry { .. } | Outcome::HandedBack => None,
    }
}

pub(crate) fn schedule_created(schedule: &Schedule) -> NewEvent {
    NewEvent::success("schedule.created", SCHEDULE, schedule.id).with(facts(schedule))
}

pub(crate) fn schedule_changed(before: &Schedule, after: &Schedule) -> NewEvent {
    NewEvent::success("schedule.changed", SCHEDULE, before.id)
        .with(json!({ "before": facts(before), "after": facts(after) }))
}

pub(crate) fn schedule_deleted(schedule: &Schedule) -> NewEvent {
    NewEvent::success("schedule.deleted", SCHEDULE, schedule.id)
        .with(json!({ "name": schedule.name }))
}

fn facts(schedule: &Schedule) -> serde_json::Value {
    json!({
        "name": schedule.name,
        "timing": schedule.timing,
        "kind": schedule.job.kind,
        "enabled": schedule.enabled,
    })
}
