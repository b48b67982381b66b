//! Work that nobody asked for in this moment: jobs of workers that are gone, and schedules whose time has come.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use installhub_kernel::{ActorKind, IdGenerator, JobId, StoreError, TenantScope};
use tokio::time::sleep;

use super::{Core, log_failure, platform_scope};
use crate::backoff::Backoff;
use crate::bell::JobBell;
use crate::events;
use crate::job::JobFailure;
use crate::lease::{ClaimedJob, Outcome};
use crate::ports::{DueSchedule, Fired, JobStore};

/// How much is looked at in one go.
const SOME: u64 = 100;

/// The longest time between two looks.
const LONGEST: Duration = Duration::from_secs(1);

/// Takes jobs back from workers that are gone and begins what schedules say. Every worker has one; any number of them do no
/// harm.
#[derive(Clone)]
pub struct Caretaker {
    /// Where jobs and schedules are kept.
    pub store: Arc<dyn JobStore>,
    /// Identities of new jobs.
    pub ids: Arc<dyn IdGenerator>,
    /// Rung for what it enqueues.
    pub bell: JobBell,
    /// How long a job waits that was taken back.
    pub backoff: Backoff,
}

/// Looks after everything again and again.
pub(super) async fn watch_over(core: Arc<Core>) {
    let caretaker = Caretaker {
        store: Arc::clone(&core.store),
        ids: Arc::clone(&core.ids),
        bell: core.bell.clone(),
        backoff: core.settings.backoff,
    };
    loop {
        match caretaker.now().await {
            Ok(now) => {
                if let Err(error) = caretaker.take_back(now).await {
                    log_failure("cannot take back jobs of workers that are gone", &error);
                }
                if let Err(error) = caretaker.fire(now).await {
                    log_failure("cannot begin what schedules say", &error);
                }
            }
            Err(error) => log_failure("cannot look after jobs", &error),
        }
        sleep(core.heartbeat().min(LONGEST)).await;
    }
}

impl Caretaker {
    /// The time of the store.
    pub async fn now(&self) -> Result<DateTime<Utc>, StoreError> {
        let mut unit = self.store.read_platform(&platform_scope()).await?;
        unit.dispatch().now().await
    }

    /// Takes back jobs whose lease has ended by `now`; the attempt counts. Returns how many there were.
    pub async fn take_back(&self, now: DateTime<Utc>) -> Result<usize, StoreError> {
        let scope = platform_scope();
        let mut unit = self.store.read_platform(&scope).await?;
        let lapsed = unit.dispatch().lapsed(&scope, now, SOME).await?;
        drop(unit);
        let mut taken = 0;
        for job in lapsed {
            if self.take_back_one(&job, now).await? {
                tracing::warn!(job = %job.job.id, "took back a job from a worker that is gone");
                taken += 1;
            }
        }
        if taken > 0 {
            self.bell.enqueued();
        }
        Ok(taken)
    }

    async fn take_back_one(
        &self,
        lapsed: &ClaimedJob,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let scope = lapsed.scope();
        let job = &lapsed.job;
        let failure = JobFailure::new(
            JobFailure::WORKER_LOST,
            "the worker gave no sign of life; it may have been stopped, or the job may have used up its memory",
        );
        let mut unit = self.store.begin(&scope).await?;
        let Some(heard) = unit.fence().hold(&scope, lapsed.lease).await? else {
            return Ok(false);
        };
        let outcome = if heard.cancel_requested {
            Outcome::Cancelled
        } else if job.attempts >= job.max_attempts {
            Outcome::Failed(failure)
        } else {
            let at = now + self.backoff.pause(job.id, job.attempts);
            Outcome::Retry { at, failure }
        };
        let settled = unit
            .fence()
            .settle_lapsed(&scope, lapsed.lease, &outcome, now)
            .await?;
        if settled {
            if let Some(event) = events::settled(job, &outcome) {
                unit.audit().append(&scope, event).await?;
            }
            unit.commit().await?;
        }
        Ok(settled)
    }

    /// Begins what schedules say for `now`. Returns how many began here.
    pub async fn fire(&self, now: DateTime<Utc>) -> Result<usize, StoreError> {
        let scope = platform_scope();
        let mut unit = self.store.read_platform(&scope).await?;
        let due = unit.dispatch().due(&scope, now, SOME).await?;
        drop(unit);
        let mut fired = 0;
        for due in due {
            if self.fire_one(&due, now).await? {
                fired += 1;
            }
        }
        if fired > 0 {
            self.bell.enqueued();
        }
        Ok(fired)
    }

    async fn fire_one(&self, due: &DueSchedule, now: DateTime<Utc>) -> Result<bool, StoreError> {
        let schedule = &due.schedule;
        let scope = TenantScope::acting(
            due.tenant,
            schedule.created_by.clone(),
            ActorKind::System,
            None,
        );
        let id = JobId::from_uuid(self.ids.new_uuid());
        let mut unit = self.store.begin(&scope).await?;
        let job = unit
            .queue()
            .enqueue(&scope, id, &schedule.new_job())
            .await?;
        let fired = Fired {
            at: now,
            job: job.id,
            next_run: schedule.run_after(now),
        };
        if !unit.schedules().advance(&scope, schedule, &fired).await? {
            return Ok(false);
        }
        if job.id == id {
            unit.audit().append(&scope, events::enqueued(&job)).await?;
        }
        unit.commit().await?;
        Ok(true)
    }
}
