//! What auditing needs from the store.

use async_trait::async_trait;
use installhub_audit_chain::AuditLog;
use installhub_kernel::{PlatformScope, StoreError, TenantId, TenantScope};

/// Where chains are kept.
#[async_trait]
pub trait AuditStore: Send + Sync {
    /// A transaction that may write.
    async fn begin(&self, scope: &TenantScope) -> Result<Box<dyn AuditUnit>, StoreError>;

    /// One moment's state; nothing that is written lasts.
    async fn read(&self, scope: &TenantScope) -> Result<Box<dyn AuditUnit>, StoreError>;

    /// One moment's state of all tenants.
    async fn read_platform(
        &self,
        platform: &PlatformScope,
    ) -> Result<Box<dyn AuditPlatformUnit>, StoreError>;
}

/// A transaction over one tenant's chain.
#[async_trait]
pub trait AuditUnit: Send {
    /// The chain.
    fn audit(&mut self) -> &mut dyn AuditLog;

    /// What was written lasts from now on.
    async fn commit(self: Box<Self>) -> Result<(), StoreError>;
}

/// A look across the chains of all tenants.
#[async_trait]
pub trait AuditPlatformUnit: Send {
    /// At most `limit` tenants, in the order of their ids and behind `after`, whose chains have grown since their last
    /// checkpoint.
    async fn grown_chains(
        &mut self,
        platform: &PlatformScope,
        after: Option<TenantId>,
        limit: u32,
    ) -> Result<Vec<TenantId>, StoreError>;
}
