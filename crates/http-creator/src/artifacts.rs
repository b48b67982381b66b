//! Artifacts and their versions.

mod views;

use std::sync::Arc;

use installhub_catalog::{ArtifactFilter, ArtifactOrder, ArtifactRecord, Catalog};
use installhub_deletion::{Deletion, EntityKind};
use installhub_http_kit::{
    ApiError, Caller, Created, Done, PageView, Tagged, optional_revision, page, parameter, revision,
};
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Enum, OpenApi};

use self::views::{
    ArtifactInput, ArtifactInputHeader, ArtifactView, SummaryView, VersionInput,
    VersionInputHeader, VersionView,
};
use crate::PREFIX;
use crate::bodies::WithContent;
use crate::tags::Tag;

pub(crate) struct Artifacts {
    pub(crate) catalog: Catalog,
    pub(crate) deletion: Arc<Deletion>,
}

/// The order of a list of artifacts.
#[derive(Enum)]
#[oai(rename = "ArtifactOrder", rename_all = "camelCase")]
enum Order {
    /// The one that changed last comes first.
    UpdatedAt,
    /// By name, whatever the case.
    Name,
}

fn created(record: ArtifactRecord) -> Created<ArtifactView> {
    let (id, revision) = (&record.summary.id, record.summary.revision);
    Created {
        location: format!("{PREFIX}/artifacts/{id}"),
        revision,
        view: record.into(),
    }
}

fn tagged(record: ArtifactRecord) -> Tagged<ArtifactView> {
    Tagged {
        revision: record.summary.revision,
        view: record.into(),
    }
}

#[OpenApi(tag = "Tag::Artifacts")]
impl Artifacts {
    /// Create an artifact
    ///
    /// The document gets its envelope, so that it can be exported as it is.
    #[oai(path = "/artifacts", method = "post", operation_id = "createArtifact")]
    async fn create(
        &self,
        caller: Caller,
        body: WithContent<ArtifactInputHeader, ArtifactInput>,
    ) -> Result<Created<ArtifactView>, ApiError> {
        let new = body.header.with(body.content);
        Ok(created(self.catalog.create_artifact(&caller, new).await?))
    }

    /// List artifacts
    ///
    /// Without their documents; the one that changed last comes first unless `order` says otherwise.
    #[oai(path = "/artifacts", method = "get", operation_id = "listArtifacts")]
    async fn list(
        &self,
        caller: Caller,
        /// Those of this type of the type catalogue.
        #[oai(name = "type")]
        artifact_type: Query<Option<String>>,
        /// Those whose name contains this, whatever the case.
        #[oai(validator(max_length = 200))]
        name: Query<Option<String>>,
        /// In which order.
        order: Query<Option<Order>>,
        /// The most items.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u32>>,
        /// Where to go on: `nextCursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<PageView<SummaryView>>, ApiError> {
        let filter = ArtifactFilter {
            artifact_type: parameter("type", artifact_type.0)?,
            name: name.0,
            order: match order.0 {
                Some(Order::Name) => ArtifactOrder::Name,
                Some(Order::UpdatedAt) | None => ArtifactOrder::UpdatedAt,
            },
        };
        let found = self
            .catalog
            .artifacts(&caller, &filter, &page(limit.0, cursor.0)?)
            .await?;
        Ok(Json(found.into()))
    }

    /// Read an artifact
    #[oai(path = "/artifacts/:id", method = "get", operation_id = "getArtifact")]
    async fn get(
        &self,
        caller: Caller,
        id: Path<String>,
    ) -> Result<Tagged<ArtifactView>, ApiError> {
        Ok(tagged(self.catalog.artifact(&caller, &id).await?))
    }

    /// Delete an artifact
    ///
    /// With all its versions; it can be restored.
    #[oai(
        path = "/artifacts/:id",
        method = "delete",
        operation_id = "deleteArtifact"
    )]
    async fn delete(
        &self,
        caller: Caller,
        id: Path<String>,
        /// Only if it still has this revision.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
    ) -> Result<Done, ApiError> {
        let expected = optional_revision(if_match.0.as_deref())?;
        self.deletion
            .delete(&caller, EntityKind::Artifact, &id, expected)
            .await?;
        Ok(Done)
    }

    /// Restore an artifact
    #[oai(
        path = "/artifacts/:id/restore",
        method = "post",
        operation_id = "restoreArtifact"
    )]
    async fn restore(&self, caller: Caller, id: Path<String>) -> Result<Done, ApiError> {
        self.deletion
            .restore(&caller, EntityKind::Artifact, &id)
            .await?;
        Ok(Done)
    }

    /// Create the next version of an artifact
    ///
    /// It takes the place of the current one, which is kept.
    #[oai(
        path = "/artifacts/:id/versions",
        method = "post",
        operation_id = "createArtifactVersion"
    )]
    async fn create_version(
        &self,
        caller: Caller,
        id: Path<String>,
        /// The revision of the artifact that was read.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
        body: WithContent<VersionInputHeader, VersionInput>,
    ) -> Result<Created<ArtifactView>, ApiError> {
        let expected = revision(if_match.0.as_deref())?;
        let new = body.header.with(body.content);
        Ok(created(
            self.catalog
                .new_artifact_version(&caller, &id, expected, new)
                .await?,
        ))
    }

    /// List the versions of an artifact
    ///
    /// The current one comes first.
    #[oai(
        path = "/artifacts/:id/versions",
        method = "get",
        operation_id = "listArtifactVersions"
    )]
    async fn versions(
        &self,
        caller: Caller,
        id: Path<String>,
        /// The most items.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u32>>,
        /// Where to go on: `nextCursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<PageView<VersionView>>, ApiError> {
        let page = page(limit.0, cursor.0)?;
        Ok(Json(
            self.catalog
                .artifact_versions(&caller, &id, &page)
                .await?
                .into(),
        ))
    }

    /// Read a version of an artifact
    #[oai(
        path = "/artifacts/:id/versions/:version",
        method = "get",
        operation_id = "getArtifactVersion"
    )]
    async fn version(
        &self,
        caller: Caller,
        id: Path<String>,
        /// SemVer.
        version: Path<String>,
    ) -> Result<Tagged<ArtifactView>, ApiError> {
        Ok(tagged(
            self.catalog
                .artifact_version(&caller, &id, &version)
                .await?,
        ))
    }
}
