//! Packages and versions as rows.

use installhub_catalog::{Package, PackageVersion, precedence_key};
use installhub_kernel::{PackageId, PackageVersionId, StoreError, TenantScope};
use sea_orm::FromQueryResult;
use sea_orm::prelude::{DateTimeUtc, Uuid};

use crate::artifact_rows::name_key;
use crate::entity::{package, package_version};
use crate::words::{parsed, read_count, stored_count, value_from_text, value_text};

/// A package with what is looked up with it.
#[derive(FromQueryResult)]
pub(super) struct PackageRow {
    id: Uuid,
    name: String,
    package_type: String,
    description: Option<String>,
    created_at: DateTimeUtc,
    created_by: String,
    updated_at: DateTimeUtc,
    updated_by: String,
    revision: i64,
    latest_version: Option<String>,
}

pub(super) fn package(row: PackageRow) -> Result<Package, StoreError> {
    let location = format!("package {}", row.id);
    Ok(Package {
        id: PackageId::from_uuid(row.id),
        package_type: parsed(&location, &row.package_type)?,
        latest_version: row
            .latest_version
            .map(|version| parsed(&location, &version))
            .transpose()?,
        revision: read_count(&location, row.revision)?,
        name: row.name,
        description: row.description,
        created_at: row.created_at,
        created_by: row.created_by,
        updated_at: row.updated_at,
        updated_by: row.updated_by,
    })
}

pub(super) fn package_row(
    scope: &TenantScope,
    package: &Package,
) -> Result<package::Model, StoreError> {
    Ok(package::Model {
        tenant_id: scope.tenant().as_uuid(),
        id: package.id.as_uuid(),
        name: package.name.clone(),
        name_key: name_key(&package.name),
        package_type: package.package_type.as_str().to_owned(),
        description: package.description.clone(),
        created_at: package.created_at,
        created_by: package.created_by.clone(),
        updated_at: package.updated_at,
        updated_by: package.updated_by.clone(),
        deleted_at: None,
        deleted_by: None,
        revision: stored_count(&package.name, package.revision)?,
    })
}

pub(super) fn version(row: package_version::Model) -> Result<PackageVersion, StoreError> {
    let location = format!("package version {}", row.id);
    Ok(PackageVersion {
        id: PackageVersionId::from_uuid(row.id),
        package: PackageId::from_uuid(row.package_id),
        version: parsed(&location, &row.version)?,
        digest: parsed(&location, &row.digest)?,
        bytes: read_count(&location, row.bytes)?,
        state: parsed(&location, &row.state)?,
        details: value_from_text(&location, &row.details)?,
        revision: read_count(&location, row.revision)?,
        name: row.name,
        uploaded_at: row.uploaded_at,
        uploaded_by: row.uploaded_by,
    })
}

pub(super) fn version_row(
    scope: &TenantScope,
    version: &PackageVersion,
) -> Result<package_version::Model, StoreError> {
    let location = format!("package version {}", version.id);
    Ok(package_version::Model {
        tenant_id: scope.tenant().as_uuid(),
        id: version.id.as_uuid(),
        package_id: version.package.as_uuid(),
        name: version.name.clone(),
        version: version.version.to_string(),
        version_key: precedence_key(&version.version),
        digest: version.digest.to_string(),
        bytes: stored_count(&location, version.bytes)?,
        state: version.state.as_str().to_owned(),
        details: value_text(&location, &version.details)?,
        uploaded_at: version.uploaded_at,
        uploaded_by: version.uploaded_by.clone(),
        deleted_at: None,
        deleted_by: None,
        revision: stored_count(&location, version.revision)?,
    })
}
