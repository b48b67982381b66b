//! Versions of packages: read, fetched, deleted.

use std::sync::Arc;

use installhub_catalog::{Catalog, DownloadLink, DownloadPlace};
use installhub_deletion::{Deletion, EntityKind};
use installhub_http_kit::{
    ApiError, Caller, Done, DownloadAnswer, PackageVersionView, Tagged, Timestamp,
    optional_revision,
};
use installhub_kernel::PackageVersionId;
use poem_openapi::param::{Header, Path};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

use crate::PREFIX;
use crate::tags::Tag;

pub(crate) struct PackageVersions {
    pub(crate) catalog: Catalog,
    pub(crate) deletion: Arc<Deletion>,
}

/// A link by which anybody can fetch a version for a while.
#[derive(Object)]
#[oai(rename = "DownloadLink", rename_all = "camelCase")]
struct LinkView {
    /// Where: an address of the object store, or a path of this service.
    url: String,
    /// Until when.
    expires_at: Timestamp,
}

impl From<DownloadLink> for LinkView {
    fn from(link: DownloadLink) -> Self {
        Self {
            url: match link.place {
                DownloadPlace::Url(address) => address,
                DownloadPlace::Ticket(ticket) => format!("{PREFIX}/downloads/{ticket}"),
            },
            expires_at: link.expires_at.into(),
        }
    }
}

#[OpenApi(tag = "Tag::Packages")]
impl PackageVersions {
    /// Read a version of a package
    #[oai(
        path = "/package-versions/:id",
        method = "get",
        operation_id = "getPackageVersion"
    )]
    async fn get(
        &self,
        caller: Caller,
        id: Path<Uuid>,
    ) -> Result<Tagged<PackageVersionView>, ApiError> {
        let id = PackageVersionId::from_uuid(id.0);
        let version = self.catalog.package_version(&caller, id).await?;
        Ok(Tagged {
            revision: version.revision,
            view: version.into(),
        })
    }

    /// Delete a version of a package
    ///
    /// It can be restored.
    #[oai(
        path = "/package-versions/:id",
        method = "delete",
        operation_id = "deletePackageVersion"
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
        let (kind, id) = (EntityKind::PackageVersion, id.to_string());
        self.deletion.delete(&caller, kind, &id, expected).await?;
        Ok(Done)
    }

    /// Restore a version of a package
    #[oai(
        path = "/package-versions/:id/restore",
        method = "post",
        operation_id = "restorePackageVersion"
    )]
    async fn restore(&self, caller: Caller, id: Path<Uuid>) -> Result<Done, ApiError> {
        self.deletion
            .restore(&caller, EntityKind::PackageVersion, &id.to_string())
            .await?;
        Ok(Done)
    }

    /// Fetch the bytes of a version
    ///
    /// Where the object store hands them out itself, the answer leads there.
    #[oai(
        path = "/package-versions/:id/content",
        method = "get",
        operation_id = "downloadPackage"
    )]
    async fn download(&self, caller: Caller, id: Path<Uuid>) -> Result<DownloadAnswer, ApiError> {
        let found = self
            .catalog
            .download(&caller, PackageVersionId::from_uuid(id.0))
            .await?;
        Ok(DownloadAnswer::of(found, Some(&caller)))
    }

    /// Create a link by which anybody can fetch a version
    ///
    /// For 60 minutes. Every call makes another link.
    #[oai(
        path = "/package-versions/:id/download-links",
        method = "post",
        operation_id = "createDownloadLink"
    )]
    async fn link(&self, caller: Caller, id: Path<Uuid>) -> Result<Json<LinkView>, ApiError> {
        let link = self
            .catalog
            .download_link(&caller, PackageVersionId::from_uuid(id.0))
            .await?;
        Ok(Json(link.into()))
    }
}
