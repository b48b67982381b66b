//! What is deleted, and requests to purge it.

use std::sync::Arc;

use installhub_deletion::{Deletion, EntityKind};
use installhub_http_kit::{
    ApiError, Caller, Created, DeletedView, PageView, PurgeView, Text, field, page, parameter,
};
use poem_openapi::param::Query;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use crate::PREFIX;
use crate::tags::Tag;

pub(crate) struct DeletedItems {
    pub(crate) deletion: Arc<Deletion>,
}

/// A request to be.
#[derive(Object)]
#[oai(rename = "NewPurgeRequest", rename_all = "camelCase")]
struct PurgeInput {
    /// What is to be purged, such as `artifact`.
    kind: Text,
    /// Its id.
    #[oai(validator(min_length = 1, max_length = 512))]
    id: Text,
    /// Why.
    #[oai(validator(min_length = 10, max_length = 500))]
    reason: Text,
}

#[OpenApi(tag = "Tag::Deleted")]
impl DeletedItems {
    /// List what is deleted
    ///
    /// What of a kind is deleted and can be restored, last deleted first; for who may delete such things.
    #[oai(path = "/deleted", method = "get", operation_id = "listDeleted")]
    async fn list(
        &self,
        caller: Caller,
        /// `artifact`, `package`, `packageVersion`, `connection`, `schedule`, `apiToken` or `user`.
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
    /// Newest first.
    #[oai(
        path = "/purge-requests",
        method = "get",
        operation_id = "listPurgeRequests"
    )]
    async fn requests(
        &self,
        caller: Caller,
        /// Those in this state: `requested`, `purged` or `rejected`.
        state: Query<Option<String>>,
        /// The most items.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u32>>,
        /// Where to go on: `nextCursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<PageView<PurgeView>>, ApiError> {
        let (state, page) = (parameter("state", state.0)?, page(limit.0, cursor.0)?);
        Ok(Json(
            self.deletion
                .purge_requests(&caller, state, page)
                .await?
                .into(),
        ))
    }
}
