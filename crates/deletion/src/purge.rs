//! Purging: one person asks, another one grants.

use installhub_access::{FieldError, Permission, Principal};
use installhub_kernel::{ActorKind, Page, PageRequest, TenantId};
use serde_json::json;

use crate::deletion::{decided, event, found, not_deleted};
use crate::kind::Deed;
use crate::place::Place;
use crate::ports::{DeletionUnit, Leftover};
use crate::{
    Deletion, DeletionError, EntityKind, Person, PurgeRequest, PurgeRequestId, PurgeState,
};

/// How long a reason is, in characters.
const REASON: std::ops::RangeInclusive<usize> = 10..=500;

impl Deletion {
    /// Asks for something deleted to be removed for good, with all its bytes.
    pub async fn request_purge(
        &self,
        principal: &Principal,
        kind: EntityKind,
        id: &str,
        reason: &str,
    ) -> Result<PurgeRequest, DeletionError> {
        let place = Place::to_purge(principal, kind, id, Permission::PurgeRequest)?;
        let reason = judge_reason(reason)?;
        let requested_by = person(principal)?;
        let mut unit = place.begin(self.store.as_ref()).await?;
        let entity = found(unit.as_mut(), &place, kind, id).await?;
        if entity.deleted.is_none() {
            return Err(not_deleted(kind, &entity));
        }
        principal.demand_cover(&entity.roles)?;
        let open = unit.purges().open_about(&place.home, kind, &entity.id);
        if open.await?.is_some() {
            return Err(DeletionError::Conflict(format!(
                "a purge of {kind} {} is already asked for",
                entity.id
            )));
        }
        let request = PurgeRequest {
            id: PurgeRequestId::from_uuid(self.ids.new_uuid()),
            kind,
            object_id: entity.id.clone(),
            name: entity.name.clone(),
            reason,
            state: PurgeState::Requested,
            requested_at: self.clock.now(),
            requested_by,
            decided_at: None,
            decided_by: None,
        };
        unit.purges().add(&place.home, &request).await?;
        let details = json!({"reason": request.reason, "request": request.id});
        let event = event(kind, Deed::PurgeRequested, &entity, details);
        unit.audit().append(&place.home, event).await?;
        unit.commit().await?;
        Ok(request)
    }

    /// Purge requests, newest first; those about tenants for whoever manages tenants ([`platform_purge_requests`]).
    ///
    /// [`platform_purge_requests`]: Self::platform_purge_requests
    pub async fn purge_requests(
        &self,
        principal: &Principal,
        state: Option<PurgeState>,
        page: PageRequest,
    ) -> Result<Page<PurgeRequest>, DeletionError> {
        let either = [Permission::PurgeRequest, Permission::PurgeExecute];
        let permission = either.into_iter().find(|it| principal.has(*it));
        let scope = principal.scope_for(permission.unwrap_or(Permission::PurgeRequest))?;
        let mut unit = self.store.read(scope).await?;
        Ok(unit.purges().list(scope, state, page).await?)
    }

    /// Requests to purge tenants, newest first.
    pub async fn platform_purge_requests(
        &self,
        principal: &Principal,
        state: Option<PurgeState>,
        page: PageRequest,
    ) -> Result<Page<PurgeRequest>, DeletionError> {
        let platform = principal.platform_for(Permission::PlatformTenantManage)?;
        let scope = platform.of_tenant(TenantId::PLATFORM);
        let mut unit = self.store.read(&scope).await?;
        Ok(unit.purges().list(&scope, state, page).await?)
    }

    /// Grants a purge, as another person than the one who asked for it: rows are gone with this, bytes right after it.
    ///
    /// Bytes that cannot be removed now are noted and removed by [`sweep_leftovers`](Self::sweep_leftovers).
    pub async fn approve_purge(
        &self,
        principal: &Principal,
        id: PurgeRequestId,
    ) -> Result<PurgeRequest, DeletionError> {
        let decider = person(principal)?;
        let (place, kind) = self.place_of(principal, id).await?;
        let mut unit = place.begin(self.store.as_ref()).await?;
        let request = open_request(unit.as_mut(), &place, id).await?;
        if request.requested_by.is(&decider) {
            return Err(DeletionError::SamePerson);
        }
        let entity = found(unit.as_mut(), &place, kind, &request.object_id).await?;
        let Some((_, deleted_by)) = &entity.deleted else {
            return Err(not_deleted(kind, &entity));
        };
        let details = json!({
            "approvedBy": decider.name,
            "deletedBy": deleted_by,
            "name": entity.name,
            "reason": request.reason,
            "request": request.id,
            "requestedBy": request.requested_by.name,
        });
        let event = event(kind, Deed::Purged, &entity, details);
        let now = self.clock.now();
        let unused = unit.entities().purge(&place.data, kind, &entity.id).await?;
        let mut left: Vec<_> = unused.into_iter().map(Leftover::Bundle).collect();
        if kind == EntityKind::Tenant {
            left = vec![Leftover::Everything];
        }
        for leftover in left {
            unit.purges().leave(&place.data, leftover, now).await?;
        }
        let request = decided(request, PurgeState::Purged, principal, now);
        unit.purges().save(&place.home, &request).await?;
        unit.audit().append(&place.home, event).await?;
        unit.commit().await?;
        // What fails here is noted, and swept later.
        let _ = self.remove_leftovers(&place.data).await;
        Ok(request)
    }

