//! Jobs and schedules as rows, and back.

use chrono::SubsecRound as _;
use installhub_jobs::{
    ClaimedJob, Job, JobFailure, JobLease, JobState, NewJob, Progress, Schedule, ScheduledJob,
};
use installhub_kernel::{JobId, RequestId, ScheduleId, StoreError, TenantId, TenantScope};
use sea_orm::prelude::DateTimeUtc;

use crate::artifact_rows::name_key;
use crate::entity::{job, schedule};
use crate::failure::corrupt;
use crate::words::{parsed, read_count, stored_count, value_from_text, value_text};

/// A time as both engines keep it: to the microsecond.
pub(super) fn storable(time: DateTimeUtc) -> DateTimeUtc {
    time.trunc_subsecs(6)
}

/// A row for a job that is enqueued now.
pub(super) fn new_row(
    scope: &TenantScope,
    id: JobId,
    new: &NewJob,
    now: DateTimeUtc,
) -> Result<job::Model, StoreError> {
    Ok(job::Model {
        tenant_id: scope.tenant().as_uuid(),
        id: id.as_uuid(),
        kind: new.kind.to_string(),
        payload: value_text("the payload of a job", &new.payload)?,
        state: JobState::Queued.as_str().to_owned(),
        done: 0,
        total: None,
        message: None,
        attempts: 0,
        max_attempts: i64::from(new.max_attempts.max(1)),
        run_at: storable(new.run_at.unwrap_or(now)),
        created_at: now,
        created_by: scope.actor().to_string(),
        created_by_kind: scope.actor_kind().as_str().to_owned(),
        request_id: scope.request().map(|id| id.as_uuid()),
        schedule_id: new.schedule.map(|id| id.as_uuid()),
        started_at: None,
        finished_at: None,
        unique_key: new.unique_key.clone(),
        cancel_requested: false,
        claims: 0,
        lease_until: None,
        worker: None,
        result: None,
        error: None,
        revision: 1,
    })
}

/// The job of a row.
pub(super) fn job(row: job::Model) -> Result<Job, StoreError> {
    let id = JobId::from_uuid(row.id);
    let location = format!("job {id}");
    let at = location.as_str();
    let state: JobState = parsed(at, &row.state)?;
    Ok(Job {
        id,
        kind: parsed(at, &row.kind)?,
        state,
        progress: Progress {
            done: read_count(at, row.done)?,
            total: row.total.map(|total| read_count(at, total)).transpose()?,
            message: row.message,
        },
        attempts: small_count(at, row.attempts)?,
        max_attempts: small_count(at, row.max_attempts)?,
        run_at: row.run_at,
        created_at: row.created_at,
        started_at: row.started_at,
        finished_at: row.finished_at,
        created_by: parsed(at, &row.created_by)?,
        created_by_kind: parsed(at, &row.created_by_kind)?,
        request: row.request_id.map(RequestId::from_uuid),
        schedule: row.schedule_id.map(ScheduleId::from_uuid),
        cancel_requested: row.cancel_requested && !state.is_final(),
        result: row
            .result
            .map(|text| value_from_text(at, &text))
            .transpose()?,
        error: row
            .error
            .map(|text| value_from_text::<JobFailure>(at, &text))
            .transpose()?,
        revision: read_count(at, row.revision)?,
    })
}

/// The job of a row, for whoever has it in hand.
pub(super) fn claimed(row: job::Model) -> Result<ClaimedJob, StoreError> {
    let id = JobId::from_uuid(row.id);
    let location = format!("job {id}");
    Ok(ClaimedJob {
        tenant: TenantId::from_uuid(row.tenant_id),
        payload: value_from_text(&location, &row.payload)?,
        lease: JobLease {
            job: id,
            number: read_count(&location, row.claims)?,
        },
        job: job(row)?,
    })
}

/// A row for a schedule.
pub(super) fn schedule_row(
    scope: &TenantScope,
    schedule: &Schedule,
) -> Result<schedule::Model, StoreError> {
    let location = format!("schedule {}", schedule.id);
    Ok(schedule::Model {
        tenant_id: scope.tenant().as_uuid(),
        id: schedule.id.as_uuid(),
        name: schedule.name.clone(),
        name_key: name_key(&schedule.name),
        timing: value_text(&location, &schedule.timing)?,
        kind: schedule.job.kind.to_string(),
        payload: value_text(&location, &schedule.job.payload)?,
        max_attempts: i64::from(schedule.job.max_attempts),
        enabled: schedule.enabled,
        next_run: schedule.next_run.map(storable),
        last_run: schedule.last_run.map(storable),
        last_job: schedule.last_job.map(|id| id.as_uuid()),
        runs: stored_count(&location, schedule.runs)?,
        created_at: storable(schedule.created_at),
        created_by: schedule.created_by.to_string(),
        updated_at: storable(schedule.updated_at),
        updated_by: scope.actor().to_string(),
        deleted_at: None,
        deleted_by: None,
        revision: stored_count(&location, schedule.revision)?,
    })
}

/// The schedule of a row.
pub(super) fn schedule(row: schedule::Model) -> Result<Schedule, StoreError> {
    let id = ScheduleId::from_uuid(row.id);
    let location = format!("schedule {id}");
    let at = location.as_str();
    Ok(Schedule {
        id,
        name: row.name,
        timing: value_from_text(at, &row.timing)?,
        job: ScheduledJob {
            kind: parsed(at, &row.kind)?,
            payload: value_from_text(at, &row.payload)?,
            max_attempts: small_count(at, row.max_attempts)?,
        },
        enabled: row.enabled,
        next_run: row.next_run,
        last_run: row.last_run,
        last_job: row.last_job.map(JobId::from_uuid),
        runs: read_count(at, row.runs)?,
        created_at: row.created_at,
        created_by: parsed(at, &row.created_by)?,
        updated_at: row.updated_at,
        revision: read_count(at, row.revision)?,
    })
}

fn small_count(location: &str, count: i64) -> Result<u32, StoreError> {
    u32::try_from(count).map_err(|error| corrupt(location, error.to_string()))
}
