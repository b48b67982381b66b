//! What deletion needs from outside.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use installhub_access::{Access, AccessError, Principal};
use installhub_audit_chain::AuditLog;
use installhub_checksum::Digest;
use installhub_kernel::{
    Page, PageRequest, PlatformScope, StoreError, TenantId, TenantScope, UserId,
};

use crate::{Deleted, Entity, EntityKind, PurgeRequest, PurgeRequestId, PurgeState};

/// Begins units of work.
#[async_trait]
pub trait DeletionStore: Send + Sync {
    /// A unit that may write for the scope's tenant.
    async fn begin(&self, scope: &TenantScope) -> Result<Box<dyn DeletionUnit>, StoreError>;

    /// One moment's state of the scope's tenant; nothing written lasts.
    async fn read(&self, scope: &TenantScope) -> Result<Box<dyn DeletionUnit>, StoreError>;

    /// A unit that may write what is `tenant`'s and what the platform shares.
    async fn begin_platform(
        &self,
        platform: &PlatformScope,
        tenant: TenantId,
    ) -> Result<Box<dyn DeletionUnit>, StoreError>;
}

/// One transaction.
#[async_trait]
pub trait DeletionUnit: Send {
    /// What can be deleted.
    fn entities(&mut self) -> &mut dyn EntityRepository;
    /// What is to be purged, and what purges left behind.
    fn purges(&mut self) -> &mut dyn PurgeRepository;
    /// The audit log. The last to write to before committing.
    fn audit(&mut self) -> &mut dyn AuditLog;
    /// What was written lasts from now on.
    async fn commit(self: Box<Self>) -> Result<(), StoreError>;
}

/// Everything that can be deleted, deleted or not. A tenant is its own entity: its scope finds it by its own id.
#[async_trait]
pub trait EntityRepository: Send {
    /// The entity; nobody else changes it until a writing unit ends. An id that is none of its kind finds nothing.
    async fn find(
        &mut self,
        scope: &TenantScope,
        kind: EntityKind,
        id: &str,
    ) -> Result<Option<Entity>, StoreError>;

    /// Hides an entity that has been found in this unit, and raises its revision.
    async fn hide(
        &mut self,
        scope: &TenantScope,
        kind: EntityKind,
        id: &str,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError>;

    /// Shows it again, and raises its revision. A name that is taken meanwhile is a conflict.
    async fn show(
        &mut self,
        scope: &TenantScope,
        kind: EntityKind,
        id: &str,
    ) -> Result<(), StoreError>;

    /// Removes it, with what belongs to it. Returns the digests of bytes that nothing of the tenant refers to any more.
    async fn purge(
        &mut self,
        scope: &TenantScope,
        kind: EntityKind,
        id: &str,
    ) -> Result<Vec<Digest>, StoreError>;

    /// Whether something of the tenant refers to bytes, be it deleted or not.
    async fn refers_to(&mut self, scope: &TenantScope, digest: Digest) -> Result<bool, StoreError>;

    /// What is deleted, last deleted first; of tokens those of `owner` only, if given.
    async fn deleted(
        &mut self,
        scope: &TenantScope,
        kind: EntityKind,
        owner: Option<UserId>,
        page: PageRequest,
    ) -> Result<Page<Deleted>, StoreError>;

    /// Tenants that are deleted, last deleted first.
    async fn deleted_tenants(
        &mut self,
        platform: &PlatformScope,
        page: PageRequest,
    ) -> Result<Page<Deleted>, StoreError>;
}

/// Bytes of something purged that are still there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leftover {
    /// One bundle.
    Bundle(Digest),
    /// Everything of a tenant.
    Everything,
}

/// Purge requests and leftovers.
#[async_trait]
pub trait PurgeRepository: Send {
    /// Adds a request. A second open one about the same object is a conflict.
    async fn add(&mut self, scope: &TenantScope, request: &PurgeRequest) -> Result<(), StoreError>;

    /// A request; nobody else changes it until a writing unit ends.
    async fn find(
        &mut self,
        scope: &TenantScope,
        id: PurgeRequestId,
    ) -> Result<Option<PurgeRequest>, StoreError>;

    /// The open request about an object.
    async fn open_about(
        &mut self,
        scope: &TenantScope,
        kind: EntityKind,
        id: &str,
    ) -> Result<Option<PurgeRequest>, StoreError>;

    /// Replaces the decision.
    async fn save(&mut self, scope: &TenantScope, request: &PurgeRequest)
    -> Result<(), StoreError>;

    /// Requests, newest first.
    async fn list(
        &mut self,
        scope: &TenantScope,
        state: Option<PurgeState>,
        page: PageRequest,
    ) -> Result<Page<PurgeRequest>, StoreError>;

    /// Notes what is still to be removed. Noting it twice is the same as once.
    async fn leave(
        &mut self,
        scope: &TenantScope,
        leftover: Leftover,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError>;

    /// At most `limit` leftovers of the tenant, oldest first.
    async fn leftovers(
        &mut self,
        scope: &TenantScope,
        limit: u32,
    ) -> Result<Vec<Leftover>, StoreError>;

    /// It is gone.
    async fn forget(&mut self, scope: &TenantScope, leftover: Leftover) -> Result<(), StoreError>;

    /// Tenants with leftovers behind `after`, by id, at most `limit`.
    async fn tenants_with_leftovers(
        &mut self,
        platform: &PlatformScope,
        after: Option<TenantId>,
        limit: u32,
    ) -> Result<Vec<TenantId>, StoreError>;
}

/// Removes bytes.
#[async_trait]
pub trait BytesRemover: Send + Sync {
    /// Removes a bundle of the tenant. One that is not there is no error.
    async fn remove(&self, scope: &TenantScope, digest: Digest) -> Result<(), StoreError>;

    /// Removes all bytes that are the tenant's.
    async fn remove_all(&self, scope: &TenantScope) -> Result<(), StoreError>;
}

/// Deletes users: that ends sessions and may leave a tenant without anybody to administer it, which access looks after.
#[async_trait]
pub trait Accounts: Send + Sync {
    /// Deletes a user restorably and writes the audit event, unless nobody would be left to administer.
    async fn delete_user(
        &self,
        principal: &Principal,
        id: UserId,
        expected: Option<u64>,
    ) -> Result<(), AccessError>;
}

#[async_trait]
impl Accounts for Access {
    async fn delete_user(
        &self,
        principal: &Principal,
        id: UserId,
        expected: Option<u64>,
    ) -> Result<(), AccessError> {
        Self::delete_user(self, principal, id, expected).await
    }
}
