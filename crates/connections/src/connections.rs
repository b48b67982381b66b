//! The use cases.

use std::sync::Arc;

use chrono::SubsecRound as _;
use installhub_access::{FieldError, Permission, Principal};
use installhub_audit_chain::NewEvent;
use installhub_kernel::{
    Clock, ConnectionId, Cursor, IdGenerator, Page, PageRequest, StoreError, TenantScope,
};
use serde_json::json;

use crate::changes::{changed, check_secret, named, one_name};
use crate::ports::{ConnectionFilter, ConnectionRecord, ConnectionStore, ConnectionUnit};
use crate::probe::{ProbeOutcome, ProbeReport};
use crate::{
    Connection, ConnectionChange, ConnectionError, ConnectionMaterial, ConnectionPlace,
    ConnectionPlaceError, ConnectionProbe, NewConnection, Sealer, Settings,
};

/// What a connection is called in events.
pub(crate) const KIND: &str = "connection";

/// Registers connections, and looks after them.
#[derive(Clone)]
pub struct Connections {
    /// Where they are kept.
    pub store: Arc<dyn ConnectionStore>,
    /// When something happens.
    pub clock: Arc<dyn Clock>,
    /// Their ids.
    pub ids: Arc<dyn IdGenerator>,
    /// What keeps their secrets.
    pub sealer: Arc<dyn Sealer>,
    /// What tries them out.
    pub probe: Arc<dyn ConnectionProbe>,
}

impl Connections {
    /// Registers a connection. Everything wrong with it is said at once.
    pub async fn create(
        &self,
        principal: &Principal,
        new: NewConnection,
    ) -> Result<Connection, ConnectionError> {
        let scope = principal.scope_for(Permission::ConnectionManage)?;
        let (name, mut errors) = named(&new.name);
        let settings = Settings::parse(new.kind, &new.settings)
            .map_err(|wrong| errors.extend(wrong))
            .ok();
        if let Some(settings) = &settings {
            errors.extend(check_secret(settings, new.secret.as_ref()));
        }
        let (Some(name), Some(settings), true) = (name, settings, errors.is_empty()) else {
            return Err(ConnectionError::Invalid(errors));
        };
        let id = ConnectionId::from_uuid(self.ids.new_uuid());
        let now = self.clock.now().trunc_subsecs(3);
        let sealed = match &new.secret {
            Some(secret) => Some(self.sealer.seal(scope.tenant(), id, secret)?),
            None => None,
        };
        let connection = Connection {
            id,
            name,
            kind: new.kind,
            settings,
            has_secret: sealed.is_some(),
            revision: 1,
            created_at: now,
            created_by: scope.actor().clone(),
            updated_at: now,
        };
        let record = ConnectionRecord { connection, sealed };
        let mut unit = self.store.begin(scope).await?;
        one_name(unit.as_mut(), scope, &record.connection).await?;
        unit.connections().add(scope, &record).await?;
        let connection = record.connection;
        let details = json!({
            "name": connection.name,
            "kind": connection.kind,
            "settings": connection.settings,
            "hasSecret": connection.has_secret,
        });
        let event = NewEvent::success("connection.created", KIND, id).with(details);
        finish(unit, scope, event).await?;
        Ok(connection)
    }

    /// The connections of the tenant, newest first.
    pub async fn list(
        &self,
        principal: &Principal,
        filter: ConnectionFilter,
        page: &PageRequest,
    ) -> Result<Page<Connection>, ConnectionError> {
        let scope = principal.scope_for(Permission::ConnectionRead)?;
        let place: Option<ConnectionPlace> = match &page.cursor {
            Some(cursor) => Some(cursor.0.parse().map_err(|error: ConnectionPlaceError| {
                FieldError::new("cursor", "invalid", error.to_string())
            })?),
            None => None,
        };
        // One more than wanted tells whether there are more.
        let limit = page.limit.max(1);
        let mut unit = self.store.read(scope).await?;
        let mut items = unit
            .connections()
            .list(scope, &filter, place.as_ref(), limit.saturating_add(1))
            .await?;
        let more = items.len() > limit as usize;
        items.truncate(limit as usize);
        let last = items.last().filter(|_| more);
        let next_cursor = last.map(|last| Cursor(ConnectionPlace::of(last).to_string()));
        Ok(Page { items, next_cursor })
    }

