//! Deleting, restoring and purging.

mod entities;
mod everything;
mod lists;
mod purges;
mod tables;

use async_trait::async_trait;
use installhub_audit_chain::AuditLog;
use installhub_deletion::ports::{DeletionStore, DeletionUnit, EntityRepository, PurgeRepository};
use installhub_kernel::{PlatformScope, StoreError, TenantId, TenantScope};
use sea_orm::{ConnectionTrait as _, DbBackend};

use crate::failure::{Failure, store_error};
use crate::scoped::{Access, Realm, announce};
use crate::store::Store;
use crate::unit::Unit;

const READ: &str = "cannot read what is deleted";
const WRITE: &str = "cannot delete, restore or purge";

#[async_trait]
impl DeletionStore for Store {
    async fn begin(&self, scope: &TenantScope) -> Result<Box<dyn DeletionUnit>, StoreError> {
        match self.begin_unit(scope).await {
            Ok(unit) => Ok(Box::new(unit)),
            Err(failure) => Err(store_error(WRITE, failure)),
        }
    }

    async fn read(&self, scope: &TenantScope) -> Result<Box<dyn DeletionUnit>, StoreError> {
        match self.read_unit(scope).await {
            Ok(unit) => Ok(Box::new(unit)),
            Err(failure) => Err(store_error(READ, failure)),
        }
    }

    async fn begin_platform(
        &self,
        platform: &PlatformScope,
        tenant: TenantId,
    ) -> Result<Box<dyn DeletionUnit>, StoreError> {
        let scope = platform.of_tenant(tenant);
        match self.begin_across(&scope).await {
            Ok(unit) => Ok(Box::new(unit)),
            Err(failure) => Err(store_error(WRITE, failure)),
        }
    }
}

impl Store {
    /// A transaction about one tenant and about what the platform shares.
    async fn begin_across(&self, scope: &TenantScope) -> Result<Unit, Failure> {
        let unit = self.begin_unit(scope).await?;
        if unit.transaction.get_database_backend() == DbBackend::Postgres {
            announce(&unit.transaction, Realm::Platform, Access::Write).await?;
        }
        Ok(unit)
    }
}

#[async_trait]
impl DeletionUnit for Unit {
    fn entities(&mut self) -> &mut dyn EntityRepository {
        self
    }

    fn purges(&mut self) -> &mut dyn PurgeRepository {
        self
    }

    fn audit(&mut self) -> &mut dyn AuditLog {
        self
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        self.finish().await
    }
}
