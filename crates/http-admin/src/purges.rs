//! Purges: what is deleted is removed for good, by two people.

use std::sync::Arc;

use installhub_access::Permission;
use installhub_deletion::{Deletion, EntityKind, PurgeRequestId, PurgeState};
use installhub_http_kit::{
    ApiError, Caller, Created, DeletedView, PageView, PurgeView, Text, field, page, parameter,
};
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

use crate::PREFIX;
use crate::tags::Tag;

pub(crate) struct Purges {
    pub(crate) deletion: Arc<Deletion>,
}

/// A request to be.
#[derive(Object)]
#[oai(rename = "NewPurgeRequest", rename_all = "camelCase")]
struct PurgeInput {
    /// What is to be purged, such as `tenant`.
    kind: Text,
    /// Its id.
    #[oai(validator(min_length = 1, max_length = 512))]
    id: Text,
    /// Why.
    #[oai(validator(min_length = 10, max_length = 500))]
    reason: Text,
}

#[OpenApi(tag = "Tag::Purges")]
impl Purges {
    /// List what is deleted
    ///
    /// What of a kind is deleted and can be restored, last deleted first; for who may delete such things.
    #[oai(path = "/deleted", method = "get", operation_id = "listDeleted")]
    async fn deleted(
        &self,
        caller: Caller,
        /// `tenant`, `user`, `apiToken`, `artifact`, `package`, `packageVersion`, `connection` or `schedule`.
        kind: Query<String>,
        /// The most items.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u32>>,
        /// Where to go on: `nextCursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<PageView<DeletedView>>, ApiError> {
        let kind: EntityKind = kind
            .parse()
            .map_err(|error| ApiError::bad_parameter("kind", format!("{error}")))?;
        let found = self
            .deletion
            .deleted(&caller, kind, page(limit.0, cursor.0)?)
            .await?;
        Ok(Json(found.into()))
    }

    /// Ask for a purge
    ///
    /// Something deleted is to be removed for good, with its bytes. Another person has to grant it.
    #[oai(
        path = "/purge-requests",
        method = "post",
        operation_id = "requestPurge"
    )]
    async fn request(
        &self,
        caller: Caller,
        input: Json<PurgeInput>,
    ) -> Result<Created<PurgeView>, ApiError> {
        let kind: EntityKind = field("kind", &input.kind)?;
        let request = self
            .deletion
            .request_purge(&caller, kind, &input.id, &input.reason)
            .await?;
        Ok(Created {
            location: format!("{PREFIX}/purge-requests"),
            revision: 1,
            view: request.into(),
        })
    }

    /// List purge requests
    ///
    /// Of the own tenant; with `platform` those about tenants. Newest first.
    #[oai(
        path = "/purge-requests",
        method = "get",
        operation_id = "listPurgeRequests"
    )]
    async fn list(
        &self,
        caller: Caller,
        /// Those in this state: `requested`, `purged` or `rejected`.
        state: Query<Option<String>>,
        /// Whether those about tenants are wanted.
        platform: Query<Option<bool>>,
        /// The most items.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u32>>,
        /// Where to go on: `nextCursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<PageView<PurgeView>>, ApiError> {
        let (state, page): (Option<PurgeState>, _) =
            (parameter("state", state.0)?, page(limit.0, cursor.0)?);
        let own = caller.has(Permission::PurgeRequest) || caller.has(Permission::PurgeExecute);
        let found = if platform.0.unwrap_or(!own) {
            self.deletion
                .platform_purge_requests(&caller, state, page)
                .await?
        } else {
            self.deletion.purge_requests(&caller, state, page).await?
        };
        Ok(Json(found.into()))
    }

    /// Grant a purge
    ///
    /// As another person than the one who asked for it: it is gone with the answer.
    #[oai(
        path = "/purge-requests/:id/approve",
        method = "post",
        operation_id = "approvePurge"
    )]
    async fn approve(&self, caller: Caller, id: Path<Uuid>) -> Result<Json<PurgeView>, ApiError> {
        let request = self
            .deletion
            .approve_purge(&caller, PurgeRequestId::from_uuid(id.0))
            .await?;
        Ok(Json(request.into()))
    }

    /// Refuse a purge
    ///
    /// Whoever asked for it may take it back so, too.
    #[oai(
        path = "/purge-requests/:id/reject",
        method = "post",
        operation_id = "rejectPurge"
    )]
    async fn reject(&self, caller: Caller, id: Path<Uuid>) -> Result<Json<PurgeView>, ApiError> {
        let request = self
            .deletion
            .reject_purge(&caller, PurgeRequestId::from_uuid(id.0))
            .await?;
        Ok(Json(request.into()))
    }
}
