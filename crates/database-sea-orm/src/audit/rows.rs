//! Events and checkpoints as rows.

use installhub_audit_chain::{AuditEvent, Checkpoint, ObjectRef, UnreadableEvent, canonical_json};
use installhub_kernel::{RequestId, StoreError, TenantId};

use crate::entity::{audit_checkpoint, audit_event};
use crate::failure::corrupt;
use crate::words::{parsed, read_count, stored_count, value_from_text};

use super::PLACE;

/// The row of an event.
pub(super) fn row(event: AuditEvent) -> Result<audit_event::Model, StoreError> {
    let (object_kind, object_id) = event.object.map(|it| (it.kind, it.id)).unzip();
    Ok(audit_event::Model {
        tenant_id: event.tenant.as_uuid(),
        sequence: stored_count(PLACE, event.sequence)?,
        id: event.id,
        at: event.at,
        actor: event.actor.to_string(),
        actor_kind: event.actor_kind.to_string(),
        action: event.action,
        object_kind,
        object_id,
        outcome: event.outcome.to_string(),
        request_id: event.request.map(|request| request.as_uuid()),
        details: canonical_json(&event.details),
        previous: event.previous.to_string(),
        hash: event.hash.to_string(),
    })
}

/// The event in a row, unless it was never written so.
pub(super) fn event(row: audit_event::Model) -> Result<AuditEvent, UnreadableEvent> {
    let (sequence, id) = (row.sequence, row.id);
    read(row).map_err(|error| UnreadableEvent {
        sequence: sequence.try_into().unwrap_or_default(),
        id: Some(id),
        message: match error {
            StoreError::Corrupt { location, message } => format!("{location}: {message}"),
            other => other.to_string(),
        },
    })
}

/// The same for whoever wants readable events only.
pub(super) fn as_store_error(error: &UnreadableEvent) -> StoreError {
    corrupt(
        &format!("audit event {}", error.sequence),
        error.message.clone(),
    )
}

fn read(row: audit_event::Model) -> Result<AuditEvent, StoreError> {
    let details = value_from_text("its details", &row.details)?;
    if canonical_json(&details) != row.details {
        return Err(corrupt("its details", "they are not in canonical form"));
    }
    let object = match (row.object_kind, row.object_id) {
        (Some(kind), Some(id)) => Some(ObjectRef { id, kind }),
        (None, None) => None,
        _ => return Err(corrupt("its object", "kind and id are not both there")),
    };
    Ok(AuditEvent {
        action: row.action,
        actor: parsed("its actor", &row.actor)?,
        actor_kind: parsed("its actor", &row.actor_kind)?,
        at: row.at,
        details,
        hash: parsed("its hash", &row.hash)?,
        id: row.id,
        object,
        outcome: parsed("its outcome", &row.outcome)?,
        previous: parsed("its previous hash", &row.previous)?,
        request: row.request_id.map(RequestId::from_uuid),
        sequence: read_count("its place", row.sequence)?,
        tenant: TenantId::from_uuid(row.tenant_id),
    })
}

/// The row of a checkpoint.
pub(super) fn checkpoint_row(
    checkpoint: &Checkpoint,
) -> Result<audit_checkpoint::Model, StoreError> {
    Ok(audit_checkpoint::Model {
        tenant_id: checkpoint.tenant.as_uuid(),
        sequence: stored_count(PLACE, checkpoint.sequence)?,
        hash: checkpoint.hash.to_string(),
        at: checkpoint.at,
        key_id: checkpoint.key_id.to_string(),
        signature: checkpoint.signature.clone(),
    })
}

/// The checkpoint in a row.
pub(super) fn checkpoint(row: audit_checkpoint::Model) -> Result<Checkpoint, StoreError> {
    let location = format!("the audit checkpoint of event {}", row.sequence);
    Ok(Checkpoint {
        at: row.at,
        hash: parsed(&location, &row.hash)?,
        key_id: parsed(&location, &row.key_id)?,
        sequence: read_count(&location, row.sequence)?,
        signature: row.signature,
        tenant: TenantId::from_uuid(row.tenant_id),
    })
}
