//! Packages and their versions.

use async_trait::async_trait;
use installhub_catalog::ports::PackageRepository;
use installhub_catalog::{ListPosition, Package, PackageFilter, PackageVersion};
use installhub_checksum::Digest;
use installhub_kernel::{PackageId, PackageVersionId, StoreError, TenantScope};
use sea_orm::ActiveValue::Set;
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, ExprTrait as _, SelectStatement};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, QueryTrait as _, Select,
};
use semver::Version;

use super::package_rows::{PackageRow, package, package_row, version, version_row};
use super::position::{below, contains, foreign};
use super::{READ, WRITE};
use crate::artifact_rows::name_key;
use crate::entity::package::{self, Column, Entity};
use crate::entity::{package_manifest, package_version};
use crate::failure::store_error;
use crate::scoped::TenantOwned as _;
use crate::unit::Unit;
use crate::words::parsed;

/// The packages of the tenant, each with its greatest version, in one statement.
fn living(scope: &TenantScope) -> Select<Entity> {
    let latest: SelectStatement = package_version::Entity::rows_of(scope)
        .select_only()
        .column(package_version::Column::Version)
        .filter(
            Expr::col((package_version::Entity, package_version::Column::PackageId))
                .equals((Entity, Column::Id)),
        )
        .filter(package_version::Column::DeletedAt.is_null())
        .order_by_desc(package_version::Column::VersionKey)
        .order_by_asc(package_version::Column::Id)
        .limit(1)
        .into_query();
    Entity::rows_of(scope)
        .filter(Column::DeletedAt.is_null())
        .expr_as(Expr::expr(latest), "latest_version")
}

/// The versions of the tenant that are not deleted and belong to nothing deleted.
fn living_versions(scope: &TenantScope) -> Select<package_version::Entity> {
    let packages = Entity::rows_of(scope)
        .select_only()
        .column(Column::Id)
        .filter(Column::DeletedAt.is_null())
        .filter(
            Expr::col((Entity, Column::Id))
                .equals((package_version::Entity, package_version::Column::PackageId)),
        )
        .into_query();
    package_version::Entity::rows_of(scope)
        .filter(package_version::Column::DeletedAt.is_null())
        .filter(Expr::exists(packages))
}

impl Unit {
    async fn one_package(&self, query: Select<Entity>) -> Result<Option<Package>, StoreError> {
        let row = query
            .into_model::<PackageRow>()
            .one(&self.transaction)
            .await
            .map_err(|error| store_error(READ, error))?;
        row.map(package).transpose()
    }

    async fn one_version(
        &self,
        query: Select<package_version::Entity>,
    ) -> Result<Option<PackageVersion>, StoreError> {
        let row = query
            .one(&self.transaction)
            .await
            .map_err(|error| store_error(READ, error))?;
        row.map(version).transpose()
    }
}

#[async_trait]
impl PackageRepository for Unit {
    async fn package(
        &mut self,
        scope: &TenantScope,
        id: PackageId,
    ) -> Result<Option<Package>, StoreError> {
        self.one_package(living(scope).filter(Column::Id.eq(id.as_uuid())))
            .await
    }

    async fn package_named(
        &mut self,
        scope: &TenantScope,
        name: &str,
    ) -> Result<Option<Package>, StoreError> {
        self.one_package(living(scope).filter(Column::NameKey.eq(name_key(name))))
            .await
    }

    async fn packages(
        &mut self,
        scope: &TenantScope,
        filter: &PackageFilter,
        after: Option<&ListPosition>,
        limit: u32,
    ) -> Result<Vec<Package>, StoreError> {
        let mut query = living(scope);
        if let Some(package_type) = filter.package_type {
            query = query.filter(Column::PackageType.eq(package_type.as_str()));
        }
        if let Some(name) = &filter.name {
            query = query.filter(contains(Column::NameKey, name));
        }
        query = match after {
            None => query,
            Some(ListPosition::Time(at, id)) => {
                let id: Uuid = parsed("a place in a list", id)?;
                query.filter(below(Column::UpdatedAt, *at, Column::Id, id))
            }
            Some(other) => return Err(foreign(other)),
        };
        let rows = query
            .order_by_desc(Column::UpdatedAt)
            .order_by_asc(Column::Id)
            .limit(u64::from(limit))
            .into_model::<PackageRow>()
            .all(&self.transaction)
            .await
            .map_err(|error| store_error(READ, error))?;
        rows.into_iter().map(package).collect()
    }

    async fn add_package(
        &mut self,
        scope: &TenantScope,
        package: &Package,
    ) -> Result<(), StoreError> {
        Entity::insert(package_row(scope, package)?.into_active_model())
            .exec_without_returning(&self.transaction)
            .await
            .map_err(|error| store_error(WRITE, error))?;
        Ok(())
    }

