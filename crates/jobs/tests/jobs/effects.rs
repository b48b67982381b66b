//! Work whose effect can be counted: every job leaves one mark, in the transaction in which it ends.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use installhub_jobs::{
    Job, JobError, JobFilter, JobHandler, JobKind, JobState, JobStore, NewJob, Progress, RunningJob,
};
use installhub_kernel::{IdGenerator, JobId};
use serde_json::{Value, json};

use crate::world::{KIND, World, scope};

/// A mark is a job of a kind that nobody does.
pub(crate) const MARK: JobKind = JobKind::of("test.mark");

pub(crate) const TENANTS: u128 = 5;

pub(crate) struct LeavesMark {
    pub(crate) store: Arc<dyn JobStore>,
    pub(crate) ids: Arc<dyn IdGenerator>,
}

#[async_trait]
impl JobHandler for LeavesMark {
    fn kind(&self) -> JobKind {
        KIND
    }

    async fn run(&self, job: RunningJob<'_>) -> Result<Value, JobError> {
        job.report(Progress {
            done: 1,
            total: Some(2),
            message: None,
        })
        .await?;
        let scope = job.scope();
        let result = json!({ "attempt": job.attempt() });
        let mut unit = self.store.begin(scope).await?;
        let id = JobId::from_uuid(self.ids.new_uuid());
        let mark = NewJob::new(MARK, json!(job.id()));
        unit.queue().enqueue(scope, id, &mark).await?;
        // A first attempt that comes to nothing must leave no mark.
        let number = job.payload()["n"].as_u64().unwrap_or_default();
        if number.is_multiple_of(7) && job.attempt() == 1 {
            return Err(JobError::Retry("not this time".to_owned()));
        }
        let now = unit.jobs().now().await?;
        let event = job.complete_in(unit.fence(), &result, now).await?;
        unit.audit().append(scope, event).await?;
        unit.commit().await?;
        Ok(result)
    }
}

/// Jobs of several tenants.
pub(crate) async fn enqueue(world: &World, count: usize) -> Vec<Job> {
    let mut made = Vec::with_capacity(count);
    for n in 0..count {
        let job = NewJob::new(KIND, json!({ "n": n })).attempts(1_000);
        made.push(world.enqueue(&scope(n as u128 % TENANTS), &job).await);
    }
    made
}

/// How many jobs have not ended.
pub(crate) async fn unfinished(world: &World) -> usize {
    let mut count = 0;
    for tenant in 0..TENANTS {
        for state in [JobState::Queued, JobState::Running] {
            let filter = JobFilter {
                state: Some(state),
                kind: Some(KIND),
            };
            count += world.count(&scope(tenant), &filter).await;
        }
    }
    count
}

/// Every job has succeeded, has left one mark, and the audit log has heard of it once.
pub(crate) async fn assert_each_done_once(world: &World, jobs: &[Job]) {
    let now = world.now().await;
    let marks = world.claim_kind(&MARK, 100_000, now).await;
    let mut of_job: BTreeMap<String, usize> = BTreeMap::new();
    for mark in &marks {
        let job = mark.payload.as_str().expect("an id").to_owned();
        *of_job.entry(job).or_default() += 1;
    }
    for job in jobs {
        let marks = of_job.get(&job.id.to_string()).copied().unwrap_or_default();
        assert_eq!(marks, 1, "marks of job {}", job.id);
    }
    assert_eq!(marks.len(), jobs.len());
    let succeeded = JobFilter {
        state: Some(JobState::Succeeded),
        kind: Some(KIND),
    };
    let (mut done, mut heard) = (0, 0);
    for tenant in 0..TENANTS {
        let scope = scope(tenant);
        done += world.count(&scope, &succeeded).await;
        let actions = world.actions(&scope).await;
        heard += actions
            .iter()
            .filter(|action| *action == "job.succeeded")
            .count();
    }
    assert_eq!((done, heard), (jobs.len(), jobs.len()));
}
