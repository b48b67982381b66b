//! Deleting, restoring, and what is deleted.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use installhub_access::Principal;
use installhub_audit_chain::NewEvent;
use installhub_kernel::{Clock, IdGenerator, Page, PageRequest, StoreError, TenantId, UserId};
use serde_json::{Value, json};

use crate::kind::Deed;
use crate::place::{Place, not_found};
use crate::ports::{Accounts, BytesRemover, DeletionStore, DeletionUnit};
use crate::{Deleted, DeletionError, Entity, EntityKind, PurgeRequest, PurgeState};

/// Deleting, restoring and purging, the same way for every kind of thing.
#[derive(Clone)]
pub struct Deletion {
    /// Where everything is kept.
    pub store: Arc<dyn DeletionStore>,
    /// Where users are deleted.
    pub accounts: Arc<dyn Accounts>,
    /// What removes bytes.
    pub bytes: Arc<dyn BytesRemover>,
    /// When something is deleted.
    pub clock: Arc<dyn Clock>,
    /// Gives purge requests their ids.
    pub ids: Arc<dyn IdGenerator>,
}

impl Deletion {
    /// Deletes something: from now on it is nowhere to be seen, its name is free, and it can be restored.
    ///
    /// With `expected`, only if it still has this revision.
    pub async fn delete(
        &self,
        principal: &Principal,
        kind: EntityKind,
        id: &str,
        expected: Option<u64>,
    ) -> Result<(), DeletionError> {
        if kind == EntityKind::User {
            principal.demand(kind.permission())?;
            let user: UserId = id.parse().map_err(|_| not_found(kind, id))?;
            return Ok(self.accounts.delete_user(principal, user, expected).await?);
        }
        let place = Place::to_delete(principal, kind, id)?;
        let mut unit = place.begin(self.store.as_ref()).await?;
        let entity = found(unit.as_mut(), &place, kind, id).await?;
        if entity.deleted.is_some() {
            return Err(not_found(kind, id));
        }
        demand_revision(expected, entity.revision)?;
        let now = self.clock.now();
        unit.entities()
            .hide(&place.data, kind, &entity.id, now)
            .await?;
        let event = event(kind, Deed::Deleted, &entity, json!({"name": entity.name}));
        unit.audit().append(&place.home, event).await?;
        Ok(unit.commit().await?)
    }

    /// Takes a deletion back. An open request to purge it is rejected by that.
    ///
    /// A conflict when something else has its name by now: rename or delete that first.
    pub async fn restore(
        &self,
        principal: &Principal,
        kind: EntityKind,
        id: &str,
    ) -> Result<(), DeletionError> {
        let place = Place::to_delete(principal, kind, id)?;
        let mut unit = place.begin(self.store.as_ref()).await?;
        let entity = found(unit.as_mut(), &place, kind, id).await?;
        if entity.deleted.is_none() {
            return Err(not_deleted(kind, &entity));
        }
        principal.demand_cover(&entity.roles)?;
        unit.entities()
            .show(&place.data, kind, &entity.id)
            .await
            .map_err(|error| name_taken(kind, &entity, error))?;
        let open = unit
            .purges()
            .open_about(&place.home, kind, &entity.id)
            .await?;
        if let Some(open) = open {
            let rejected = decided(open, PurgeState::Rejected, principal, self.clock.now());
            unit.purges().save(&place.home, &rejected).await?;
        }
        let event = event(kind, Deed::Restored, &entity, json!({"name": entity.name}));
        unit.audit().append(&place.home, event).await?;
        Ok(unit.commit().await?)
    }

    /// What of a kind is deleted and can be restored, last deleted first.
    pub async fn deleted(
        &self,
        principal: &Principal,
        kind: EntityKind,
        page: PageRequest,
    ) -> Result<Page<Deleted>, DeletionError> {
        if kind == EntityKind::Tenant {
            let platform = principal.platform_for(kind.permission())?;
            let begun = self.store.begin_platform(&platform, TenantId::PLATFORM);
            let mut unit = begun.await?;
            return Ok(unit.entities().deleted_tenants(&platform, page).await?);
        }
        let place = Place::to_delete(principal, kind, "")?;
        let mut unit = self.store.read(&place.data).await?;
        let listed = unit
            .entities()
            .deleted(&place.data, kind, place.only_of, page);
        Ok(listed.await?)
    }
}

/// The entity, unless somebody else's token is hidden from who asks.
pub(crate) async fn found(
    unit: &mut dyn DeletionUnit,
    place: &Place,
    kind: EntityKind,
    id: &str,
) -> Result<Entity, DeletionError> {
    let entity = unit.entities().find(&place.data, kind, id).await?;
    entity
        .filter(|it| place.only_of.is_none() || it.owner == place.only_of)
        .ok_or_else(|| not_found(kind, id))
}

pub(crate) fn not_deleted(kind: EntityKind, entity: &Entity) -> DeletionError {
    DeletionError::Conflict(format!("{kind} {} is not deleted", entity.id))
}

fn name_taken(kind: EntityKind, entity: &Entity, error: StoreError) -> DeletionError {
    match error {
        StoreError::Conflict(_) => DeletionError::Conflict(format!(
            "{kind} {} cannot be restored: something else is called '{}' by now",
            entity.id, entity.name
        )),
        other => DeletionError::Store(other),
    }
}

fn demand_revision(expected: Option<u64>, found: u64) -> Result<(), DeletionError> {
    match expected {
        Some(expected) if expected != found => Err(DeletionError::Stale { expected, found }),
        _ => Ok(()),
    }
}

pub(crate) fn event(kind: EntityKind, deed: Deed, entity: &Entity, details: Value) -> NewEvent {
    NewEvent::success(kind.action(deed), kind.as_str(), &entity.id).with(details)
}

/// The request once `principal` has decided it.
pub(crate) fn decided(
    request: PurgeRequest,
    state: PurgeState,
    principal: &Principal,
    at: DateTime<Utc>,
) -> PurgeRequest {
    PurgeRequest {
        state,
        decided_at: Some(at),
        decided_by: Some(crate::purge::acting(principal)),
        ..request
    }
}
