//! Uploads in pieces.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use installhub_catalog::ports::UploadRepository;
use installhub_catalog::{Upload, UploadPiece, UploadState};
use installhub_kernel::{JobId, PackageVersionId, StoreError, TenantScope, UploadId};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};

use super::{READ, WRITE};
use crate::entity::upload::{self, Column, Entity};
use crate::entity::upload_piece;
use crate::failure::{corrupt, store_error};
use crate::scoped::TenantOwned as _;
use crate::unit::Unit;
use crate::words::{parsed, read_count, stored_count};

#[async_trait]
impl UploadRepository for Unit {
    async fn upload(
        &mut self,
        scope: &TenantScope,
        id: UploadId,
    ) -> Result<Option<Upload>, StoreError> {
        let row = Entity::rows_of(scope)
            .filter(Column::Id.eq(id.as_uuid()))
            .one(&self.transaction)
            .await
            .map_err(|error| store_error(READ, error))?;
        row.map(upload).transpose()
    }

    async fn add_upload(&mut self, scope: &TenantScope, upload: &Upload) -> Result<(), StoreError> {
        let location = location(upload.id);
        let row = upload::Model {
            tenant_id: scope.tenant().as_uuid(),
            id: upload.id.as_uuid(),
            bytes: stored_count(&location, upload.bytes)?,
            digest: upload.digest.map(|digest| digest.to_string()),
            received: stored_count(&location, upload.offset)?,
            pieces: i64::from(upload.pieces),
            state: upload.state.as_str().to_owned(),
            job_id: upload.job.map(|job| job.as_uuid()),
            version_id: upload.version.map(|version| version.as_uuid()),
            created_at: upload.created_at,
            created_by: upload.created_by.clone(),
            expires_at: upload.expires_at,
        };
        Entity::insert(row.into_active_model())
            .exec_without_returning(&self.transaction)
            .await
            .map_err(|error| store_error(WRITE, error))?;
        Ok(())
    }

    async fn add_piece(
        &mut self,
        scope: &TenantScope,
        id: UploadId,
        piece: &UploadPiece,
    ) -> Result<bool, StoreError> {
        let location = location(id);
        let starts_at = stored_count(&location, piece.offset)?;
        let bytes = stored_count(&location, piece.bytes)?;
        let moved = Entity::changes_of(scope)
            .col_expr(Column::Received, Expr::value(starts_at + bytes))
            .col_expr(Column::Pieces, Expr::col(Column::Pieces).add(1))
            .filter(Column::Id.eq(id.as_uuid()))
            .filter(Column::Received.eq(starts_at))
            .filter(Column::State.eq(UploadState::Receiving.as_str()))
            .exec(&self.transaction)
            .await
            .map_err(|error| store_error(WRITE, error))?;
        if moved.rows_affected == 0 {
            return Ok(false);
        }
        let row = upload_piece::Model {
            tenant_id: scope.tenant().as_uuid(),
            upload_id: id.as_uuid(),
            starts_at,
            id: piece.id,
            bytes,
            digest: piece.digest.to_string(),
        };
        upload_piece::Entity::insert(row.into_active_model())
            .exec_without_returning(&self.transaction)
            .await
            .map_err(|error| store_error(WRITE, error))?;
        Ok(true)
    }

    async fn pieces(
        &mut self,
        scope: &TenantScope,
        id: UploadId,
    ) -> Result<Vec<UploadPiece>, StoreError> {
        let rows = upload_piece::Entity::rows_of(scope)
            .filter(upload_piece::Column::UploadId.eq(id.as_uuid()))
            .order_by_asc(upload_piece::Column::StartsAt)
            .all(&self.transaction)
            .await
            .map_err(|error| store_error(READ, error))?;
        rows.into_iter().map(|row| piece(id, &row)).collect()
    }

    async fn move_upload(
        &mut self,
        scope: &TenantScope,
        from: UploadState,
        upload: &Upload,
    ) -> Result<bool, StoreError> {
        let moved = Entity::changes_of(scope)
            .set(upload::ActiveModel {
                state: Set(upload.state.as_str().to_owned()),
                job_id: Set(upload.job.map(|job| job.as_uuid())),
                version_id: Set(upload.version.map(|version| version.as_uuid())),
                ..upload::ActiveModel::default()
            })
            .filter(Column::Id.eq(upload.id.as_uuid()))
            .filter(Column::State.eq(from.as_str()))
            .exec(&self.transaction)
            .await
            .map_err(|error| store_error(WRITE, error))?;
        Ok(moved.rows_affected > 0)
    }

    async fn expired(
        &mut self,
        scope: &TenantScope,
        now: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<Upload>, StoreError> {
        let rows = Entity::rows_of(scope)
            .filter(Column::ExpiresAt.lte(now))
            .filter(Column::State.ne(UploadState::Admitting.as_str()))
            .order_by_asc(Column::ExpiresAt)
            .limit(u64::from(limit))
            .all(&self.transaction)
            .await
            .map_err(|error| store_error(READ, error))?;
        rows.into_iter().map(upload).collect()
    }

    async fn remove_upload(&mut self, scope: &TenantScope, id: UploadId) -> Result<(), StoreError> {
        // Its pieces go with it.
        Entity::removals_of(scope)
            .filter(Column::Id.eq(id.as_uuid()))
            .exec(&self.transaction)
            .await
            .map_err(|error| store_error(WRITE, error))?;
        Ok(())
    }
}

fn location(id: UploadId) -> String {
    format!("upload {id}")
}

fn upload(row: upload::Model) -> Result<Upload, StoreError> {
    let id = UploadId::from_uuid(row.id);
    let location = location(id);
    Ok(Upload {
        id,
        bytes: read_count(&location, row.bytes)?,
        digest: row
            .digest
            .map(|digest| parsed(&location, &digest))
            .transpose()?,
        offset: read_count(&location, row.received)?,
        pieces: u32::try_from(row.pieces).map_err(|error| corrupt(&location, error.to_string()))?,
        state: parsed(&location, &row.state)?,
        job: row.job_id.map(JobId::from_uuid),
        version: row.version_id.map(PackageVersionId::from_uuid),
        created_at: row.created_at,
        created_by: row.created_by,
        expires_at: row.expires_at,
    })
}

fn piece(id: UploadId, row: &upload_piece::Model) -> Result<UploadPiece, StoreError> {
    let location = location(id);
    Ok(UploadPiece {
        id: row.id,
        offset: read_count(&location, row.starts_at)?,
        bytes: read_count(&location, row.bytes)?,
        digest: parsed(&location, &row.digest)?,
    })
}
