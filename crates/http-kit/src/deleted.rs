//! What is deleted, and requests to purge it, as more than one API shows them.

use installhub_deletion::{Deleted, PurgeRequest};
use poem_openapi::Object;
use uuid::Uuid;

use crate::timestamp::Timestamp;

/// Something deleted that can be restored.
#[derive(Object)]
#[oai(rename = "DeletedItem", rename_all = "camelCase")]
pub struct DeletedView {
    /// What it is, such as `artifact`.
    kind: String,
    /// Its id.
    id: String,
    /// What people call it.
    name: String,
    /// When it was deleted.
    deleted_at: Timestamp,
    /// By whom.
    deleted_by: String,
    /// The revision that it has.
    revision: u64,
}

impl From<Deleted> for DeletedView {
    fn from(item: Deleted) -> Self {
        Self {
            kind: item.kind.to_string(),
            id: item.id,
            name: item.name,
            deleted_at: item.deleted_at.into(),
            deleted_by: item.deleted_by,
            revision: item.revision,
        }
    }
}

/// A request to remove something deleted for good.
#[derive(Object)]
#[oai(rename = "PurgeRequest", rename_all = "camelCase")]
pub struct PurgeView {
    /// The request's own id.
    pub id: Uuid,
    /// What is to be purged, such as `artifact`.
    kind: String,
    /// Its id.
    object_id: String,
    /// What people called it.
    name: String,
    /// Why.
    reason: String,
    /// `requested`, `purged` or `rejected`.
    state: String,
    /// When it was asked for.
    requested_at: Timestamp,
    /// By whom.
    requested_by: String,
    /// When it was decided.
    #[oai(skip_serializing_if_is_none)]
    decided_at: Option<Timestamp>,
    /// By whom.
    #[oai(skip_serializing_if_is_none)]
    decided_by: Option<String>,
}

impl From<PurgeRequest> for PurgeView {
    fn from(request: PurgeRequest) -> Self {
        Self {
            id: request.id.as_uuid(),
            kind: request.kind.to_string(),
            object_id: request.object_id,
            name: request.name,
            reason: request.reason,
            state: request.state.as_str().to_owned(),
            requested_at: request.requested_at.into(),
            requested_by: request.requested_by.name,
            decided_at: request.decided_at.map(Into::into),
            decided_by: request.decided_by.map(|person| person.name),
        }
    }
}
