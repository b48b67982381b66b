//! A job in the hand of a worker, and what may come of it.

use chrono::{DateTime, Utc};
use installhub_kernel::{ActorKind, JobId, TenantId, TenantScope};
use serde_json::Value;

use crate::job::{Job, JobFailure};

/// The right to work on a job and to say what came of it.
///
/// The number grows with every claim of the job. Whoever speaks of it with an earlier number has lost it and is not heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct JobLease {
    /// Which job.
    pub job: JobId,
    /// Which claim of it.
    pub number: u64,
}

/// A job that a worker has taken, or that a worker had and let go.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimedJob {
    /// Whose.
    pub tenant: TenantId,
    /// The job.
    pub job: Job,
    /// What the handler needs to know.
    pub payload: Value,
    /// The right to it.
    pub lease: JobLease,
}

impl ClaimedJob {
    /// What the handler may touch: the tenant's data, in the name of whoever asked for the job and in their request, by
    /// the service itself.
    pub fn scope(&self) -> TenantScope {
        TenantScope::acting(
            self.tenant,
            self.job.created_by.clone(),
            ActorKind::System,
            self.job.request,
        )
    }
}

/// What came of an attempt.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It is done.
    Succeeded(Value),
    /// It is given up.
    Failed(JobFailure),
    /// It was called off.
    Cancelled,
    /// It failed and is tried again.
    Retry {
        /// Not before this time.
        at: DateTime<Utc>,
        /// Why it failed.
        failure: JobFailure,
    },
    /// The worker stops before the job is done; the attempt does not count.
    HandedBack,
}
