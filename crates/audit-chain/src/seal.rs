//! Sealing: an event gets its place behind the head of its tenant's chain.

use chrono::{DateTime, SubsecRound as _, Utc};
use installhub_checksum::Digest;
use installhub_kernel::{TenantId, TenantScope};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{AuditEvent, NewEvent, chain_start};

/// Where a chain ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChainHead {
    /// The hash of the last event.
    pub hash: Digest,
    /// Its sequence; 0 while there is none.
    pub sequence: u64,
}

impl ChainHead {
    /// The head of a chain without events.
    pub fn start(tenant: TenantId) -> Self {
        Self {
            sequence: 0,
            hash: chain_start(tenant),
        }
    }

    /// The head once `event` has been written behind it.
    pub fn of(event: &AuditEvent) -> Self {
        Self {
            sequence: event.sequence,
            hash: event.hash,
        }
    }
}

/// Makes `event` the next one behind `head`. `at` is cut to milliseconds.
pub fn seal(
    scope: &TenantScope,
    head: ChainHead,
    id: Uuid,
    at: DateTime<Utc>,
    event: NewEvent,
) -> AuditEvent {
    let mut sealed = AuditEvent {
        action: event.action.to_owned(),
        actor: scope.actor().clone(),
        actor_kind: scope.actor_kind(),
        at: at.trunc_subsecs(3),
        details: event.details,
        hash: head.hash,
        id,
        object: event.object,
        outcome: event.outcome,
        previous: head.hash,
        request: scope.request(),
        sequence: head.sequence + 1,
        tenant: scope.tenant(),
    };
    sealed.hash = sealed.computed_hash();
    sealed
}
