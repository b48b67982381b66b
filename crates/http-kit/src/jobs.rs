//! Jobs as more than one API shows them.

use installhub_jobs::{Job, JobFailure, JobFilter, Progress};
use poem_openapi::Object;
use serde_json::Value;
use uuid::Uuid;

use crate::error::ApiError;
use crate::input::parameter;
use crate::timestamp::Timestamp;

/// The filter that the parameters of a list ask for.
pub fn job_filter(state: Option<String>, kind: Option<String>) -> Result<JobFilter, ApiError> {
    Ok(JobFilter {
        state: parameter("state", state)?,
        kind: parameter("kind", kind)?,
    })
}

/// A piece of work that goes on in the background.
#[derive(Object)]
#[oai(rename = "Job", rename_all = "camelCase")]
pub struct JobView {
    /// The id.
    id: Uuid,
    /// What sort of work, such as `package.admit`.
    kind: String,
    /// `queued`, `running`, `succeeded`, `failed` or `cancelled`.
    state: String,
    /// How far it is.
    progress: ProgressView,
    /// How often it was begun.
    attempts: u32,
    /// How often it may be begun.
    max_attempts: u32,
    /// Not before this time.
    run_at: Timestamp,
    /// When it was asked for.
    created_at: Timestamp,
    /// Who asked for it.
    created_by: String,
    /// When it was begun for the first time.
    #[oai(skip_serializing_if_is_none)]
    started_at: Option<Timestamp>,
    /// When it reached its final state.
    #[oai(skip_serializing_if_is_none)]
    finished_at: Option<Timestamp>,
    /// The schedule that it comes from.
    #[oai(skip_serializing_if_is_none)]
    schedule_id: Option<Uuid>,
    /// Whether somebody called it off and it has not ended yet.
    cancel_requested: bool,
    /// What came of it; its shape is that of the kind.
    #[oai(skip_serializing_if_is_none)]
    result: Option<Value>,
    /// Why it failed, or why its last attempt did.
    #[oai(skip_serializing_if_is_none)]
    error: Option<FailureView>,
    /// Counts the changes that somebody could see, from 1.
    pub revision: u64,
}

/// How far a job is, in units of its own.
#[derive(Object)]
#[oai(rename = "JobProgress", rename_all = "camelCase")]
struct ProgressView {
    /// What has been done.
    done: u64,
    /// What there is to do, when that is known.
    #[oai(skip_serializing_if_is_none)]
    total: Option<u64>,
    /// What is being done, for people.
    #[oai(skip_serializing_if_is_none)]
    message: Option<String>,
}

/// Why a job failed.
#[derive(Object)]
#[oai(rename = "JobFailure", rename_all = "camelCase")]
struct FailureView {
    /// A stable name for programs.
    code: String,
    /// What happened, for people.
    message: String,
    /// More, for programs.
    #[oai(skip_serializing_if_is_none)]
    details: Option<Value>,
}

impl From<Progress> for ProgressView {
    fn from(progress: Progress) -> Self {
        Self {
            done: progress.done,
            total: progress.total,
            message: progress.message,
        }
    }
}

impl From<JobFailure> for FailureView {
    fn from(failure: JobFailure) -> Self {
        Self {
            code: failure.code,
            message: failure.message,
            details: Some(failure.details).filter(|details| !details.is_null()),
        }
    }
}

impl From<Job> for JobView {
    fn from(job: Job) -> Self {
        Self {
            id: job.id.as_uuid(),
            kind: job.kind.to_string(),
            state: job.state.to_string(),
            progress: job.progress.into(),
            attempts: job.attempts,
            max_attempts: job.max_attempts,
            run_at: job.run_at.into(),
            created_at: job.created_at.into(),
            created_by: job.created_by.to_string(),
            started_at: job.started_at.map(Into::into),
            finished_at: job.finished_at.map(Into::into),
            schedule_id: job.schedule.map(|id| id.as_uuid()),
            cancel_requested: job.cancel_requested,
            result: job.result,
            error: job.error.map(Into::into),
            revision: job.revision,
        }
    }
}
