//! Where chains are kept.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use installhub_kernel::{Page, PageRequest, StoreError, TenantScope};
use uuid::Uuid;

use crate::{AuditEvent, ChainHead, Checkpoint, EventOutcome, NewEvent, ObjectRef};

/// Which events are wanted; what is `None` does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// By this actor.
    pub actor: Option<String>,
    /// Whose action begins so: `artifact.` finds `artifact.created`.
    pub action: Option<String>,
    /// About this object.
    pub object: Option<ObjectRef>,
    /// Not before.
    pub from: Option<DateTime<Utc>>,
    /// Before.
    pub to: Option<DateTime<Utc>>,
    /// With this outcome.
    pub outcome: Option<EventOutcome>,
}

/// What stands at a place of a chain and was never written so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("event {sequence} cannot be read: {message}")]
pub struct UnreadableEvent {
    /// At this place.
    pub sequence: u64,
    /// With this id, if that can be read.
    pub id: Option<Uuid>,
    /// What was found.
    pub message: String,
}

/// The chains of tenants, as one transaction sees them.
#[async_trait]
pub trait AuditLog: Send {
    /// Writes the next event of the tenant's chain, with the actor and request of `scope`.
    ///
    /// The chain's head is locked until the transaction ends, so this is the last thing a use case does before it commits.
    /// Events that concern the platform as a whole belong to [`TenantId::PLATFORM`](installhub_kernel::TenantId::PLATFORM).
    async fn append(&mut self, scope: &TenantScope, event: NewEvent) -> Result<(), StoreError>;

    /// The tenant's events, newest first.
    async fn list(
        &mut self,
        scope: &TenantScope,
        filter: &EventFilter,
        page: PageRequest,
    ) -> Result<Page<AuditEvent>, StoreError>;

    /// At most `limit` events behind `sequence`, oldest first, as they are stored: for verification and export.
    async fn after(
        &mut self,
        scope: &TenantScope,
        sequence: u64,
        limit: u32,
    ) -> Result<Vec<Result<AuditEvent, UnreadableEvent>>, StoreError>;

    /// Where the chain ends, as kept beside the events; `None` while there are none.
    async fn head(&mut self, scope: &TenantScope) -> Result<Option<ChainHead>, StoreError>;

    /// Keeps a checkpoint of the tenant's chain. One for the same sequence is a conflict.
    async fn add_checkpoint(
        &mut self,
        scope: &TenantScope,
        checkpoint: &Checkpoint,
    ) -> Result<(), StoreError>;

    /// The checkpoint that reaches farthest.
    async fn last_checkpoint(
        &mut self,
        scope: &TenantScope,
    ) -> Result<Option<Checkpoint>, StoreError>;

    /// At most `limit` checkpoints of events behind `sequence`, in the order of the chain.
    async fn checkpoints_after(
        &mut self,
        scope: &TenantScope,
        sequence: u64,
        limit: u32,
    ) -> Result<Vec<Checkpoint>, StoreError>;
}
