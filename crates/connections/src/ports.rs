//! What connections need from outside: a place to be kept.

use async_trait::async_trait;
use installhub_audit_chain::AuditLog;
use installhub_kernel::{ConnectionId, StoreError, TenantScope};

use crate::{Connection, ConnectionKind, ConnectionName, ConnectionPlace, SealedSecret};

/// A connection with its sealed secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionRecord {
    /// What may be seen of it.
    pub connection: Connection,
    /// Its secret.
    pub sealed: Option<SealedSecret>,
}

/// Which connections are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ConnectionFilter {
    /// Those of one kind.
    pub kind: Option<ConnectionKind>,
}

/// The connections of tenants, inside a unit of work. Those that are deleted are seen by [`sealed_otherwise`] alone.
///
/// [`sealed_otherwise`]: Self::sealed_otherwise
#[async_trait]
pub trait ConnectionRepository: Send {
    /// Adds a connection. A name that is taken is a [`StoreError::Conflict`].
    async fn add(
        &mut self,
        scope: &TenantScope,
        record: &ConnectionRecord,
    ) -> Result<(), StoreError>;

    /// A connection of the tenant.
    async fn find(
        &mut self,
        scope: &TenantScope,
        id: ConnectionId,
    ) -> Result<Option<ConnectionRecord>, StoreError>;

    /// The connection of that name, compared without regard to upper and lower case.
    async fn find_named(
        &mut self,
        scope: &TenantScope,
        name: &ConnectionName,
    ) -> Result<Option<ConnectionId>, StoreError>;

    /// Connections behind `place`, newest first, at most `limit`.
    async fn list(
        &mut self,
        scope: &TenantScope,
        filter: &ConnectionFilter,
        place: Option<&ConnectionPlace>,
        limit: u32,
    ) -> Result<Vec<Connection>, StoreError>;

    /// Writes name, settings, secret and time of change over those of `revision`, and counts the revision up. `false` when it
    /// has another revision by now or is gone.
    async fn change(
        &mut self,
        scope: &TenantScope,
        revision: u64,
        record: &ConnectionRecord,
    ) -> Result<bool, StoreError>;

    /// Secrets that are sealed with another key than `current`, in the order of their ids, at most `limit`, beginning after
    /// `after`; those of deleted connections too, since they can be restored.
    async fn sealed_otherwise(
        &mut self,
        scope: &TenantScope,
        current: &str,
        after: Option<ConnectionId>,
        limit: u32,
    ) -> Result<Vec<(ConnectionId, SealedSecret)>, StoreError>;

    /// Puts `new` in the place of `old`. The revision stays: nobody sees a difference. `false` when it is `old` no more.
    async fn reseal(
        &mut self,
        scope: &TenantScope,
        id: ConnectionId,
        old: &SealedSecret,
        new: &SealedSecret,
    ) -> Result<bool, StoreError>;
}

/// Begins units of work.
#[async_trait]
pub trait ConnectionStore: Send + Sync {
    /// One that may write.
    async fn begin(&self, scope: &TenantScope) -> Result<Box<dyn ConnectionUnit>, StoreError>;

    /// One of which nothing lasts.
    async fn read(&self, scope: &TenantScope) -> Result<Box<dyn ConnectionUnit>, StoreError>;
}

/// A unit of work: all of it lasts, or, when it is dropped, nothing.
#[async_trait]
pub trait ConnectionUnit: Send {
    /// The connections.
    fn connections(&mut self) -> &mut dyn ConnectionRepository;

    /// The audit log; call it last.
    fn audit(&mut self) -> &mut dyn AuditLog;

    /// Makes all of it last.
    async fn commit(self: Box<Self>) -> Result<(), StoreError>;
}
