//! The list of snapshots.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use installhub_importing::ports::StoreError;
use installhub_kernel::{SnapshotId, TenantScope};
use installhub_recovery::{SnapshotError, SnapshotRecord, SnapshotRepository};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _,
    PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use crate::entity::snapshot::{ActiveModel, Column, Entity, Model};
use crate::failure::snapshot_error;
use crate::scoped::TenantOwned as _;
use crate::unit::Unit;
use crate::words::{parsed, read_count, stored_count};

const READ: &str = "cannot read the list of snapshots";
const WRITE: &str = "cannot change the list of snapshots";

#[async_trait]
impl SnapshotRepository for Unit {
    async fn add(
        &mut self,
        scope: &TenantScope,
        record: &SnapshotRecord,
    ) -> Result<(), SnapshotError> {
        let row = row(scope, record).map_err(|error| damaged(WRITE, error))?;
        Entity::insert(row.into_active_model())
            .exec_without_returning(&self.transaction)
            .await
            .map_err(|error| snapshot_error(WRITE, error))?;
        Ok(())
    }

    async fn find(
        &mut self,
        scope: &TenantScope,
        id: SnapshotId,
    ) -> Result<Option<SnapshotRecord>, SnapshotError> {
        let found = Entity::rows_of(scope)
            .filter(Column::Id.eq(id.as_uuid()))
            .filter(Column::DeletedAt.is_null())
            .one(&self.transaction)
            .await
            .map_err(|error| snapshot_error(READ, error))?;
        found
            .map(record)
            .transpose()
            .map_err(|error| damaged(READ, error))
    }

    async fn expired(
        &mut self,
        scope: &TenantScope,
        now: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<SnapshotRecord>, SnapshotError> {
        let rows = Entity::rows_of(scope)
            .filter(Column::DeletedAt.is_null())
            .filter(Column::ExpiresAt.lt(now))
            .order_by_asc(Column::CreatedAt)
            .order_by_asc(Column::Id)
            .limit(u64::from(limit))
            .all(&self.transaction)
            .await
            .map_err(|error| snapshot_error(READ, error))?;
        rows.into_iter()
            .map(record)
            .collect::<Result<_, _>>()
            .map_err(|error| damaged(READ, error))
    }

    async fn mark_deleted(
        &mut self,
        scope: &TenantScope,
        id: SnapshotId,
        at: DateTime<Utc>,
    ) -> Result<(), SnapshotError> {
        let deletion = ActiveModel {
            deleted_at: Set(Some(at)),
            deleted_by: Set(Some(scope.actor().to_string())),
            ..ActiveModel::default()
        };
        let marked = Entity::changes_of(scope)
            .set(deletion)
            .filter(Column::Id.eq(id.as_uuid()))
            .filter(Column::DeletedAt.is_null())
            .exec(&self.transaction)
            .await
            .map_err(|error| snapshot_error(WRITE, error))?;
        if marked.rows_affected == 1 {
            Ok(())
        } else {
            Err(SnapshotError::NotFound(id))
        }
    }

    async fn key_in_use(&mut self, scope: &TenantScope, key: &str) -> Result<bool, SnapshotError> {
        let users = Entity::rows_of(scope)
            .filter(Column::ObjectKey.eq(key))
            .filter(Column::DeletedAt.is_null())
            .count(&self.transaction)
            .await
            .map_err(|error| snapshot_error(READ, error))?;
        Ok(users > 0)
    }
}

fn row(scope: &TenantScope, record: &SnapshotRecord) -> Result<Model, StoreError> {
    let location = location(record.id);
    Ok(Model {
        tenant_id: scope.tenant().as_uuid(),
        id: record.id.as_uuid(),
        target: record.target.clone(),
        object_key: record.key.clone(),
        digest: record.digest.to_string(),
        raw_bytes: stored_count(&location, record.raw_bytes)?,
        stored_bytes: stored_count(&location, record.stored_bytes)?,
        created_at: record.created_at,
        expires_at: record.expires_at,
        deleted_at: None,
        deleted_by: None,
    })
}

fn record(row: Model) -> Result<SnapshotRecord, StoreError> {
    let id = SnapshotId::from_uuid(row.id);
    let location = location(id);
    Ok(SnapshotRecord {
        id,
        target: row.target,
        key: row.object_key,
        digest: parsed(&location, &row.digest)?,
        raw_bytes: read_count(&location, row.raw_bytes)?,
        stored_bytes: read_count(&location, row.stored_bytes)?,
        created_at: row.created_at,
        expires_at: row.expires_at,
    })
}

fn location(id: SnapshotId) -> String {
    format!("snapshot {id}")
}

fn damaged(attempted: &str, error: StoreError) -> SnapshotError {
    SnapshotError::Unavailable {
        attempted: attempted.to_owned(),
        source: error.into(),
    }
}
