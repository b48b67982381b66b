//! A job as its handler sees it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use installhub_access::Principal;
use installhub_audit_chain::NewEvent;
use installhub_kernel::{JobId, TenantScope};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::bell::JobBell;
use crate::events;
use crate::handler::JobError;
use crate::job::{Job, Progress};
use crate::lease::{ClaimedJob, JobLease, Outcome};
use crate::ports::{JobFence, JobStore};

/// What the supervisor of a job and its handler have in common.
pub(crate) struct Desk {
    pub(crate) claimed: ClaimedJob,
    pub(crate) scope: TenantScope,
    pub(crate) store: Arc<dyn JobStore>,
    pub(crate) bell: JobBell,
    /// The handler should end.
    pub(crate) end: CancellationToken,
    /// Somebody has called the job off.
    pub(crate) cancel_requested: AtomicBool,
    /// The handler has tried to end the job in a transaction of its own.
    pub(crate) completed: AtomicBool,
}

impl Desk {
    pub(crate) fn new(claimed: ClaimedJob, store: Arc<dyn JobStore>, bell: JobBell) -> Self {
        let scope = claimed.scope();
        let called_off = claimed.job.cancel_requested;
        let desk = Self {
            claimed,
            scope,
            store,
            bell,
            end: CancellationToken::new(),
            cancel_requested: AtomicBool::new(false),
            completed: AtomicBool::new(false),
        };
        if called_off {
            desk.call_off();
        }
        desk
    }

    pub(crate) fn call_off(&self) {
        self.cancel_requested.store(true, Ordering::Release);
        self.end.cancel();
    }

    pub(crate) fn is_completed(&self) -> bool {
        self.completed.load(Ordering::Acquire)
    }

    pub(crate) fn is_called_off(&self) -> bool {
        self.cancel_requested.load(Ordering::Acquire)
    }
}

/// A job in the hand of its handler.
#[derive(Clone, Copy)]
pub struct RunningJob<'a> {
    desk: &'a Desk,
}

impl<'a> RunningJob<'a> {
    pub(crate) fn new(desk: &'a Desk) -> Self {
        Self { desk }
    }

    /// Which job.
    pub fn id(&self) -> JobId {
        self.desk.claimed.job.id
    }

    /// The job as it was when it was taken.
    pub fn job(&self) -> &'a Job {
        &self.desk.claimed.job
    }

    /// What whoever asked for the job wants done.
    pub fn payload(&self) -> &'a Value {
        &self.desk.claimed.payload
    }

    /// The payload as the handler's own type; a payload that is none will not become one by trying again.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, JobError> {
        T::deserialize(self.payload()).map_err(|error| {
            JobError::fatal(
                "BadPayload",
                format!("cannot read what is to be done: {error}"),
            )
        })
    }

    /// The tenant's data, in the name of whoever asked for the job and in their request, by the service itself.
    pub fn scope(&self) -> &'a TenantScope {
        &self.desk.scope
    }

    /// The same, for use cases that ask for permissions: everything of the tenant.
    pub fn principal(&self) -> Principal {
        Principal::of_scope(self.desk.scope.clone())
    }

    /// Which attempt it is, from 1.
    pub fn attempt(&self) -> u32 {
        self.desk.claimed.job.attempts
    }

    /// The right to the job, for [`JobFence::hold`].
    pub fn lease(&self) -> JobLease {
        self.desk.claimed.lease
    }

    /// Whether the handler should end: the job was called off, the lease is lost or the worker stops.
    pub fn is_cancelled(&self) -> bool {
        self.desk.end.is_cancelled()
    }

    /// Waits until the handler should end.
    pub async fn cancelled(&self) {
        self.desk.end.cancelled().await;
    }

    /// Says how far the job is. [`JobError::Cancelled`] when the handler should end; a store that cannot be reached is no
    /// reason to end, since the next report may reach it.
    pub async fn report(&self, progress: Progress) -> Result<(), JobError> {
        if self.is_cancelled() {
            return Err(JobError::Cancelled);
        }
        let heard = async {
            let mut unit = self.desk.store.begin(&self.desk.scope).await?;
            let heard = unit
                .fence()
                .report(&self.desk.scope, self.lease(), &progress)
                .await?;
            unit.commit().await?;
            Ok::<_, installhub_kernel::StoreError>(heard)
        };
        match heard.await {
            Ok(Some(heard)) if heard.cancel_requested => {
                self.desk.call_off();
                Err(JobError::Cancelled)
            }
            Ok(Some(_)) => {
                self.desk.bell.changed();
                Ok(())
            }
            Ok(None) => {
                self.desk.end.cancel();
                Err(JobError::Cancelled)
            }
            Err(error) => {
                tracing::warn!(job = %self.id(), %error, "cannot report the progress of a job");
                Ok(())
            }
        }
    }

    /// Ends the job as succeeded in the caller's transaction, so that its effects last exactly once: either both are
    /// committed or neither. The caller appends the event that is returned to the audit log, commits, and returns the same
    /// result from [`run`](crate::JobHandler::run).
    ///
    /// [`JobError::Cancelled`] when the job is another worker's by now: nothing of the transaction may last.
    pub async fn complete_in(
        &self,
        fence: &mut dyn JobFence,
        result: &Value,
        now: chrono::DateTime<chrono::Utc>,
    ) -> Result<NewEvent, JobError> {
        let outcome = Outcome::Succeeded(result.clone());
        if !fence
            .settle(&self.desk.scope, self.lease(), &outcome, now)
            .await?
        {
            self.desk.end.cancel();
            return Err(JobError::Cancelled);
        }
        self.desk.completed.store(true, Ordering::Release);
        Ok(events::succeeded(self.job()))
    }
}
