//! Following a job until it has ended.

use std::time::Duration;

use futures::{Stream, stream};
use installhub_kernel::{StoreError, TenantScope};

use crate::error::JobsError;
use crate::job::Job;
use crate::jobs::Jobs;

/// How often a watched job is looked at: soon after a change, then ever less often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WatchPace {
    /// After a change.
    pub shortest: Duration,
    /// When nothing has changed for a while.
    pub longest: Duration,
}

impl Default for WatchPace {
    /// 100 milliseconds to 2 seconds.
    fn default() -> Self {
        Self {
            shortest: Duration::from_millis(100),
            longest: Duration::from_secs(2),
        }
    }
}

enum Next {
    /// This is said first.
    Say(Job),
    /// Wait for something else than this.
    After(Job),
    Over,
}

pub(crate) fn changes(
    jobs: Jobs,
    scope: TenantScope,
    first: Job,
) -> impl Stream<Item = Result<Job, JobsError>> + Send + 'static {
    stream::unfold(
        (jobs, scope, Next::Say(first)),
        |(jobs, scope, next)| async move {
            let said = match next {
                Next::Say(job) => Ok(job),
                Next::After(job) => change(&jobs, &scope, &job).await,
                Next::Over => return None,
            };
            let next = match &said {
                Ok(job) if !job.state.is_final() => Next::After(job.clone()),
                _ => Next::Over,
            };
            Some((said, (jobs, scope, next)))
        },
    )
}

/// Waits until the job is another than `last`.
async fn change(jobs: &Jobs, scope: &TenantScope, last: &Job) -> Result<Job, JobsError> {
    let mut pause = jobs.pace.shortest;
    loop {
        tokio::select! {
            () = jobs.bell.wait_for_change() => {}
            () = tokio::time::sleep(pause) => {
                pause = (pause * 2).min(jobs.pace.longest);
            }
        }
        match jobs.find(scope, last.id).await {
            Ok(job) if job.revision != last.revision => return Ok(job),
            Ok(_) => {}
            Err(JobsError::Store(error @ StoreError::Unavailable { .. })) => {
                tracing::debug!(job = %last.id, %error, "cannot look at a watched job");
            }
            Err(error) => return Err(error),
        }
    }
}
