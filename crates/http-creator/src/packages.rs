//! Packages: uploaded, listed, deleted.

use std::sync::Arc;

use installhub_catalog::Catalog;
use installhub_deletion::{Deletion, EntityKind};
use installhub_http_kit::{
    ApiError, Caller, Created, Done, PackageVersionView, PackageView, PageView, Tagged,
    optional_revision, package_filter, page,
};
use installhub_kernel::PackageId;
use poem_openapi::OpenApi;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use uuid::Uuid;

use crate::PREFIX;
use crate::bodies::{PackageFile, pieces};
use crate::tags::Tag;

pub(crate) struct Packages {
    pub(crate) catalog: Catalog,
    pub(crate) deletion: Arc<Deletion>,
}

#[OpenApi(tag = "Tag::Packages")]
impl Packages {
    /// Upload a package
    ///
    /// The file is the body as it is. It is judged as a whole: one that is refused is answered with every finding. The same
    /// bytes again are the same version; other bytes under the same name and version are a conflict.
    #[oai(path = "/packages", method = "post", operation_id = "uploadPackage")]
    async fn upload(
        &self,
        caller: Caller,
        request: &poem::Request,
        body: PackageFile,
    ) -> Result<Created<PackageVersionView>, ApiError> {
        let declared = request
            .header("content-length")
            .and_then(|text| text.parse().ok());
        let version = self
            .catalog
            .upload_package(&caller, pieces(body.0), declared)
            .await?;
        Ok(Created {
            location: format!("{PREFIX}/package-versions/{}", version.id),
            revision: version.revision,
            view: version.into(),
        })
    }

    /// List packages
    ///
    /// The one that changed last comes first.
    #[oai(path = "/packages", method = "get", operation_id = "listPackages")]
    async fn list(
        &self,
        caller: Caller,
        /// Those whose name contains this, whatever the case.
        #[oai(validator(max_length = 200))]
        name: Query<Option<String>>,
        /// Those that are for this.
        #[oai(name = "packageType")]
        package_type: Query<Option<String>>,
        /// The most items.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u32>>,
        /// Where to go on: `nextCursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<PageView<PackageView>>, ApiError> {
        let filter = package_filter(name.0, package_type.0)?;
        let found = self
            .catalog
            .packages(&caller, &filter, &page(limit.0, cursor.0)?)
            .await?;
        Ok(Json(found.into()))
    }

    /// Read a package
    #[oai(path = "/packages/:id", method = "get", operation_id = "getPackage")]
    async fn get(&self, caller: Caller, id: Path<Uuid>) -> Result<Tagged<PackageView>, ApiError> {
        let package = self
            .catalog
            .package(&caller, PackageId::from_uuid(id.0))
            .await?;
        Ok(Tagged {
            revision: package.revision,
            view: package.into(),
        })
    }

    /// Delete a package
    ///
    /// With all its versions; it can be restored.
    #[oai(
        path = "/packages/:id",
        method = "delete",
        operation_id = "deletePackage"
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
            .delete(&caller, EntityKind::Package, &id.to_string(), expected)
            .await?;
        Ok(Done)
    }

    /// Restore a package
    #[oai(
        path = "/packages/:id/restore",
        method = "post",
        operation_id = "restorePackage"
    )]
    async fn restore(&self, caller: Caller, id: Path<Uuid>) -> Result<Done, ApiError> {
        self.deletion
            .restore(&caller, EntityKind::Package, &id.to_string())
            .await?;
        Ok(Done)
    }

    /// List the versions of a package
    ///
    /// The greatest comes first.
    #[oai(
        path = "/packages/:id/versions",
        method = "get",
        operation_id = "listPackageVersions"
    )]
    async fn versions(
        &self,
        caller: Caller,
        id: Path<Uuid>,
        /// The most items.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u32>>,
        /// Where to go on: `nextCursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<PageView<PackageVersionView>>, ApiError> {
        let (id, page) = (PackageId::from_uuid(id.0), page(limit.0, cursor.0)?);
        Ok(Json(
            self.catalog
                .package_versions(&caller, id, &page)
                .await?
                .into(),
        ))
    }
}
