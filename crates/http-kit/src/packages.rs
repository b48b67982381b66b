//! Packages as more than one API shows them.

use std::collections::BTreeMap;

use installhub_catalog::{
    Download, DownloadContent, Package, PackageFilter, PackageVersion, RequiredPackage,
};
use poem::{IntoResponse, Response};
use poem_openapi::registry::{MetaResponses, Registry};
use poem_openapi::{ApiResponse, Object};
use uuid::Uuid;

use crate::answers::Redirect;
use crate::caller::Caller;
use crate::error::ApiError;
use crate::file::{FileAnswer, Zip};
use crate::input::parameter;
use crate::timestamp::Timestamp;

/// The filter that the parameters of a list ask for.
pub fn package_filter(
    name: Option<String>,
    package_type: Option<String>,
) -> Result<PackageFilter, ApiError> {
    Ok(PackageFilter {
        name,
        package_type: parameter("packageType", package_type)?,
    })
}

/// A package: a name with all its versions.
#[derive(Object)]
#[oai(rename = "Package", rename_all = "camelCase")]
pub struct PackageView {
    /// The id.
    id: Uuid,
    /// The name, unique in the tenant.
    name: String,
    /// What the version uploaded last is for.
    package_type: String,
    /// What the version uploaded last says about itself.
    #[oai(skip_serializing_if_is_none)]
    description: Option<String>,
    /// The greatest version; missing when all are deleted.
    #[oai(skip_serializing_if_is_none)]
    latest_version: Option<String>,
    /// When the first version came.
    created_at: Timestamp,
    /// By whom.
    created_by: String,
    /// When it last changed.
    updated_at: Timestamp,
    /// By whom.
    updated_by: String,
    /// Counts changes from 1.
    pub revision: u64,
}

impl From<Package> for PackageView {
    fn from(package: Package) -> Self {
        Self {
            id: package.id.as_uuid(),
            name: package.name,
            package_type: package.package_type.to_string(),
            description: package.description,
            latest_version: package.latest_version.map(|version| version.to_string()),
            created_at: package.created_at.into(),
            created_by: package.created_by,
            updated_at: package.updated_at.into(),
            updated_by: package.updated_by,
            revision: package.revision,
        }
    }
}

/// One version of a package.
#[derive(Object)]
#[oai(rename = "PackageVersion", rename_all = "camelCase")]
pub struct PackageVersionView {
    /// The id.
    pub id: Uuid,
    /// The package.
    package_id: Uuid,
    /// The name that its manifest gives.
    name: String,
    /// SemVer.
    version: String,
    /// SHA-256 of its bytes.
    digest: String,
    /// How many bytes it has.
    bytes: u64,
    /// `Draft`, `Released` or `Archived`.
    state: String,
    /// What the package is for.
    package_type: String,
    /// What it says about itself.
    #[oai(skip_serializing_if_is_none)]
    description: Option<String>,
    /// Who wrote it.
    #[oai(skip_serializing_if_is_none)]
    author: Option<String>,
    /// For whom.
    #[oai(skip_serializing_if_is_none)]
    organization: Option<String>,
    /// An SPDX expression or `Proprietary`.
    #[oai(skip_serializing_if_is_none)]
    license: Option<String>,
    /// A page about it.
    #[oai(skip_serializing_if_is_none)]
    homepage: Option<String>,
    /// Words to find it by.
    tags: Vec<String>,
    /// When it was exported.
    exported_at: Timestamp,
    /// The identity of the package file.
    manifest_package_id: String,
    /// The digest of all artifact bytes in install order.
    checksum: String,
    /// Packages that must be installed first.
    package_dependencies: Vec<RequiredPackageView>,
    /// How many artifacts there are of each type.
    artifact_counts: BTreeMap<String, u64>,
    /// How many artifacts there are.
    artifact_count: u64,
    /// When it was taken in.
    uploaded_at: Timestamp,
    /// By whom.
    uploaded_by: String,
    /// Counts changes from 1.
    pub revision: u64,
}

impl From<PackageVersion> for PackageVersionView {
    fn from(found: PackageVersion) -> Self {
        let details = found.details;
        Self {
            id: found.id.as_uuid(),
            package_id: found.package.as_uuid(),
            name: found.name,
            version: found.version.to_string(),
            digest: found.digest.to_string(),
            bytes: found.bytes,
            state: found.state.to_string(),
            package_type: details.package_type.to_string(),
            description: details.description,
            author: details.author,
            organization: details.organization,
            license: details.license,
            homepage: details.homepage,
            tags: details.tags,
            exported_at: details.exported_at.into(),
            manifest_package_id: details.package_id,
            checksum: details.checksum.to_string(),
            package_dependencies: details
                .package_dependencies
                .into_iter()
                .map(Into::into)
                .collect(),
            artifact_counts: details.artifact_counts,
            artifact_count: details.artifact_count,
            uploaded_at: found.uploaded_at.into(),
            uploaded_by: found.uploaded_by,
            revision: found.revision,
        }
    }
}

/// A package that must be installed first.
#[derive(Object)]
#[oai(rename = "RequiredPackage", rename_all = "camelCase")]
struct RequiredPackageView {
    /// Its name.
    package_name: String,
    /// The lowest version that will do.
    #[oai(skip_serializing_if_is_none)]
    min_version: Option<String>,
    /// The lowest version that will not do any more.
    #[oai(skip_serializing_if_is_none)]
    max_version: Option<String>,
}

impl From<RequiredPackage> for RequiredPackageView {
    fn from(needed: RequiredPackage) -> Self {
        Self {
            package_name: needed.package_name,
            min_version: needed.min_version.map(|version| version.to_string()),
            max_version: needed.max_version.map(|version| version.to_string()),
        }
    }
}

/// The bytes of a package version: here, or at the store that hands them out itself.
pub enum DownloadAnswer {
    /// Here.
    File(FileAnswer<Zip>),
    /// At this address.
    Elsewhere(Redirect),
}

impl DownloadAnswer {
    /// The answer to who may have the bytes.
    pub fn of(download: Download, caller: Option<&Caller>) -> Self {
        match download.content {
            DownloadContent::Url(address) => Self::Elsewhere(Redirect(address)),
            DownloadContent::Stream(pieces) => Self::File(
                FileAnswer::new(download.file_name, pieces, caller)
                    .known(download.bytes, download.digest),
            ),
        }
    }
}

impl IntoResponse for DownloadAnswer {
    fn into_response(self) -> Response {
        match self {
            Self::File(file) => file.into_response(),
            Self::Elsewhere(redirect) => redirect.into_response(),
        }
    }
}

impl ApiResponse for DownloadAnswer {
    fn meta() -> MetaResponses {
        let mut responses = FileAnswer::<Zip>::meta().responses;
        responses.extend(Redirect::meta().responses);
        MetaResponses { responses }
    }

    fn register(_registry: &mut Registry) {}
}
