//! Where tenants are kept.

use async_trait::async_trait;
use installhub_kernel::{Page, PageRequest, PlatformScope, StoreError, TenantScope};

use crate::Tenant;

/// The tenants that are not deleted. A tenant's own scope sees the own record only.
#[async_trait]
pub trait TenantRepository: Send {
    /// Adds the record of the scope's tenant. A taken slug is a conflict.
    async fn add(&mut self, scope: &TenantScope, tenant: &Tenant) -> Result<(), StoreError>;

    /// The record of the scope's tenant.
    async fn find(&mut self, scope: &TenantScope) -> Result<Option<Tenant>, StoreError>;

    /// The same, and nobody else gets it by this method until the unit ends. Whoever changes who administers a tenant takes
    /// its record so, first of all.
    async fn take(&mut self, scope: &TenantScope) -> Result<Option<Tenant>, StoreError>;

    /// Replaces the record. A taken slug is a conflict.
    async fn save(&mut self, scope: &TenantScope, tenant: &Tenant) -> Result<(), StoreError>;

    /// All tenants, newest first.
    async fn list(
        &mut self,
        scope: &PlatformScope,
        page: PageRequest,
    ) -> Result<Page<Tenant>, StoreError>;
}
