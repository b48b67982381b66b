//! Artifacts and their earlier versions.

use async_trait::async_trait;
use installhub_artifact::to_canonical_bytes;
use installhub_catalog::ports::ArtifactRepository;
use installhub_catalog::{
    ArtifactFilter, ArtifactOrder, ArtifactRecord, ArtifactSummary, ArtifactVersionSummary,
    ListPosition,
};
use installhub_checksum::Digest;
use installhub_kernel::{StoreError, TenantScope};
use sea_orm::ActiveValue::Set;
use sea_orm::prelude::DateTimeUtc;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, FromQueryResult, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};
use semver::Version;

use super::position::{behind, below, contains, foreign};
use super::{READ, WRITE};
use crate::artifact_rows::{label, name_key};
use crate::entity::artifact::{self, Column, Entity};
use crate::entity::artifact_version;
use crate::failure::{corrupt, store_error};
use crate::scoped::TenantOwned as _;
use crate::unit::Unit;
use crate::words::{json_from_text, json_text, parsed, read_count, stored_count};

const ACTIVE: &str = "active";

/// All but the document.
#[derive(FromQueryResult)]
struct SummaryRow {
    id: String,
    artifact_type: String,
    name: String,
    version: String,
    digest: String,
    created_at: DateTimeUtc,
    created_by: String,
    updated_at: DateTimeUtc,
    updated_by: String,
    revision: i64,
}

#[derive(FromQueryResult)]
struct VersionRow {
    version: String,
    name: String,
    digest: String,
    written_at: DateTimeUtc,
    written_by: String,
    revision: i64,
}

#[async_trait]
impl ArtifactRepository for Unit {
    async fn artifact(
        &mut self,
        scope: &TenantScope,
        id: &str,
    ) -> Result<Option<ArtifactRecord>, StoreError> {
        let row = Entity::rows_of(scope)
            .filter(Column::Id.eq(id))
            .filter(Column::DeletedAt.is_null())
            .one(&self.transaction)
            .await
            .map_err(|error| store_error(READ, error))?;
        row.map(record).transpose()
    }

    async fn artifacts(
        &mut self,
        scope: &TenantScope,
        filter: &ArtifactFilter,
        after: Option<&ListPosition>,
        limit: u32,
    ) -> Result<Vec<ArtifactSummary>, StoreError> {
        let mut query = Entity::rows_of(scope)
            .select_only()
            .columns([
                Column::Id,
                Column::ArtifactType,
                Column::Name,
                Column::Version,
                Column::Digest,
                Column::CreatedAt,
                Column::CreatedBy,
                Column::UpdatedAt,
                Column::UpdatedBy,
                Column::Revision,
            ])
            .filter(Column::DeletedAt.is_null());
        if let Some(artifact_type) = filter.artifact_type {
            query = query.filter(Column::ArtifactType.eq(artifact_type.as_str()));
        }
        if let Some(name) = &filter.name {
            query = query.filter(contains(Column::NameKey, name));
        }
        query = match filter.order {
            ArtifactOrder::UpdatedAt => query.order_by_desc(Column::UpdatedAt),
            ArtifactOrder::Name => query.order_by_asc(Column::NameKey),
        };
        query = match (filter.order, after) {
            (_, None) => query,
            (ArtifactOrder::UpdatedAt, Some(ListPosition::Time(at, id))) => {
                query.filter(below(Column::UpdatedAt, *at, Column::Id, id.as_str()))
            }
            (ArtifactOrder::Name, Some(ListPosition::Key(key, id))) => query.filter(behind(
                Column::NameKey,
                key.as_str(),
                Column::Id,
                id.as_str(),
            )),
            (_, Some(other)) => return Err(foreign(other)),
        };
        let rows = query
            .order_by_asc(Column::Id)
            .limit(u64::from(limit))
            .into_model::<SummaryRow>()
            .all(&self.transaction)
            .await
            .map_err(|error| store_error(READ, error))?;
        rows.into_iter().map(summary).collect()
    }

    async fn add_artifact(
        &mut self,
        scope: &TenantScope,
        artifact: &ArtifactRecord,
    ) -> Result<(), StoreError> {
        let row = row(scope, artifact)?;
        let id = row.id.clone();
        let added = Entity::insert(row.into_active_model())
            .on_conflict(
                OnConflict::columns([Column::TenantId, Column::Id])
                    .do_nothing()
                    .to_owned(),
            )
            .exec_without_returning(&self.transaction)
            .await
            .map_err(|error| store_error(WRITE, error))?;
        if added == 0 {
            return Err(StoreError::Conflict(format!("the id '{id}' is taken")));
        }
        Ok(())
    }

    async fn supersede_artifact(
        &mut self,
        scope: &TenantScope,
        current: &ArtifactRecord,
        next: &ArtifactRecord,
    ) -> Result<bool, StoreError> {
        let kept = row(scope, current)?;
        let revision = kept.revision;
        let row = row(scope, next)?;
        let changed = Entity::changes_of(scope)
            .set(artifact::ActiveModel {
                name: Set(row.name),
                name_key: Set(row.name_key),
                version: Set(row.version),
                content: Set(row.content),
                digest: Set(row.digest),
                updated_at: Set(row.updated_at),
                updated_by: Set(row.updated_by),
                revision: Set(row.revision),
                ..artifact::ActiveModel::default()
            })
            .filter(Column::Id.eq(kept.id.as_str()))
            .filter(Column::Revision.eq(revision))
            .filter(Column::DeletedAt.is_null())
            .exec(&self.transaction)
            .await
            .map_err(|error| store_error(WRITE, error))?;
        if changed.rows_affected == 0 {
            return Ok(false);
        }
        artifact_version::Entity::insert(version_row(kept).into_active_model())
            .exec_without_returning(&self.transaction)
            .await
            .map_err(|error| store_error(WRITE, error))?;
        Ok(true)
    }

