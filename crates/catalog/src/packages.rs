//! Use cases about packages and their versions, but for how they come in and go out.

use installhub_access::{Permission, Principal};
use installhub_kernel::{PackageId, PackageVersionId, Page, PageRequest};

use crate::artifacts::sought;
use crate::position::Wanted;
use crate::precedence::precedence_key;
use crate::{Catalog, CatalogError, ListPosition, Package, PackageFilter, PackageVersion};

pub(crate) const PACKAGE: &str = "package";
pub(crate) const VERSION: &str = "package version";

impl Catalog {
    /// Packages, the one that changed last first. Needs `package:read`.
    pub async fn packages(
        &self,
        principal: &Principal,
        filter: &PackageFilter,
        page: &PageRequest,
    ) -> Result<Page<Package>, CatalogError> {
        let scope = principal.scope_for(Permission::PackageRead)?;
        sought(filter.name.as_deref())?;
        let wanted = Wanted::read(
            page,
            |at| matches!(at, ListPosition::Time(_, id) if id.parse::<PackageId>().is_ok()),
        )?;
        let mut unit = self.store.read(scope).await?;
        let items = unit
            .packages()
            .packages(scope, filter, wanted.after.as_ref(), wanted.limit())
            .await?;
        Ok(wanted.page(items, |last| {
            ListPosition::Time(last.updated_at, last.id.to_string())
        }))
    }

    /// A package. Needs `package:read`.
    pub async fn package(
        &self,
        principal: &Principal,
        id: PackageId,
    ) -> Result<Package, CatalogError> {
        let scope = principal.scope_for(Permission::PackageRead)?;
        let mut unit = self.store.read(scope).await?;
        let found = unit.packages().package(scope, id).await?;
        found.ok_or_else(|| CatalogError::not_found(PACKAGE, id))
    }

    /// The versions of a package, the greatest first. Needs `package:read`.
    pub async fn package_versions(
        &self,
        principal: &Principal,
        id: PackageId,
        page: &PageRequest,
    ) -> Result<Page<PackageVersion>, CatalogError> {
        let scope = principal.scope_for(Permission::PackageRead)?;
        let wanted = Wanted::read(
            page,
            |at| matches!(at, ListPosition::Key(_, id) if id.parse::<PackageVersionId>().is_ok()),
        )?;
        let mut unit = self.store.read(scope).await?;
        let items = unit
            .packages()
            .versions(scope, id, wanted.after.as_ref(), wanted.limit())
            .await?;
        if items.is_empty() && unit.packages().package(scope, id).await?.is_none() {
            return Err(CatalogError::not_found(PACKAGE, id));
        }
        Ok(wanted.page(items, |last| {
            ListPosition::Key(precedence_key(&last.version), last.id.to_string())
        }))
    }

    /// One version of a package. Needs `package:read`.
    pub async fn package_version(
        &self,
        principal: &Principal,
        id: PackageVersionId,
    ) -> Result<PackageVersion, CatalogError> {
        let scope = principal.scope_for(Permission::PackageRead)?;
        let mut unit = self.store.read(scope).await?;
        let found = unit.packages().version(scope, id).await?;
        found.ok_or_else(|| CatalogError::not_found(VERSION, id))
    }

    /// The whole manifest of a version as canonical JSON (package format 1.0, Manifest). Needs `package:read`.
    pub async fn package_manifest(
        &self,
        principal: &Principal,
        id: PackageVersionId,
    ) -> Result<Vec<u8>, CatalogError> {
        let scope = principal.scope_for(Permission::PackageRead)?;
        let mut unit = self.store.read(scope).await?;
        let found = unit.packages().manifest(scope, id).await?;
        found.ok_or_else(|| CatalogError::not_found(VERSION, id))
    }
}
