//! Who does the work.

use async_trait::async_trait;
use serde_json::Value;

use crate::job::JobFailure;
use crate::kind::JobKind;
use crate::running::RunningJob;

/// Does the jobs of one kind.
///
/// **A job may be begun more than once**: its worker can die, or lose its lease, at any instant between the work and the
/// note that it was done. So a handler is idempotent, or lets its effects last in the same transaction as the end of the job:
/// see [`RunningJob::complete_in`].
///
/// The future can be dropped at any `await`: when the worker stops, when the lease cannot be renewed, and when somebody who
/// called the job off was ignored for too long. Work on other threads must look at [`RunningJob::cancelled`] itself.
#[async_trait]
pub trait JobHandler: Send + Sync {
    /// The kind of job it does.
    fn kind(&self) -> JobKind;

    /// Does a job. What it returns becomes the job's result.
    async fn run(&self, job: RunningJob<'_>) -> Result<Value, JobError>;
}

/// Why a job was not done.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum JobError {
    /// Another attempt may help; the text says why this one failed, for people.
    #[error("{0}")]
    Retry(String),
    /// No attempt will help.
    #[error("{message}")]
    Fatal {
        /// A stable name for programs.
        code: String,
        /// What happened, for people.
        message: String,
        /// More, for programs.
        details: Value,
    },
    /// The job was called off, or its worker has lost it.
    #[error("the job was called off")]
    Cancelled,
}

impl JobError {
    /// No attempt will help.
    pub fn fatal(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Fatal {
            code: code.into(),
            message: message.into(),
            details: Value::Null,
        }
    }
}

impl From<JobFailure> for JobError {
    fn from(failure: JobFailure) -> Self {
        Self::Fatal {
            code: failure.code,
            message: failure.message,
            details: failure.details,
        }
    }
}

/// The store cannot be reached, or another writer was faster: the usual reason to try again.
impl From<installhub_kernel::StoreError> for JobError {
    fn from(error: installhub_kernel::StoreError) -> Self {
        Self::Retry(error.to_string())
    }
}
