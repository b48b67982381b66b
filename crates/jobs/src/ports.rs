//! What jobs need of the store.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use installhub_audit_chain::AuditLog;
use installhub_kernel::{
    JobId, Page, PageRequest, PlatformScope, ScheduleId, StoreError, TenantId, TenantScope,
};

use crate::job::{Job, JobFilter, NewJob, Progress};
use crate::kind::JobKind;
use crate::lease::{ClaimedJob, JobLease, Outcome};
use crate::schedule::{Schedule, ScheduleChange};

/// The store of jobs and schedules.
#[async_trait]
pub trait JobStore: Send + Sync {
    /// A transaction that may write.
    async fn begin(&self, scope: &TenantScope) -> Result<Box<dyn JobUnit>, StoreError>;

    /// A transaction in which nothing written lasts.
    async fn read(&self, scope: &TenantScope) -> Result<Box<dyn JobUnit>, StoreError>;

    /// A transaction across tenants that may write, for whoever hands out work.
    async fn begin_platform(
        &self,
        scope: &PlatformScope,
    ) -> Result<Box<dyn JobPlatformUnit>, StoreError>;

    /// A transaction across tenants in which nothing written lasts.
    async fn read_platform(
        &self,
        scope: &PlatformScope,
    ) -> Result<Box<dyn JobPlatformUnit>, StoreError>;
}

/// A transaction on the jobs of a tenant. Dropped without a commit, it leaves nothing behind.
#[async_trait]
pub trait JobUnit: Send {
    /// Where jobs begin to exist.
    fn queue(&mut self) -> &mut dyn JobQueue;
    /// The jobs there are.
    fn jobs(&mut self) -> &mut dyn JobRepository;
    /// The right of workers to speak of their jobs.
    fn fence(&mut self) -> &mut dyn JobFence;
    /// The schedules there are.
    fn schedules(&mut self) -> &mut dyn ScheduleRepository;
    /// What happened; last before the commit.
    fn audit(&mut self) -> &mut dyn AuditLog;
    /// Makes it last.
    async fn commit(self: Box<Self>) -> Result<(), StoreError>;
}

/// A transaction across tenants.
#[async_trait]
pub trait JobPlatformUnit: Send {
    /// What there is to do, whosever it is.
    fn dispatch(&mut self) -> &mut dyn JobDispatch;
    /// Makes it last.
    async fn commit(self: Box<Self>) -> Result<(), StoreError>;
}

/// Where jobs begin to exist: in the transaction of whoever needs them.
#[async_trait]
pub trait JobQueue: Send {
    /// Adds a job in the name of the scope's actor.
    ///
    /// When an unfinished job of the tenant has the same unique key, nothing is added and that job is returned: its id is
    /// not the one given. Whoever commits a job that was added also records [`enqueued`](crate::enqueued) and, after the
    /// commit, may ring the [`JobBell`](crate::JobBell).
    async fn enqueue(
        &mut self,
        scope: &TenantScope,
        id: JobId,
        job: &NewJob,
    ) -> Result<Job, StoreError>;
}

/// The jobs of a tenant.
#[async_trait]
pub trait JobRepository: Send {
    /// The time by which leases and schedules are measured: the database server's where there is one, so that no process
    /// with a wrong clock takes jobs out of another one's hand; this machine's where the database is a file of it.
    async fn now(&mut self) -> Result<DateTime<Utc>, StoreError>;

    /// One job, if the tenant has it.
    async fn find(&mut self, scope: &TenantScope, id: JobId) -> Result<Option<Job>, StoreError>;

    /// A piece of the list, newest first.
    async fn list(
        &mut self,
        scope: &TenantScope,
        filter: &JobFilter,
        page: &PageRequest,
    ) -> Result<Page<Job>, StoreError>;

    /// Calls off a job that is queued; `false` when it is not queued (any more).
    async fn cancel_queued(
        &mut self,
        scope: &TenantScope,
        id: JobId,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError>;

    /// Asks for the end of a job that is running; `false` when it is not running, or was asked before.
    async fn ask_to_cancel(&mut self, scope: &TenantScope, id: JobId) -> Result<bool, StoreError>;
}

/// What a worker hears when it speaks of a job that it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heard {
    /// Somebody has called the job off.
    pub cancel_requested: bool,
}

/// The right of workers to speak of their jobs. Every method does nothing and returns `None` or `false` when the lease is
/// not the job's latest or the job is not running: whoever lost a job cannot change it.
///
/// A unit of work of another crate that exposes it lets handlers make their effects last together with the end of the job.
#[async_trait]
pub trait JobFence: Send {
    /// Extends the lease.
    async fn renew(
        &mut self,
        scope: &TenantScope,
        lease: JobLease,
        until: DateTime<Utc>,
    ) -> Result<Option<Heard>, StoreError>;

