//! What happened: as told by a use case ([`NewEvent`]) and as it stands in a chain ([`AuditEvent`]).

use std::fmt::{self, Display};
use std::str::FromStr;

use chrono::{DateTime, Utc};
use installhub_checksum::Digest;
use installhub_kernel::{Actor, ActorKind, RequestId, TenantId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// What an event is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectRef {
    // In the order of the canonical form.
    /// The object's id, as its answers write it.
    pub id: String,
    /// The kind of object: `artifact`, `user`, …
    pub kind: String,
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EventOutcome {
    /// It was done.
    Success,
    /// Whoever asked may not.
    Denied,
    /// It was tried and failed.
    Failure,
}

/// A text that is no [`EventOutcome`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{}' is no outcome of an event: expected success, denied or failure", .0.escape_debug())]
pub struct EventOutcomeError(String);

impl EventOutcome {
    /// The outcome as written in events and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Denied => "denied",
            Self::Failure => "failure",
        }
    }
}

impl Display for EventOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for EventOutcome {
    type Err = EventOutcomeError;

    fn from_str(text: &str) -> Result<Self, EventOutcomeError> {
        [Self::Success, Self::Denied, Self::Failure]
            .into_iter()
            .find(|outcome| outcome.as_str() == text)
            .ok_or_else(|| EventOutcomeError(text.to_owned()))
    }
}

/// An event as a use case tells it; id, time, actor and its place in the chain are added where it is written.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEvent {
    /// What was done, as `object.verb`: `artifact.created`.
    pub action: &'static str,
    /// What it was done to.
    pub object: Option<ObjectRef>,
    /// How it ended.
    pub outcome: EventOutcome,
    /// Before and after where small; never secrets.
    pub details: Value,
}

impl NewEvent {
    /// `action` was done to the object.
    pub fn success(action: &'static str, kind: &'static str, id: impl Display) -> Self {
        Self::new(action, EventOutcome::Success).about(kind, id)
    }

    /// Whoever asked may not do `action` to the object.
    pub fn denied(action: &'static str, kind: &'static str, id: impl Display) -> Self {
        Self::new(action, EventOutcome::Denied).about(kind, id)
    }

    /// `action` was tried on the object and failed.
    pub fn failure(action: &'static str, kind: &'static str, id: impl Display) -> Self {
        Self::new(action, EventOutcome::Failure).about(kind, id)
    }

    /// An event about no object in particular.
    pub fn new(action: &'static str, outcome: EventOutcome) -> Self {
        Self {
            action,
            object: None,
            outcome,
            details: Value::Null,
        }
    }

    /// The same, about the object.
    #[must_use]
    pub fn about(self, kind: impl Into<String>, id: impl Display) -> Self {
        let object = ObjectRef {
            kind: kind.into(),
            id: id.to_string(),
        };
        Self {
            object: Some(object),
            ..self
        }
    }

    /// The same, with details.
    #[must_use]
    pub fn with(self, details: Value) -> Self {
        Self { details, ..self }
    }
}

/// One event of a tenant's chain.
///
/// Its JSON form has every member, sorted by name; [`canonical`](Self::canonical) is the same without `hash`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AuditEvent {
    // In the order of the canonical form.
    /// What was done.
    pub action: String,
    /// Who did it.
    pub actor: Actor,
    /// What the actor is.
    pub actor_kind: ActorKind,
    /// When, to the millisecond.
    #[serde(with = "crate::canonical::instant")]
    pub at: DateTime<Utc>,
    /// Before and after where small.
    pub details: Value,
    /// SHA-256 over the canonical form.
    pub hash: Digest,
    /// The event's own id.
    pub id: Uuid,
    /// What it was done to.
    pub object: Option<ObjectRef>,
    /// How it ended.
    pub outcome: EventOutcome,
    /// The hash of the event before it; of the first event, [`chain_start`](crate::chain_start).
    pub previous: Digest,
    /// The request that was answered by it.
    pub request: Option<RequestId>,
    /// The place in the tenant's chain, from 1, without gaps.
    pub sequence: u64,
    /// Whose chain.
    pub tenant: TenantId,
}
