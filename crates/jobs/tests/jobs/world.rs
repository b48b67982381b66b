//! A store to work with, and shorthands.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::StreamExt as _;
use installhub_access::Principal;
use installhub_audit_chain::EventFilter;
use installhub_database_sea_orm::{PostgresOptions, Store};
use installhub_jobs::{
    Backoff, Caretaker, ClaimRequest, ClaimedJob, Job, JobBell, JobFilter, JobKind, JobStore, Jobs,
    NewJob, Schedules, WatchPace, Worker, WorkerSettings,
};
use installhub_kernel::{
    ActorKind, Clock, IdGenerator, JobId, PageRequest, PlatformScope, RequestId, TenantId,
    TenantScope,
};
use installhub_test_services::{PostgresDatabase, postgres_database};
use serde_json::json;
use tempfile::TempDir;
use uuid::Uuid;

pub(crate) const KIND: JobKind = JobKind::of("test.work");

/// What the leases of tests last when nobody says otherwise: longer than any test.
pub(crate) const LEASE: Duration = Duration::from_mins(5);

pub(crate) struct World {
    pub(crate) store: Arc<dyn JobStore>,
    pub(crate) ids: Arc<dyn IdGenerator>,
    pub(crate) bell: JobBell,
    pub(crate) database: Option<PostgresDatabase>,
    _folder: Option<TempDir>,
}

/// The machine's clock: leases of workers are measured in real time.
pub(crate) struct RealClock;

impl Clock for RealClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

/// Ids that no other process of a test has.
pub(crate) struct RealIds;

impl IdGenerator for RealIds {
    #[expect(clippy::disallowed_methods, reason = "this is the generator")]
    fn new_uuid(&self) -> Uuid {
        Uuid::now_v7()
    }
}

