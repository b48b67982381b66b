//! Taking jobs and seeing them through.

mod attend;
mod caretaker;
mod settings;
mod settle;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use installhub_kernel::{Actor, ActorKind, IdGenerator, PlatformScope, StoreError};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

pub use caretaker::Caretaker;
pub use settings::WorkerSettings;

use crate::bell::JobBell;
use crate::handler::JobHandler;
use crate::kind::JobKind;
use crate::lease::ClaimedJob;
use crate::ports::{ClaimRequest, JobStore};

/// Takes jobs and sees them through; also takes jobs back from workers that are gone, and begins what schedules say. Any
/// number of them, in any number of processes, share the work.
pub struct Worker {
    core: Core,
}

/// What the tasks of a worker share.
pub(crate) struct Core {
    pub(crate) store: Arc<dyn JobStore>,
    pub(crate) ids: Arc<dyn IdGenerator>,
    pub(crate) bell: JobBell,
    pub(crate) handlers: BTreeMap<JobKind, Arc<dyn JobHandler>>,
    pub(crate) settings: WorkerSettings,
}

impl Worker {
    /// A worker that knows no kind of job yet.
    pub fn new(
        store: Arc<dyn JobStore>,
        ids: Arc<dyn IdGenerator>,
        bell: JobBell,
        settings: WorkerSettings,
    ) -> Self {
        let core = Core {
            store,
            ids,
            bell,
            handlers: BTreeMap::new(),
            settings,
        };
        Self { core }
    }

    /// The same, able to do the jobs of `handler`. Jobs of kinds that it does not know it leaves alone.
    #[must_use]
    pub fn with(mut self, handler: Arc<dyn JobHandler>) -> Self {
        self.core.handlers.insert(handler.kind(), handler);
        self
    }

    /// Works until `shutdown` is ready; then takes nothing new, lets running jobs go on for the time of grace, and hands back
    /// those that have not ended by then. Failures of the store are waited out, however long they last.
    pub async fn run(self, shutdown: impl Future<Output = ()>) {
        let core = Arc::new(self.core);
        let stop = CancellationToken::new();
        let mut at_work = JoinSet::new();
        let mut caretaking = JoinSet::new();
        caretaking.spawn(caretaker::watch_over(Arc::clone(&core)));
        core.take_until(shutdown, &stop, &mut at_work).await;
        caretaking.shutdown().await;
        let all_ended = async { while at_work.join_next().await.is_some() {} };
        if timeout(core.settings.grace, all_ended).await.is_err() {
            stop.cancel();
            while at_work.join_next().await.is_some() {}
        }
    }
}

impl Core {
    async fn take_until(
        self: &Arc<Self>,
        shutdown: impl Future<Output = ()>,
        stop: &CancellationToken,
        at_work: &mut JoinSet<()>,
    ) {
        let mut shutdown = std::pin::pin!(shutdown);
        let mut pause = self.settings.shortest_pause;
        loop {
            if self.take(stop, at_work).await {
                pause = self.settings.shortest_pause;
            }
            let is_free = at_work.len() < self.settings.concurrency;
            tokio::select! {
                biased;
                () = &mut shutdown => return,
                Some(_) = at_work.join_next() => pause = self.settings.shortest_pause,
                () = self.bell.wait_for_work(), if is_free => pause = self.settings.shortest_pause,
                () = sleep(pause), if is_free => pause = (pause * 2).min(self.settings.longest_pause),
            }
        }
    }

    /// Takes as much work as there are free hands; says whether there was any.
    async fn take(self: &Arc<Self>, stop: &CancellationToken, at_work: &mut JoinSet<()>) -> bool {
        let free = self.settings.concurrency.saturating_sub(at_work.len());
        if free == 0 {
            return false;
        }
        // The lease counts from before the question: whatever the answer takes, our own idea of it ends first.
        let asked = Instant::now();
        let claimed = match timeout(self.settings.lease, self.claim(free)).await {
            Ok(Ok(claimed)) => claimed,
            Ok(Err(error)) => {
                log_failure("cannot take jobs", &error);
                return false;
            }
            Err(_) => {
                tracing::warn!("the store did not answer in time when asked for jobs");
                return false;
            }
        };
        let any = !claimed.is_empty();
        for job in claimed {
            at_work.spawn(attend::attend(Arc::clone(self), job, asked, stop.clone()));
        }
        any
    }

    async fn claim(&self, limit: usize) -> Result<Vec<ClaimedJob>, StoreError> {
        let scope = platform_scope();
        let request = ClaimRequest {
            kinds: self.handlers.keys().cloned().collect(),
            limit,
            lease: self.settings.lease,
            worker: self.settings.name.clone(),
        };
        let mut unit = self.store.begin_platform(&scope).await?;
        let now = unit.dispatch().now().await?;
        let claimed = unit.dispatch().claim(&scope, &request, now).await?;
        if !claimed.is_empty() {
            unit.commit().await?;
        }
        Ok(claimed)
    }

    /// A third of the lease.
    pub(crate) fn heartbeat(&self) -> Duration {
        self.settings.lease / 3
    }
}

/// Workers look across tenants to see whose turn it is.
pub(crate) fn platform_scope() -> PlatformScope {
    let actor = Actor::try_from("worker".to_owned()).expect("a name of an actor");
    PlatformScope::acting(actor, ActorKind::System, None)
}

/// Logs a failure with its causes, where it is handled.
pub(crate) fn log_failure(attempted: &str, error: &(dyn std::error::Error + 'static)) {
    let mut causes = Vec::new();
    let mut cause = error.source();
    while let Some(inner) = cause {
        causes.push(inner.to_string());
        cause = inner.source();
    }
    tracing::warn!(%error, ?causes, "{attempted}");
}