    /// Says how far the job is.
    async fn report(
        &mut self,
        scope: &TenantScope,
        lease: JobLease,
        progress: &Progress,
    ) -> Result<Option<Heard>, StoreError>;

    /// Whether the lease holds; if so, nothing happens to the job before this transaction has ended.
    async fn hold(
        &mut self,
        scope: &TenantScope,
        lease: JobLease,
    ) -> Result<Option<Heard>, StoreError>;

    /// Says what came of the attempt.
    async fn settle(
        &mut self,
        scope: &TenantScope,
        lease: JobLease,
        outcome: &Outcome,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError>;

    /// Says what came of an attempt whose worker is gone: also does nothing when the lease has not ended by `now`.
    async fn settle_lapsed(
        &mut self,
        scope: &TenantScope,
        lease: JobLease,
        outcome: &Outcome,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError>;
}

/// What a worker asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimRequest {
    /// The kinds it has handlers for.
    pub kinds: Vec<JobKind>,
    /// The most jobs it can take now.
    pub limit: usize,
    /// How long nobody else may have them, unless renewed.
    pub lease: Duration,
    /// The worker's name, for people who look into the database.
    pub worker: String,
}

/// A schedule whose time has come.
#[derive(Debug, Clone, PartialEq)]
pub struct DueSchedule {
    /// Whose.
    pub tenant: TenantId,
    /// The schedule.
    pub schedule: Schedule,
}

/// What there is to do, whosever it is.
#[async_trait]
pub trait JobDispatch: Send {
    /// See [`JobRepository::now`].
    async fn now(&mut self) -> Result<DateTime<Utc>, StoreError>;

    /// Takes jobs whose time has come, at most one worker each: those of the tenant with the fewest running jobs first, and
    /// of each tenant the ones that have waited longest. Jobs that another transaction is about to take are passed over.
    async fn claim(
        &mut self,
        scope: &PlatformScope,
        request: &ClaimRequest,
        now: DateTime<Utc>,
    ) -> Result<Vec<ClaimedJob>, StoreError>;

    /// Running jobs whose lease has ended, longest ago first.
    async fn lapsed(
        &mut self,
        scope: &PlatformScope,
        now: DateTime<Utc>,
        limit: u64,
    ) -> Result<Vec<ClaimedJob>, StoreError>;

    /// Enabled schedules whose next run is at `now` or before, longest ago first.
    async fn due(
        &mut self,
        scope: &PlatformScope,
        now: DateTime<Utc>,
        limit: u64,
    ) -> Result<Vec<DueSchedule>, StoreError>;
}

/// The schedules of a tenant. Deleted ones are not seen.
#[async_trait]
pub trait ScheduleRepository: Send {
    /// See [`JobRepository::now`].
    async fn now(&mut self) -> Result<DateTime<Utc>, StoreError>;

    /// Adds a schedule; a conflict when its name is taken.
    async fn add(&mut self, scope: &TenantScope, schedule: &Schedule) -> Result<(), StoreError>;

    /// One schedule, if the tenant has it.
    async fn find(
        &mut self,
        scope: &TenantScope,
        id: ScheduleId,
    ) -> Result<Option<Schedule>, StoreError>;

    /// A piece of the list, newest first.
    async fn list(
        &mut self,
        scope: &TenantScope,
        page: &PageRequest,
    ) -> Result<Page<Schedule>, StoreError>;

    /// Changes a schedule, if it still has the revision in `schedule`; gives it the next one. `false` when it has another.
    async fn change(
        &mut self,
        scope: &TenantScope,
        schedule: &Schedule,
        change: &ScheduleChange,
    ) -> Result<bool, StoreError>;

    /// Deletes a schedule, so that it can be brought back, if it still has the revision.
    async fn delete(
        &mut self,
        scope: &TenantScope,
        id: ScheduleId,
        revision: u64,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError>;

    /// Notes that the run seen in `schedule` has begun as `job`, and when the next one is. `false` when another process has
    /// done so, or somebody has changed the schedule: then nothing is to be run.
    async fn advance(
        &mut self,
        scope: &TenantScope,
        schedule: &Schedule,
        fired: &Fired,
    ) -> Result<bool, StoreError>;
}

/// A run that has begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fired {
    /// When.
    pub at: DateTime<Utc>,
    /// As which job.
    pub job: JobId,
    /// When the next one is; `None` when there is none.
    pub next_run: Option<DateTime<Utc>>,
}
