//! What answers about the audit trail look like.

use installhub_audit_chain::AuditEvent;
use installhub_auditing::{Verdict, Verification};
use installhub_http_kit::Timestamp;
use poem_openapi::Object;
use serde_json::Value;
use uuid::Uuid;

/// Something that was done, or tried.
#[derive(Object)]
#[oai(rename = "AuditEvent", rename_all = "camelCase")]
pub(super) struct EventView {
    /// The event's own id.
    id: Uuid,
    /// Whose chain.
    tenant_id: Uuid,
    /// The place in the chain, from 1, without gaps.
    sequence: u64,
    /// When.
    at: Timestamp,
    /// Who did it.
    actor: String,
    /// What the actor is: `user`, `token`, `commandLine` or `system`.
    actor_kind: String,
    /// What was done, such as `artifact.created`.
    action: String,
    /// What it was done to.
    #[oai(skip_serializing_if_is_none)]
    object: Option<ObjectView>,
    /// `success`, `denied` or `failure`.
    outcome: String,
    /// The request that was answered by it.
    #[oai(skip_serializing_if_is_none)]
    request_id: Option<Uuid>,
    /// Before and after where small.
    details: Value,
    /// The hash of the event before it.
    previous: String,
    /// SHA-256 over the canonical form.
    hash: String,
}

/// What something was done to.
#[derive(Object)]
#[oai(rename = "AuditObject", rename_all = "camelCase")]
struct ObjectView {
    /// The kind: `artifact`, `user`, …
    kind: String,
    /// The id.
    id: String,
}

impl From<AuditEvent> for EventView {
    fn from(event: AuditEvent) -> Self {
        Self {
            id: event.id,
            tenant_id: event.tenant.as_uuid(),
            sequence: event.sequence,
            at: event.at.into(),
            actor: event.actor.to_string(),
            actor_kind: event.actor_kind.to_string(),
            action: event.action,
            object: event.object.map(|object| ObjectView {
                kind: object.kind,
                id: object.id,
            }),
            outcome: event.outcome.to_string(),
            request_id: event.request.map(|id| id.as_uuid()),
            details: event.details,
            previous: event.previous.to_string(),
            hash: event.hash.to_string(),
        }
    }
}

/// What a verification found.
#[derive(Object)]
#[oai(rename = "AuditVerification", rename_all = "camelCase")]
pub(super) struct VerificationView {
    /// Whose chain.
    tenant_id: Uuid,
    /// Whether the chain is what was written.
    intact: bool,
    /// How many events are good, from the first on.
    events: u64,
    /// The hash of the last good event.
    last_hash: String,
    /// How many signed checkpoints agree.
    checkpoints: u64,
    /// How many checkpoints prove nothing here, because their keys are not known.
    unknown_keys: u64,
    /// The first event that is not what was written.
    #[oai(skip_serializing_if_is_none)]
    first_bad: Option<BadView>,
    /// What is wrong with a checkpoint, if events follow each other and a checkpoint was forged.
    #[oai(skip_serializing_if_is_none)]
    bad_checkpoint: Option<String>,
}

/// An event that is not what was written.
#[derive(Object)]
#[oai(rename = "BadAuditEvent", rename_all = "camelCase")]
struct BadView {
    /// The place in the chain.
    sequence: u64,
    /// What stands there, if anything.
    #[oai(skip_serializing_if_is_none)]
    id: Option<Uuid>,
    /// What is wrong with it.
    message: String,
}

impl From<Verification> for VerificationView {
    fn from(found: Verification) -> Self {
        let intact = found.verdict == Verdict::Intact;
        let (first_bad, bad_checkpoint) = match found.verdict {
            Verdict::Intact => (None, None),
            Verdict::FirstBad(bad) => {
                let message = bad.reason.to_string();
                let (sequence, id) = (bad.sequence, bad.id);
                (
                    Some(BadView {
                        sequence,
                        id,
                        message,
                    }),
                    None,
                )
            }
            Verdict::BadCheckpoint(error) => (None, Some(error.to_string())),
        };
        Self {
            tenant_id: found.tenant.as_uuid(),
            intact,
            events: found.events,
            last_hash: found.last.hash.to_string(),
            checkpoints: found.checkpoints,
            unknown_keys: found.unknown_keys,
            first_bad,
            bad_checkpoint,
        }
    }
}
