//! The catalogue: artifacts with their versions, packages, uploads.

mod artifacts;
pub(crate) mod histories;
mod package_rows;
mod packages;
mod position;
mod uploads;

use async_trait::async_trait;
use installhub_audit_chain::AuditLog;
use installhub_catalog::ports::{
    ArtifactRepository, CatalogStore, CatalogUnit, PackageRepository, UploadRepository,
};
use installhub_jobs::{JobQueue, JobRepository};
use installhub_kernel::{StoreError, TenantScope};

use crate::failure::{Failure, store_error};
use crate::store::Store;
use crate::unit::Unit;

pub(crate) const READ: &str = "cannot read the catalogue";
pub(crate) const WRITE: &str = "cannot write to the catalogue";

#[async_trait]
impl CatalogStore for Store {
    async fn begin(&self, scope: &TenantScope) -> Result<Box<dyn CatalogUnit>, StoreError> {
        unit(self.begin_unit(scope).await, WRITE)
    }

    async fn begin_alone(&self, scope: &TenantScope) -> Result<Box<dyn CatalogUnit>, StoreError> {
        unit(Store::begin_alone(self, scope).await, WRITE)
    }

    async fn read(&self, scope: &TenantScope) -> Result<Box<dyn CatalogUnit>, StoreError> {
        unit(self.read_unit(scope).await, READ)
    }
}

fn unit(begun: Result<Unit, Failure>, attempted: &str) -> Result<Box<dyn CatalogUnit>, StoreError> {
    match begun {
        Ok(unit) => Ok(Box::new(unit)),
        Err(failure) => Err(store_error(attempted, failure)),
    }
}

#[async_trait]
impl CatalogUnit for Unit {
    fn artifacts(&mut self) -> &mut dyn ArtifactRepository {
        self
    }

    fn packages(&mut self) -> &mut dyn PackageRepository {
        self
    }

    fn uploads(&mut self) -> &mut dyn UploadRepository {
        self
    }

    fn queue(&mut self) -> &mut dyn JobQueue {
        self
    }

    fn jobs(&mut self) -> &mut dyn JobRepository {
        self
    }

    fn audit(&mut self) -> &mut dyn AuditLog {
        self
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        self.finish().await
    }
}