    async fn earlier_versions(
        &mut self,
        scope: &TenantScope,
        id: &str,
        below: Option<u64>,
        limit: u32,
    ) -> Result<Vec<ArtifactVersionSummary>, StoreError> {
        use artifact_version::{Column, Entity};
        let mut query = Entity::rows_of(scope)
            .select_only()
            .columns([
                Column::Version,
                Column::Name,
                Column::Digest,
                Column::WrittenAt,
                Column::WrittenBy,
                Column::Revision,
            ])
            .filter(Column::ArtifactId.eq(id));
        if let Some(below) = below {
            query = query.filter(Column::Revision.lt(stored_count(id, below)?));
        }
        let rows = query
            .order_by_desc(Column::Revision)
            .limit(u64::from(limit))
            .into_model::<VersionRow>()
            .all(&self.transaction)
            .await
            .map_err(|error| store_error(READ, error))?;
        rows.into_iter()
            .map(|row| version_summary(id, row))
            .collect()
    }

    async fn earlier_version(
        &mut self,
        scope: &TenantScope,
        id: &str,
        version: &Version,
    ) -> Result<Option<ArtifactRecord>, StoreError> {
        use artifact_version::{Column, Entity};
        let row = Entity::rows_of(scope)
            .filter(Column::ArtifactId.eq(id))
            .filter(Column::Version.eq(version.to_string()))
            .order_by_desc(Column::Revision)
            .one(&self.transaction)
            .await
            .map_err(|error| store_error(READ, error))?;
        row.map(|row| record(former_row(row))).transpose()
    }
}

fn summary(row: SummaryRow) -> Result<ArtifactSummary, StoreError> {
    let location = label(&row.artifact_type, &row.id, &row.name);
    Ok(ArtifactSummary {
        artifact_type: parsed(&location, &row.artifact_type)?,
        version: parsed(&location, &row.version)?,
        digest: parsed(&location, &row.digest)?,
        revision: read_count(&location, row.revision)?,
        id: row.id,
        name: row.name,
        created_at: row.created_at,
        created_by: row.created_by,
        updated_at: row.updated_at,
        updated_by: row.updated_by,
    })
}

/// The artifact of a row, if the row is as it was written.
fn record(row: artifact::Model) -> Result<ArtifactRecord, StoreError> {
    let location = label(&row.artifact_type, &row.id, &row.name);
    let content = json_from_text(&location, &row.content)?;
    let found = Digest::of(row.content.as_bytes());
    let summary = summary(SummaryRow {
        id: row.id,
        artifact_type: row.artifact_type,
        name: row.name,
        version: row.version,
        digest: row.digest,
        created_at: row.created_at,
        created_by: row.created_by,
        updated_at: row.updated_at,
        updated_by: row.updated_by,
        revision: row.revision,
    })?;
    let expected = summary.digest;
    if found != expected {
        let message = format!("its content was written with {expected} and now has {found}");
        return Err(corrupt(&location, message));
    }
    Ok(ArtifactRecord { summary, content })
}

fn row(scope: &TenantScope, artifact: &ArtifactRecord) -> Result<artifact::Model, StoreError> {
    let ArtifactRecord { summary, content } = artifact;
    debug_assert_eq!(summary.digest, Digest::of(&to_canonical_bytes(content)));
    Ok(artifact::Model {
        tenant_id: scope.tenant().as_uuid(),
        id: summary.id.clone(),
        artifact_type: summary.artifact_type.as_str().to_owned(),
        name: summary.name.clone(),
        name_key: name_key(&summary.name),
        version: summary.version.to_string(),
        status: ACTIVE.to_owned(),
        content: json_text(content),
        digest: summary.digest.to_string(),
        created_at: summary.created_at,
        created_by: summary.created_by.clone(),
        updated_at: summary.updated_at,
        updated_by: summary.updated_by.clone(),
        deleted_at: None,
        deleted_by: None,
        revision: stored_count(&summary.id, summary.revision)?,
    })
}

/// The row of an artifact as one of its earlier versions.
fn version_row(row: artifact::Model) -> artifact_version::Model {
    artifact_version::Model {
        tenant_id: row.tenant_id,
        artifact_id: row.id,
        revision: row.revision,
        artifact_type: row.artifact_type,
        version: row.version,
        name: row.name,
        content: row.content,
        digest: row.digest,
        written_at: row.updated_at,
        written_by: row.updated_by,
    }
}

/// An earlier version as the artifact it was: made and changed when that version was written.
fn former_row(row: artifact_version::Model) -> artifact::Model {
    artifact::Model {
        tenant_id: row.tenant_id,
        id: row.artifact_id,
        artifact_type: row.artifact_type,
        name_key: name_key(&row.name),
        name: row.name,
        version: row.version,
        status: ACTIVE.to_owned(),
        content: row.content,
        digest: row.digest,
        created_at: row.written_at,
        created_by: row.written_by.clone(),
        updated_at: row.written_at,
        updated_by: row.written_by,
        deleted_at: None,
        deleted_by: None,
        revision: row.revision,
    }
}

fn version_summary(id: &str, row: VersionRow) -> Result<ArtifactVersionSummary, StoreError> {
    let location = format!("{id} {}", row.version);
    Ok(ArtifactVersionSummary {
        version: parsed(&location, &row.version)?,
        digest: parsed(&location, &row.digest)?,
        revision: read_count(&location, row.revision)?,
        name: row.name,
        written_at: row.written_at,
        written_by: row.written_by,
    })
}
