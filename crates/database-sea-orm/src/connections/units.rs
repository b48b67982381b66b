//! The store as connections see it.

use async_trait::async_trait;
use installhub_audit_chain::AuditLog;
use installhub_connections::ports::{ConnectionRepository, ConnectionStore, ConnectionUnit};
use installhub_kernel::{StoreError, TenantScope};

use super::{READ, WRITE};
use crate::failure::store_error;
use crate::store::Store;
use crate::unit::Unit;

#[async_trait]
impl ConnectionStore for Store {
    async fn begin(&self, scope: &TenantScope) -> Result<Box<dyn ConnectionUnit>, StoreError> {
        match self.begin_unit(scope).await {
            Ok(unit) => Ok(Box::new(unit)),
            Err(failure) => Err(store_error(WRITE, failure)),
        }
    }

    async fn read(&self, scope: &TenantScope) -> Result<Box<dyn ConnectionUnit>, StoreError> {
        match self.read_unit(scope).await {
            Ok(unit) => Ok(Box::new(unit)),
            Err(failure) => Err(store_error(READ, failure)),
        }
    }
}

#[async_trait]
impl ConnectionUnit for Unit {
    fn connections(&mut self) -> &mut dyn ConnectionRepository {
        self
    }

    fn audit(&mut self) -> &mut dyn AuditLog {
        self
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        self.finish().await
    }
}
