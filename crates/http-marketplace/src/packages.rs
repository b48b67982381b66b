//! The packages of the own tenant: listed, read, fetched.

use installhub_catalog::Catalog;
use installhub_http_kit::{
    ApiError, Caller, DownloadAnswer, PackageVersionView, PackageView, PageView, Tagged,
    package_filter, page,
};
use installhub_kernel::{PackageId, PackageVersionId};
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{OpenApi, Tags};
use uuid::Uuid;

pub(crate) struct Packages {
    pub(crate) catalog: Catalog,
}

#[derive(Tags)]
enum Tag {
    /// Packages and their versions.
    Packages,
}

#[OpenApi(tag = "Tag::Packages")]
impl Packages {
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

    /// Read a version of a package
    #[oai(
        path = "/package-versions/:id",
        method = "get",
        operation_id = "getPackageVersion"
    )]
    async fn version(
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
}