    /// One connection.
    pub async fn get(
        &self,
        principal: &Principal,
        id: ConnectionId,
    ) -> Result<Connection, ConnectionError> {
        let scope = principal.scope_for(Permission::ConnectionRead)?;
        Ok(self.record(scope, id).await?.connection)
    }

    /// Changes a connection that has the revision `expected`, or whichever when there is none. Asking for what is there
    /// already changes nothing.
    ///
    /// A secret stays with the destination it was given for: whoever changes that has to give the secret again. Otherwise
    /// anybody who may change a connection could have its secret sent to a machine of their own.
    pub async fn change(
        &self,
        principal: &Principal,
        id: ConnectionId,
        expected: Option<u64>,
        change: ConnectionChange,
    ) -> Result<Connection, ConnectionError> {
        let scope = principal.scope_for(Permission::ConnectionManage)?;
        let mut unit = self.store.begin(scope).await?;
        let found = unit.connections().find(scope, id).await?;
        let before = found.ok_or(ConnectionError::NotFound(id))?;
        let revision = before.connection.revision;
        if let Some(expected) = expected.filter(|expected| *expected != revision) {
            return Err(ConnectionError::Stale {
                expected,
                found: revision,
            });
        }
        let Some((after, details)) = changed(&before, change, scope, self.sealer.as_ref())? else {
            return Ok(before.connection);
        };
        let mut after = after;
        after.connection.updated_at = self.clock.now().trunc_subsecs(3);
        one_name(unit.as_mut(), scope, &after.connection).await?;
        if !unit.connections().change(scope, revision, &after).await? {
            return Err(StoreError::Conflict(format!(
                "connection {id} was changed by somebody else at the same time"
            ))
            .into());
        }
        let event = NewEvent::success("connection.changed", KIND, id).with(details);
        finish(unit, scope, event).await?;
        Ok(after.connection)
    }

    /// Tries a connection out. That it does not work is a report, not an error.
    pub async fn test(
        &self,
        principal: &Principal,
        id: ConnectionId,
    ) -> Result<ProbeReport, ConnectionError> {
        let scope = principal.scope_for(Permission::ConnectionManage)?;
        let material = self.material(scope, id).await?;
        // No transaction is open while the other side takes its time.
        let report = self
            .probe
            .probe(&material.settings, material.secret.as_ref())
            .await;
        let event = match report.outcome {
            ProbeOutcome::Works => NewEvent::success("connection.tested", KIND, id),
            _ => NewEvent::failure("connection.tested", KIND, id),
        };
        let event = event.with(json!({ "outcome": report.outcome }));
        let unit = self.store.begin(scope).await?;
        finish(unit, scope, event).await?;
        Ok(report)
    }

    /// What it takes to use a connection, for use cases that have checked that who acts may use it.
    pub async fn material(
        &self,
        scope: &TenantScope,
        id: ConnectionId,
    ) -> Result<ConnectionMaterial, ConnectionError> {
        let record = self.record(scope, id).await?;
        let secret = match &record.sealed {
            Some(sealed) => Some(self.sealer.open(scope.tenant(), id, sealed)?),
            None => None,
        };
        Ok(ConnectionMaterial {
            settings: record.connection.settings,
            secret,
        })
    }

    async fn record(
        &self,
        scope: &TenantScope,
        id: ConnectionId,
    ) -> Result<ConnectionRecord, ConnectionError> {
        let mut unit = self.store.read(scope).await?;
        let found = unit.connections().find(scope, id).await?;
        found.ok_or(ConnectionError::NotFound(id))
    }
}

/// Writes the event, and makes everything last.
pub(crate) async fn finish(
    mut unit: Box<dyn ConnectionUnit>,
    scope: &TenantScope,
    event: NewEvent,
) -> Result<(), StoreError> {
    unit.audit().append(scope, event).await?;
    unit.commit().await
}

impl From<FieldError> for ConnectionError {
    fn from(error: FieldError) -> Self {
        Self::Invalid(vec![error])
    }
}
