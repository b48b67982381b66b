//! A job: what is to be done, how far it is, and what came of it.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use installhub_kernel::{Actor, ActorKind, JobId, RequestId, ScheduleId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::kind::JobKind;

/// How often a job is tried when nobody says otherwise.
pub const USUAL_ATTEMPTS: u32 = 5;

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum JobState {
    /// It waits for its time and for a worker.
    Queued,
    /// A worker has it in hand.
    Running,
    /// It was done. Final.
    Succeeded,
    /// It was given up. Final.
    Failed,
    /// Somebody called it off. Final.
    Cancelled,
}

impl JobState {
    /// Every state there is.
    pub const ALL: [Self; 5] = [
        Self::Queued,
        Self::Running,
        Self::Succeeded,
        Self::Failed,
        Self::Cancelled,
    ];

    /// The state as written in answers and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether nothing can happen to the job any more.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled)
    }
}

impl fmt::Display for JobState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that is no [`JobState`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{}' is no state of a job: expected queued, running, succeeded, failed or cancelled",
    .0.escape_debug()
)]
pub struct JobStateError(String);

impl FromStr for JobState {
    type Err = JobStateError;

    fn from_str(text: &str) -> Result<Self, JobStateError> {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| JobStateError(text.to_owned()))
    }
}

/// How far a job is, in units of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// What has been done.
    pub done: u64,
    /// What there is to do, when that is known.
    pub total: Option<u64>,
    /// What is being done, for people.
    pub message: Option<String>,
}

/// Why a job failed, or why its last attempt did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JobFailure {
    /// A stable name for programs: `WorkerLost`, `Panicked`, `AttemptFailed`, or one of the handler's own.
    pub code: String,
    /// What happened, for people.
    pub message: String,
    /// More, for programs; `null` where there is nothing.
    #[serde(default)]
    pub details: Value,
}

impl JobFailure {
    /// The worker died or lost its lease too often.
    pub const WORKER_LOST: &str = "WorkerLost";
    /// The handler panicked.
    pub const PANICKED: &str = "Panicked";
    /// An attempt failed and another one may help.
    pub const ATTEMPT_FAILED: &str = "AttemptFailed";

    /// A failure without details.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
            details: Value::Null,
        }
    }
}

/// A piece of work that outlives the process that asked for it.
///
/// The payload is for the handler alone and is not part of it: it may hold more than whoever may look at jobs should see.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Which job.
    pub id: JobId,
    /// What sort of work.
    pub kind: JobKind,
    /// Where it stands.
    pub state: JobState,
    /// How far it is.
    pub progress: Progress,
    /// How often it was begun; attempts that were handed back do not count.
    pub attempts: u32,
    /// How often it may be begun.
    pub max_attempts: u32,
    /// Not before this time.
    pub run_at: DateTime<Utc>,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When it was begun for the first time.
    pub started_at: Option<DateTime<Utc>>,
    /// When it reached its final state.
    pub finished_at: Option<DateTime<Utc>>,
    /// Who asked for it.
    pub created_by: Actor,
    /// What whoever asked for it is.
    pub created_by_kind: ActorKind,
    /// The request in which it was asked for.
    pub request: Option<RequestId>,
    /// The schedule it comes from.
    pub schedule: Option<ScheduleId>,
    /// Somebody called it off while it was running, and it has not ended yet.
    pub cancel_requested: bool,
    /// What the handler returned.
    pub result: Option<Value>,
    /// Why it failed; of a job that is tried again, why the last attempt failed.
    pub error: Option<JobFailure>,
    /// Counts the changes somebody could see, from 1.
    pub revision: u64,
}

/// A job as asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct NewJob {
    /// What sort of work.
    pub kind: JobKind,
    /// What the handler needs to know. Never a secret: it is kept as it is.
    pub payload: Value,
    /// How often it may be begun; at least once is assumed.
    pub max_attempts: u32,
    /// Not before this time; at once when missing.
    pub run_at: Option<DateTime<Utc>>,
    /// At most one unfinished job of the tenant has it.
    pub unique_key: Option<String>,
    /// The schedule it comes from.
    pub schedule: Option<ScheduleId>,
}

impl NewJob {
    /// A job to be done at once, tried up to [`USUAL_ATTEMPTS`] times.
    pub fn new(kind: JobKind, payload: Value) -> Self {
        Self {
            kind,
            payload,
            max_attempts: USUAL_ATTEMPTS,
            run_at: None,
            unique_key: None,
            schedule: None,
        }
    }

    /// The same, tried up to `attempts` times.
    #[must_use]
    pub fn attempts(self, attempts: u32) -> Self {
        Self {
            max_attempts: attempts.max(1),
            ..self
        }
    }

    /// The same, not before `time`.
    #[must_use]
    pub fn at(self, time: DateTime<Utc>) -> Self {
        Self {
            run_at: Some(time),
            ..self
        }
    }

    /// The same, unless an unfinished job has this key.
    #[must_use]
    pub fn unique(self, key: impl Into<String>) -> Self {
        Self {
            unique_key: Some(key.into()),
            ..self
        }
    }
}

/// Which jobs are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobFilter {
    /// Only those in this state.
    pub state: Option<JobState>,
    /// Only those of this kind.
    pub kind: Option<JobKind>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_read_back_as_written() {
        for state in JobState::ALL {
            assert_eq!(state.as_str().parse(), Ok(state));
            assert_eq!(
                serde_json::to_value(state).expect("states serialize"),
                state.as_str()
            );
        }
        let error = "done".parse::<JobState>().expect_err("done is no state");
        assert!(
            error.to_string().starts_with("'done' is no state"),
            "{error}"
        );
    }
}