    /// Refuses a purge. Whoever asked for it may take it back so, too.
    pub async fn reject_purge(
        &self,
        principal: &Principal,
        id: PurgeRequestId,
    ) -> Result<PurgeRequest, DeletionError> {
        person(principal)?;
        let (place, kind) = self.place_of(principal, id).await?;
        let mut unit = place.begin(self.store.as_ref()).await?;
        let request = open_request(unit.as_mut(), &place, id).await?;
        let request = decided(request, PurgeState::Rejected, principal, self.clock.now());
        unit.purges().save(&place.home, &request).await?;
        let event = installhub_audit_chain::NewEvent::success(
            kind.action(Deed::PurgeRejected),
            kind.as_str(),
            &request.object_id,
        );
        let details = json!({"reason": request.reason, "request": request.id});
        unit.audit()
            .append(&place.home, event.with(details))
            .await?;
        unit.commit().await?;
        Ok(request)
    }

    /// Where a request stands, and what it is about: with the own tenant, or with the platform for who manages tenants.
    async fn place_of(
        &self,
        principal: &Principal,
        id: PurgeRequestId,
    ) -> Result<(Place, EntityKind), DeletionError> {
        let execute = Permission::PurgeExecute;
        let missing = || unknown(id);
        if principal.has(execute) {
            let scope = principal.scope_for(execute)?;
            let mut unit = self.store.read(scope).await?;
            if let Some(request) = unit.purges().find(scope, id).await? {
                let place = Place::to_purge(principal, request.kind, &request.object_id, execute)?;
                return Ok((place, request.kind));
            }
        }
        let Ok(platform) = principal.platform_for(Permission::PlatformTenantManage) else {
            principal.demand(execute)?;
            return Err(missing());
        };
        let scope = platform.of_tenant(TenantId::PLATFORM);
        let mut unit = self.store.read(&scope).await?;
        let request = unit.purges().find(&scope, id).await?.ok_or_else(missing)?;
        let place = Place::to_purge(principal, request.kind, &request.object_id, execute)?;
        Ok((place, request.kind))
    }
}

fn unknown(id: PurgeRequestId) -> DeletionError {
    DeletionError::NotFound {
        what: "purge request",
        id: id.to_string(),
    }
}

async fn open_request(
    unit: &mut dyn DeletionUnit,
    place: &Place,
    id: PurgeRequestId,
) -> Result<PurgeRequest, DeletionError> {
    let request = unit.purges().find(&place.home, id).await?;
    let request = request.ok_or_else(|| unknown(id))?;
    if request.state == PurgeState::Requested {
        Ok(request)
    } else {
        Err(DeletionError::Conflict(format!(
            "the request is decided already: it was {}",
            request.state.as_str()
        )))
    }
}

fn judge_reason(reason: &str) -> Result<String, DeletionError> {
    let reason = reason.trim();
    let length = reason.chars().count();
    if REASON.contains(&length) {
        return Ok(reason.to_owned());
    }
    let code = if length < *REASON.start() {
        "tooShort"
    } else {
        "tooLong"
    };
    let message = format!("found {length} characters, expected 10 to 500");
    Err(DeletionError::Invalid(vec![FieldError::new(
        "reason", code, message,
    )]))
}

/// Whoever acts, as requests remember it.
pub(crate) fn acting(principal: &Principal) -> Person {
    Person {
        name: principal.actor().to_string(),
        user: principal.user(),
    }
}

/// The same, if it is somebody.
fn person(principal: &Principal) -> Result<Person, DeletionError> {
    let is_somebody =
        principal.user().is_some() || principal.actor_kind() == ActorKind::CommandLine;
    if is_somebody {
        Ok(acting(principal))
    } else {
        Err(DeletionError::NotAPerson)
    }
}
