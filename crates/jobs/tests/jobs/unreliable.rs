//! A store that fails at every so many transactions, before or after they were committed, or is away altogether.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use async_trait::async_trait;
use installhub_audit_chain::AuditLog;
use installhub_jobs::{
    JobDispatch, JobFence, JobPlatformUnit, JobQueue, JobRepository, JobStore, JobUnit,
    ScheduleRepository,
};
use installhub_kernel::{PlatformScope, StoreError, TenantScope};

pub(crate) struct Unreliable {
    inner: Arc<dyn JobStore>,
    weather: Arc<Weather>,
}

#[derive(Default)]
pub(crate) struct Weather {
    away: AtomicBool,
    /// Every so many steps one fails; 0 is never.
    every: u64,
    steps: AtomicU64,
}

impl Weather {
    pub(crate) fn set_away(&self, away: bool) {
        self.away.store(away, Ordering::SeqCst);
    }

    fn step(&self) -> Result<(), StoreError> {
        let step = self.steps.fetch_add(1, Ordering::SeqCst) + 1;
        let fails = self.every != 0 && step.is_multiple_of(self.every);
        if fails || self.away.load(Ordering::SeqCst) {
            return Err(StoreError::Unavailable {
                attempted: "the store is away".to_owned(),
                source: "a test wants it so".into(),
            });
        }
        Ok(())
    }
}

impl Unreliable {
    pub(crate) fn new(inner: Arc<dyn JobStore>, every: u64) -> (Arc<Self>, Arc<Weather>) {
        let weather = Arc::new(Weather {
            every,
            ..Weather::default()
        });
        let store = Self {
            inner,
            weather: Arc::clone(&weather),
        };
        (Arc::new(store), weather)
    }

    fn around<U>(&self, inner: U) -> Shaky<U> {
        Shaky {
            inner,
            weather: Arc::clone(&self.weather),
        }
    }
}

#[async_trait]
impl JobStore for Unreliable {
    async fn begin(&self, scope: &TenantScope) -> Result<Box<dyn JobUnit>, StoreError> {
        self.weather.step()?;
        Ok(Box::new(self.around(self.inner.begin(scope).await?)))
    }

    async fn read(&self, scope: &TenantScope) -> Result<Box<dyn JobUnit>, StoreError> {
        self.weather.step()?;
        self.inner.read(scope).await
    }

    async fn begin_platform(
        &self,
        scope: &PlatformScope,
    ) -> Result<Box<dyn JobPlatformUnit>, StoreError> {
        self.weather.step()?;
        let inner = self.inner.begin_platform(scope).await?;
        Ok(Box::new(self.around(inner)))
    }

    async fn read_platform(
        &self,
        scope: &PlatformScope,
    ) -> Result<Box<dyn JobPlatformUnit>, StoreError> {
        self.weather.step()?;
        self.inner.read_platform(scope).await
    }
}

struct Shaky<U> {
    inner: U,
    weather: Arc<Weather>,
}

#[async_trait]
impl JobUnit for Shaky<Box<dyn JobUnit>> {
    fn queue(&mut self) -> &mut dyn JobQueue {
        self.inner.queue()
    }

    fn jobs(&mut self) -> &mut dyn JobRepository {
        self.inner.jobs()
    }

    fn fence(&mut self) -> &mut dyn JobFence {
        self.inner.fence()
    }

    fn schedules(&mut self) -> &mut dyn ScheduleRepository {
        self.inner.schedules()
    }

    fn audit(&mut self) -> &mut dyn AuditLog {
        self.inner.audit()
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        self.weather.step()?;
        self.inner.commit().await?;
        // It lasts, and whoever asked does not hear of it.
        self.weather.step()
    }
}

#[async_trait]
impl JobPlatformUnit for Shaky<Box<dyn JobPlatformUnit>> {
    fn dispatch(&mut self) -> &mut dyn JobDispatch {
        self.inner.dispatch()
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        self.weather.step()?;
        self.inner.commit().await?;
        self.weather.step()
    }
}
