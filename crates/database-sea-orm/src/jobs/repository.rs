//! The jobs of a tenant.

use async_trait::async_trait;
use installhub_jobs::{Job, JobFilter, JobRepository, JobState, ListPlace};
use installhub_kernel::{JobId, Page, PageRequest, StoreError, TenantScope};
use sea_orm::prelude::DateTimeUtc;
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{ColumnTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};

use super::places::{behind, page};
use super::{READ, WRITE, rows};
use crate::entity::job::{Column, Entity};
use crate::failure::store_error;
use crate::scoped::TenantOwned as _;
use crate::unit::Unit;

#[async_trait]
impl JobRepository for Unit {
    async fn now(&mut self) -> Result<DateTimeUtc, StoreError> {
        self.queue_time()
            .await
            .map_err(|error| store_error(READ, error))
    }

    async fn find(&mut self, scope: &TenantScope, id: JobId) -> Result<Option<Job>, StoreError> {
        Entity::rows_of(scope)
            .filter(Column::Id.eq(id.as_uuid()))
            .one(&self.transaction)
            .await
            .map_err(|error| store_error(READ, error))?
            .map(rows::job)
            .transpose()
    }

    async fn list(
        &mut self,
        scope: &TenantScope,
        filter: &JobFilter,
        wanted: &PageRequest,
    ) -> Result<Page<Job>, StoreError> {
        let limit = Ord::max(wanted.limit, 1);
        let mut query =
            Entity::rows_of(scope).filter(behind(wanted, Column::CreatedAt, Column::Id)?);
        if let Some(state) = filter.state {
            query = query.filter(Column::State.eq(state.as_str()));
        }
        if let Some(kind) = &filter.kind {
            query = query.filter(Column::Kind.eq(kind.as_str()));
        }
        let found = query
            .order_by_desc(Column::CreatedAt)
            .order_by_desc(Column::Id)
            .limit(u64::from(limit) + 1)
            .all(&self.transaction)
            .await
            .map_err(|error| store_error(READ, error))?;
        let place = |row: &crate::entity::job::Model| ListPlace {
            created_at: row.created_at,
            id: row.id,
        };
        page(found, limit, place, rows::job)
    }

    async fn cancel_queued(
        &mut self,
        scope: &TenantScope,
        id: JobId,
        now: DateTimeUtc,
    ) -> Result<bool, StoreError> {
        let done = Entity::changes_of(scope)
            .col_expr(Column::State, Expr::value(JobState::Cancelled.as_str()))
            .col_expr(Column::FinishedAt, Expr::value(Some(rows::storable(now))))
            .col_expr(Column::Revision, Expr::col(Column::Revision).add(1))
            .filter(Column::Id.eq(id.as_uuid()))
            .filter(Column::State.eq(JobState::Queued.as_str()))
            .exec(&self.transaction)
            .await
            .map_err(|error| store_error(WRITE, error))?;
        Ok(done.rows_affected == 1)
    }

    async fn ask_to_cancel(&mut self, scope: &TenantScope, id: JobId) -> Result<bool, StoreError> {
        let done = Entity::changes_of(scope)
            .col_expr(Column::CancelRequested, Expr::value(true))
            .col_expr(Column::Revision, Expr::col(Column::Revision).add(1))
            .filter(Column::Id.eq(id.as_uuid()))
            .filter(Column::State.eq(JobState::Running.as_str()))
            .filter(Column::CancelRequested.eq(false))
            .exec(&self.transaction)
            .await
            .map_err(|error| store_error(WRITE, error))?;
        Ok(done.rows_affected == 1)
    }
}
