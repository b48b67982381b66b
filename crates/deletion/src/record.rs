//! What is deleted, and what is to be purged.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use installhub_access::Role;
use installhub_kernel::UserId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::EntityKind;

/// Something deleted that can be restored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Deleted {
    /// What it is.
    pub kind: EntityKind,
    /// Its id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// When it was deleted.
    pub deleted_at: DateTime<Utc>,
    /// Who deleted it.
    pub deleted_by: String,
    /// The revision it had then, and will have when it is restored plus one.
    pub revision: u64,
}

/// Something that can be deleted, as it stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entity {
    /// Its id, in the one spelling it has.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Grows with every change.
    pub revision: u64,
    /// When and by whom it was deleted, if it was.
    pub deleted: Option<(DateTime<Utc>, String)>,
    /// Whose token it is; `None` for everything else and for tokens of programs.
    pub owner: Option<UserId>,
    /// What it is to its tenant and to the platform, if it is a user.
    pub roles: BTreeSet<Role>,
}

/// One request to remove something deleted for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PurgeRequestId(Uuid);

/// A text that was meant to be the id of a purge request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{}' is not the id of a purge request: expected a UUID", .0.escape_debug())]
pub struct PurgeRequestIdError(String);

impl PurgeRequestId {
    /// Takes a UUID from an id generator or from storage.
    pub const fn from_uuid(id: Uuid) -> Self {
        Self(id)
    }

    /// The UUID, for storage.
    pub const fn as_uuid(&self) -> Uuid {
        self.0
    }
}

impl fmt::Display for PurgeRequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for PurgeRequestId {
    type Err = PurgeRequestIdError;

    fn from_str(text: &str) -> Result<Self, PurgeRequestIdError> {
        Uuid::parse_str(text)
            .map(Self)
            .map_err(|_| PurgeRequestIdError(text.to_owned()))
    }
}

/// How far a purge request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PurgeState {
    /// It waits for another person.
    Requested,
    /// It was granted, and what it was about is gone.
    Purged,
    /// It was refused, or what it was about was restored.
    Rejected,
}

/// A text that is no [`PurgeState`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{}' is no state of a purge request: expected requested, purged or rejected", .0.escape_debug())]
pub struct PurgeStateError(String);

impl PurgeState {
    /// The state as written in requests and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Purged => "purged",
            Self::Rejected => "rejected",
        }
    }
}

impl FromStr for PurgeState {
    type Err = PurgeStateError;

    fn from_str(text: &str) -> Result<Self, PurgeStateError> {
        [Self::Requested, Self::Purged, Self::Rejected]
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| PurgeStateError(text.to_owned()))
    }
}

/// A person who asked for a purge, or decided about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Person {
    /// As in audit events.
    pub name: String,
    /// The user; `None` at the command line of the machine itself.
    pub user: Option<UserId>,
}

impl Person {
    /// Whether both are one person: one user, or one name at the command line.
    pub fn is(&self, other: &Self) -> bool {
        match (self.user, other.user) {
            (Some(one), Some(other)) => one == other,
            _ => self.name == other.name,
        }
    }
}

/// A request to remove something deleted for good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PurgeRequest {
    /// The request's own id.
    pub id: PurgeRequestId,
    /// What is to be purged.
    pub kind: EntityKind,
    /// Its id.
    pub object_id: String,
    /// What people called it.
    pub name: String,
    /// Why.
    pub reason: String,
    /// How far it is.
    pub state: PurgeState,
    /// When it was asked for.
    pub requested_at: DateTime<Utc>,
    /// By whom.
    pub requested_by: Person,
    /// When it was decided.
    pub decided_at: Option<DateTime<Utc>>,
    /// By whom.
    pub decided_by: Option<Person>,
}