impl World {
    pub(crate) fn on_sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("store.db");
        let store = Store::sqlite(file, Arc::new(RealClock), Arc::new(RealIds));
        Self {
            _folder: Some(folder),
            ..Self::with(Arc::new(store))
        }
    }

    pub(crate) async fn on_postgres() -> Self {
        let database = postgres_database().await;
        let world = Self::at(&database.service_url());
        Self {
            database: Some(database),
            ..world
        }
    }

    pub(crate) fn at(url: &str) -> Self {
        let mut options = PostgresOptions::new(url);
        options.pool_size = 8;
        let store = Store::postgres(options, Arc::new(RealClock), Arc::new(RealIds));
        Self::with(Arc::new(store))
    }

    fn with(store: Arc<dyn JobStore>) -> Self {
        Self {
            store,
            ids: Arc::new(RealIds),
            bell: JobBell::new(),
            database: None,
            _folder: None,
        }
    }

    pub(crate) fn jobs(&self) -> Jobs {
        Jobs {
            store: Arc::clone(&self.store),
            ids: Arc::clone(&self.ids),
            bell: self.bell.clone(),
            pace: WatchPace {
                shortest: Duration::from_millis(5),
                longest: Duration::from_millis(50),
            },
        }
    }

    pub(crate) fn schedules(&self) -> Schedules {
        Schedules {
            store: Arc::clone(&self.store),
            ids: Arc::clone(&self.ids),
            schedulable: BTreeSet::from([KIND]),
        }
    }

    pub(crate) fn caretaker(&self) -> Caretaker {
        Caretaker {
            store: Arc::clone(&self.store),
            ids: Arc::clone(&self.ids),
            bell: self.bell.clone(),
            backoff: quick(),
        }
    }

    pub(crate) fn worker(&self, settings: WorkerSettings) -> Worker {
        let (store, ids) = (Arc::clone(&self.store), Arc::clone(&self.ids));
        Worker::new(store, ids, self.bell.clone(), settings)
    }

    pub(crate) async fn now(&self) -> DateTime<Utc> {
        let mut unit = self.store.read(&scope(1)).await.expect("a transaction");
        unit.jobs().now().await.expect("a time")
    }

    pub(crate) async fn enqueue(&self, scope: &TenantScope, job: &NewJob) -> Job {
        let mut unit = self.store.begin(scope).await.expect("a transaction");
        let id = JobId::from_uuid(self.ids.new_uuid());
        let job = unit.queue().enqueue(scope, id, job).await.expect("a job");
        unit.commit().await.expect("it lasts");
        job
    }

    pub(crate) async fn find(&self, scope: &TenantScope, id: JobId) -> Job {
        let mut unit = self.store.read(scope).await.expect("a transaction");
        let found = unit.jobs().find(scope, id).await.expect("an answer");
        found.expect("it is there")
    }

    pub(crate) async fn claim(&self, limit: usize, now: DateTime<Utc>) -> Vec<ClaimedJob> {
        self.claim_kind(&KIND, limit, now).await
    }

    pub(crate) async fn claim_kind(
        &self,
        kind: &JobKind,
        limit: usize,
        now: DateTime<Utc>,
    ) -> Vec<ClaimedJob> {
        let request = ClaimRequest {
            kinds: vec![kind.clone()],
            limit,
            lease: LEASE,
            worker: "test".to_owned(),
        };
        let platform = platform();
        let begun = self.store.begin_platform(&platform).await;
        let mut unit = begun.expect("a transaction");
        let claimed = unit.dispatch().claim(&platform, &request, now).await;
        let claimed = claimed.expect("an answer");
        unit.commit().await.expect("it lasts");
        claimed
    }

    /// What the tenant's audit log says, oldest first.
    pub(crate) async fn actions(&self, scope: &TenantScope) -> Vec<String> {
        let mut unit = self.store.read(scope).await.expect("a transaction");
        let filter = EventFilter::default();
        let page = unit
            .audit()
            .list(scope, &filter, PageRequest::first(10_000));
        let events = page.await.expect("an answer").items;
        events.into_iter().rev().map(|event| event.action).collect()
    }

    pub(crate) async fn count(&self, scope: &TenantScope, filter: &JobFilter) -> usize {
        let mut unit = self.store.read(scope).await.expect("a transaction");
        let all = PageRequest::first(10_000);
        let page = unit.jobs().list(scope, filter, &all).await;
        page.expect("an answer").items.len()
    }

    /// Waits until the job has ended.
    pub(crate) async fn ended(&self, scope: &TenantScope, id: JobId) -> Job {
        self.seen(scope, id, |job| job.state.is_final()).await
    }

    /// Waits until the job is as wanted.
    pub(crate) async fn seen(
        &self,
        scope: &TenantScope,
        id: JobId,
        wanted: impl Fn(&Job) -> bool,
    ) -> Job {
        let principal = Principal::of_scope(scope.clone());
        let jobs = self.jobs();
        let changes = jobs.watch(&principal, id).await.expect("it is there");
        let mut changes = std::pin::pin!(changes);
        while let Some(job) = changes.next().await {
            let job = job.expect("an answer");
            if wanted(&job) {
                return job;
            }
        }
        panic!("the job ended otherwise");
    }
}

/// Somebody of tenant number `tenant`, in a request.
pub(crate) fn scope(tenant: u128) -> TenantScope {
    TenantScope::acting(
        TenantId::from_uuid(Uuid::from_u128(1_000 + tenant)),
        "anna@example.org".parse().expect("a name"),
        ActorKind::User,
        Some(RequestId::from_uuid(Uuid::from_u128(77))),
    )
}

pub(crate) fn principal(tenant: u128) -> Principal {
    Principal::of_scope(scope(tenant))
}

pub(crate) fn platform() -> PlatformScope {
    PlatformScope::acting("test".parse().expect("a name"), ActorKind::System, None)
}

pub(crate) fn work() -> NewJob {
    NewJob::new(KIND, json!({ "n": 1 }))
}

/// No waiting worth mentioning between attempts.
pub(crate) fn quick() -> Backoff {
    Backoff {
        first: Duration::from_millis(1),
        longest: Duration::from_millis(1),
    }
}

pub(crate) fn settings() -> WorkerSettings {
    WorkerSettings {
        lease: LEASE,
        grace: Duration::from_mins(1),
        shortest_pause: Duration::from_millis(5),
        longest_pause: Duration::from_millis(50),
        backoff: quick(),
        ..WorkerSettings::default()
    }
}
