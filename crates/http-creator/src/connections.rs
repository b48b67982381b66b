//! Connections: registered databases, HTTP endpoints and buckets.

mod views;

use std::sync::Arc;

use installhub_connections::ports::ConnectionFilter;
use installhub_connections::{Connection, Connections};
use installhub_deletion::{Deletion, EntityKind};
use installhub_http_kit::{
    ApiError, Caller, Created, Done, PageView, Tagged, optional_revision, page, parameter, revision,
};
use installhub_kernel::ConnectionId;
use poem_openapi::OpenApi;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use uuid::Uuid;

use self::views::{ConnectionChangeInput, ConnectionInput, ConnectionView, ReportView};
use crate::PREFIX;
use crate::tags::Tag;

pub(crate) struct ConnectionResource {
    pub(crate) connections: Arc<Connections>,
    pub(crate) deletion: Arc<Deletion>,
}

fn tagged(connection: Connection) -> Tagged<ConnectionView> {
    Tagged {
        revision: connection.revision,
        view: connection.into(),
    }
}

#[OpenApi(tag = "Tag::Connections")]
impl ConnectionResource {
    /// Register a connection
    ///
    /// The secret is sealed and never shown again.
    #[oai(
        path = "/connections",
        method = "post",
        operation_id = "createConnection"
    )]
    async fn create(
        &self,
        caller: Caller,
        input: Json<ConnectionInput>,
    ) -> Result<Created<ConnectionView>, ApiError> {
        let connection = self.connections.create(&caller, input.0.read()?).await?;
        Ok(Created {
            location: format!("{PREFIX}/connections/{}", connection.id),
            revision: connection.revision,
            view: connection.into(),
        })
    }

    /// List connections
    ///
    /// Newest first.
    #[oai(
        path = "/connections",
        method = "get",
        operation_id = "listConnections"
    )]
    async fn list(
        &self,
        caller: Caller,
        /// Those of this kind: `postgreSql`, `http` or `s3`.
        kind: Query<Option<String>>,
        /// The most items.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u32>>,
        /// Where to go on: `nextCursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<PageView<ConnectionView>>, ApiError> {
        let filter = ConnectionFilter {
            kind: parameter("kind", kind.0)?,
        };
        let found = self
            .connections
            .list(&caller, filter, &page(limit.0, cursor.0)?)
            .await?;
        Ok(Json(found.into()))
    }

    /// Read a connection
    #[oai(
        path = "/connections/:id",
        method = "get",
        operation_id = "getConnection"
    )]
    async fn get(
        &self,
        caller: Caller,
        id: Path<Uuid>,
    ) -> Result<Tagged<ConnectionView>, ApiError> {
        Ok(tagged(
            self.connections
                .get(&caller, ConnectionId::from_uuid(id.0))
                .await?,
        ))
    }

    /// Change a connection
    ///
    /// What is missing stays. Whoever changes where the secret would be sent to has to give it again.
    #[oai(
        path = "/connections/:id",
        method = "patch",
        operation_id = "changeConnection"
    )]
    async fn change(
        &self,
        caller: Caller,
        id: Path<Uuid>,
        /// The revision that was read.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
        input: Json<ConnectionChangeInput>,
    ) -> Result<Tagged<ConnectionView>, ApiError> {
        let expected = revision(if_match.0.as_deref())?;
        let (id, change) = (ConnectionId::from_uuid(id.0), input.0.read());
        Ok(tagged(
            self.connections
                .change(&caller, id, Some(expected), change)
                .await?,
        ))
    }

    /// Delete a connection
    ///
    /// It can be restored.
    #[oai(
        path = "/connections/:id",
        method = "delete",
        operation_id = "deleteConnection"
    )]
    async fn delete(
        &self,
        caller: Caller,
        id: Path<Uuid>,
        /// Only if it still has this revision.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
    ) -> Result<Done, ApiError> {
        let expected = optional_revision(if_match.0.as_deref())?;
        self.deletion
            .delete(&caller, EntityKind::Connection, &id.to_string(), expected)
            .await?;
        Ok(Done)
    }

    /// Restore a connection
    #[oai(
        path = "/connections/:id/restore",
        method = "post",
        operation_id = "restoreConnection"
    )]
    async fn restore(&self, caller: Caller, id: Path<Uuid>) -> Result<Done, ApiError> {
        self.deletion
            .restore(&caller, EntityKind::Connection, &id.to_string())
            .await?;
        Ok(Done)
    }

    /// Try a connection out
    ///
    /// Connects, shows the secret, changes nothing. That it does not work is a report, not an error.
    #[oai(
        path = "/connections/:id/test",
        method = "post",
        operation_id = "testConnection"
    )]
    async fn test(&self, caller: Caller, id: Path<Uuid>) -> Result<Json<ReportView>, ApiError> {
        let report = self
            .connections
            .test(&caller, ConnectionId::from_uuid(id.0))
            .await?;
        Ok(Json(report.into()))
    }
}
