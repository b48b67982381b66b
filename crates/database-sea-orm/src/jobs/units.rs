//! The store as jobs see it.

use async_trait::async_trait;
use installhub_audit_chain::AuditLog;
use installhub_jobs::{
    JobDispatch, JobFence, JobPlatformUnit, JobQueue, JobRepository, JobStore, JobUnit,
    ScheduleRepository,
};
use installhub_kernel::{PlatformScope, StoreError, TenantScope};

use super::{READ, WRITE};
use crate::failure::store_error;
use crate::store::Store;
use crate::unit::Unit;

#[async_trait]
impl JobStore for Store {
    async fn begin(&self, scope: &TenantScope) -> Result<Box<dyn JobUnit>, StoreError> {
        match self.begin_unit(scope).await {
            Ok(unit) => Ok(Box::new(unit)),
            Err(failure) => Err(store_error(WRITE, failure)),
        }
    }

    async fn read(&self, scope: &TenantScope) -> Result<Box<dyn JobUnit>, StoreError> {
        match self.read_unit(scope).await {
            Ok(unit) => Ok(Box::new(unit)),
            Err(failure) => Err(store_error(READ, failure)),
        }
    }

    async fn begin_platform(
        &self,
        scope: &PlatformScope,
    ) -> Result<Box<dyn JobPlatformUnit>, StoreError> {
        match self.begin_platform_unit(scope).await {
            Ok(unit) => Ok(Box::new(unit)),
            Err(failure) => Err(store_error(WRITE, failure)),
        }
    }

    async fn read_platform(
        &self,
        scope: &PlatformScope,
    ) -> Result<Box<dyn JobPlatformUnit>, StoreError> {
        match self.read_platform_unit(scope).await {
            Ok(unit) => Ok(Box::new(unit)),
            Err(failure) => Err(store_error(READ, failure)),
        }
    }
}

#[async_trait]
impl JobUnit for Unit {
    fn queue(&mut self) -> &mut dyn JobQueue {
        self
    }

    fn jobs(&mut self) -> &mut dyn JobRepository {
        self
    }

    fn fence(&mut self) -> &mut dyn JobFence {
        self
    }

    fn schedules(&mut self) -> &mut dyn ScheduleRepository {
        self
    }

    fn audit(&mut self) -> &mut dyn AuditLog {
        self
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        self.finish().await
    }
}

#[async_trait]
impl JobPlatformUnit for Unit {
    fn dispatch(&mut self) -> &mut dyn JobDispatch {
        self
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        self.finish().await
    }
}