    async fn change_package(
        &mut self,
        scope: &TenantScope,
        package: &Package,
    ) -> Result<bool, StoreError> {
        let row = package_row(scope, package)?;
        let changed = Entity::changes_of(scope)
            .set(package::ActiveModel {
                name: Set(row.name),
                package_type: Set(row.package_type),
                description: Set(row.description),
                updated_at: Set(row.updated_at),
                updated_by: Set(row.updated_by),
                revision: Set(row.revision),
                ..package::ActiveModel::default()
            })
            .filter(Column::Id.eq(row.id))
            .filter(Column::Revision.eq(row.revision - 1))
            .filter(Column::DeletedAt.is_null())
            .exec(&self.transaction)
            .await
            .map_err(|error| store_error(WRITE, error))?;
        Ok(changed.rows_affected > 0)
    }

    async fn version(
        &mut self,
        scope: &TenantScope,
        id: PackageVersionId,
    ) -> Result<Option<PackageVersion>, StoreError> {
        let query = living_versions(scope).filter(package_version::Column::Id.eq(id.as_uuid()));
        self.one_version(query).await
    }

    async fn version_numbered(
        &mut self,
        scope: &TenantScope,
        package: PackageId,
        version: &Version,
    ) -> Result<Option<PackageVersion>, StoreError> {
        let query = living_versions(scope)
            .filter(package_version::Column::PackageId.eq(package.as_uuid()))
            .filter(package_version::Column::Version.eq(version.to_string()));
        self.one_version(query).await
    }

    async fn version_with_digest(
        &mut self,
        scope: &TenantScope,
        digest: Digest,
    ) -> Result<Option<PackageVersion>, StoreError> {
        let query =
            living_versions(scope).filter(package_version::Column::Digest.eq(digest.to_string()));
        self.one_version(query).await
    }

    async fn versions(
        &mut self,
        scope: &TenantScope,
        package: PackageId,
        after: Option<&ListPosition>,
        limit: u32,
    ) -> Result<Vec<PackageVersion>, StoreError> {
        use package_version::Column;
        let mut query = living_versions(scope).filter(Column::PackageId.eq(package.as_uuid()));
        query = match after {
            None => query,
            Some(ListPosition::Key(key, id)) => {
                let id: Uuid = parsed("a place in a list", id)?;
                query.filter(below(Column::VersionKey, key.as_str(), Column::Id, id))
            }
            Some(other) => return Err(foreign(other)),
        };
        let rows = query
            .order_by_desc(Column::VersionKey)
            .order_by_asc(Column::Id)
            .limit(u64::from(limit))
            .all(&self.transaction)
            .await
            .map_err(|error| store_error(READ, error))?;
        rows.into_iter().map(version).collect()
    }

    async fn add_version(
        &mut self,
        scope: &TenantScope,
        version: &PackageVersion,
        manifest: &[u8],
    ) -> Result<(), StoreError> {
        let row = version_row(scope, version)?;
        let manifest = package_manifest::Model {
            tenant_id: row.tenant_id,
            version_id: row.id,
            manifest: String::from_utf8_lossy(manifest).into_owned(),
        };
        package_version::Entity::insert(row.into_active_model())
            .exec_without_returning(&self.transaction)
            .await
            .map_err(|error| store_error(WRITE, error))?;
        package_manifest::Entity::insert(manifest.into_active_model())
            .exec_without_returning(&self.transaction)
            .await
            .map_err(|error| store_error(WRITE, error))?;
        Ok(())
    }

    async fn manifest(
        &mut self,
        scope: &TenantScope,
        id: PackageVersionId,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        if PackageRepository::version(self, scope, id).await?.is_none() {
            return Ok(None);
        }
        let row = package_manifest::Entity::rows_of(scope)
            .filter(package_manifest::Column::VersionId.eq(id.as_uuid()))
            .one(&self.transaction)
            .await
            .map_err(|error| store_error(READ, error))?;
        Ok(row.map(|row| row.manifest.into_bytes()))
    }

    async fn refers_to(&mut self, scope: &TenantScope, digest: Digest) -> Result<bool, StoreError> {
        let found: Option<Uuid> = package_version::Entity::rows_of(scope)
            .select_only()
            .column(package_version::Column::Id)
            .filter(package_version::Column::Digest.eq(digest.to_string()))
            .into_tuple()
            .one(&self.transaction)
            .await
            .map_err(|error| store_error(READ, error))?;
        Ok(found.is_some())
    }
}
