//! The schedules of a tenant.

use async_trait::async_trait;
use installhub_jobs::{Fired, ListPlace, Schedule, ScheduleChange, ScheduleRepository};
use installhub_kernel::{Page, PageRequest, ScheduleId, StoreError, TenantScope};
use sea_orm::prelude::DateTimeUtc;
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};

use super::places::{behind, page};
use super::rows::{schedule, schedule_row, storable};
use crate::artifact_rows::name_key;
use crate::entity::schedule::{Column, Entity, Model};
use crate::failure::{Cause, Failure, store_error};
use crate::scoped::TenantOwned as _;
use crate::unit::Unit;
use crate::words::{stored_count, value_text};

const READ: &str = "cannot read the schedules";
const WRITE: &str = "cannot write the schedules";

#[async_trait]
impl ScheduleRepository for Unit {
    async fn now(&mut self) -> Result<DateTimeUtc, StoreError> {
        self.queue_time()
            .await
            .map_err(|error| store_error(READ, error))
    }

    async fn add(&mut self, scope: &TenantScope, new: &Schedule) -> Result<(), StoreError> {
        Entity::insert(schedule_row(scope, new)?.into_active_model())
            .exec_without_returning(&self.transaction)
            .await
            .map_err(|error| name_is_taken(&new.name, error))?;
        Ok(())
    }

    async fn find(
        &mut self,
        scope: &TenantScope,
        id: ScheduleId,
    ) -> Result<Option<Schedule>, StoreError> {
        Entity::rows_of(scope)
            .filter(Column::Id.eq(id.as_uuid()))
            .filter(Column::DeletedAt.is_null())
            .one(&self.transaction)
            .await
            .map_err(|error| store_error(READ, error))?
            .map(schedule)
            .transpose()
    }

    async fn list(
        &mut self,
        scope: &TenantScope,
        wanted: &PageRequest,
    ) -> Result<Page<Schedule>, StoreError> {
        let limit = Ord::max(wanted.limit, 1);
        let found = Entity::rows_of(scope)
            .filter(Column::DeletedAt.is_null())
            .filter(behind(wanted, Column::CreatedAt, Column::Id)?)
            .order_by_desc(Column::CreatedAt)
            .order_by_desc(Column::Id)
            .limit(u64::from(limit) + 1)
            .all(&self.transaction)
            .await
            .map_err(|error| store_error(READ, error))?;
        let place = |row: &Model| ListPlace {
            created_at: row.created_at,
            id: row.id,
        };
        page(found, limit, place, schedule)
    }

    async fn change(
        &mut self,
        scope: &TenantScope,
        before: &Schedule,
        change: &ScheduleChange,
    ) -> Result<bool, StoreError> {
        let location = format!("schedule {}", before.id);
        let done = Entity::changes_of(scope)
            .col_expr(Column::Name, Expr::value(change.name.clone()))
            .col_expr(Column::NameKey, Expr::value(name_key(&change.name)))
            .col_expr(
                Column::Timing,
                Expr::value(value_text(&location, &change.timing)?),
            )
            .col_expr(Column::Kind, Expr::value(change.job.kind.to_string()))
            .col_expr(
                Column::Payload,
                Expr::value(value_text(&location, &change.job.payload)?),
            )
            .col_expr(
                Column::MaxAttempts,
                Expr::value(i64::from(change.job.max_attempts)),
            )
            .col_expr(Column::Enabled, Expr::value(change.enabled))
            .col_expr(Column::NextRun, Expr::value(change.next_run.map(storable)))
            .col_expr(Column::UpdatedAt, Expr::value(storable(change.at)))
            .col_expr(Column::UpdatedBy, Expr::value(scope.actor().to_string()))
            .col_expr(Column::Revision, Expr::col(Column::Revision).add(1))
            .filter(as_seen(before)?)
            .exec(&self.transaction)
            .await
            .map_err(|error| name_is_taken(&change.name, error))?;
        Ok(done.rows_affected == 1)
    }

    async fn delete(
        &mut self,
        scope: &TenantScope,
        id: ScheduleId,
        revision: u64,
        now: DateTimeUtc,
    ) -> Result<bool, StoreError> {
        let done = Entity::changes_of(scope)
            .col_expr(Column::DeletedAt, Expr::value(Some(storable(now))))
            .col_expr(
                Column::DeletedBy,
                Expr::value(Some(scope.actor().to_string())),
            )
            .col_expr(Column::Revision, Expr::col(Column::Revision).add(1))
            .filter(visible(id, revision)?)
            .exec(&self.transaction)
            .await
            .map_err(|error| store_error(WRITE, error))?;
        Ok(done.rows_affected == 1)
    }

    async fn advance(
        &mut self,
        scope: &TenantScope,
        before: &Schedule,
        fired: &Fired,
    ) -> Result<bool, StoreError> {
        let done = Entity::changes_of(scope)
            .col_expr(Column::NextRun, Expr::value(fired.next_run.map(storable)))
            .col_expr(Column::LastRun, Expr::value(Some(storable(fired.at))))
            .col_expr(Column::LastJob, Expr::value(Some(fired.job.as_uuid())))
            .col_expr(Column::Runs, Expr::col(Column::Runs).add(1))
            .filter(as_seen(before)?)
            .exec(&self.transaction)
            .await
            .map_err(|error| store_error(WRITE, error))?;
        Ok(done.rows_affected == 1)
    }
}

fn visible(id: ScheduleId, revision: u64) -> Result<Condition, StoreError> {
    Ok(Condition::all()
        .add(Column::Id.eq(id.as_uuid()))
        .add(Column::DeletedAt.is_null())
        .add(Column::Revision.eq(stored_count("the revision of a schedule", revision)?)))
}

/// Neither changed by people nor run since it was read: a change that was planned on what was seen must not undo a run, nor
/// the other way round.
fn as_seen(before: &Schedule) -> Result<Condition, StoreError> {
    let runs = stored_count("the runs of a schedule", before.runs)?;
    Ok(visible(before.id, before.revision)?.add(Column::Runs.eq(runs)))
}

fn name_is_taken(name: &str, error: sea_orm::DbErr) -> StoreError {
    let failure = Failure::from(error);
    if failure.cause == Cause::Constraint {
        StoreError::Conflict(format!("there is a schedule named '{name}' already"))
    } else {
        store_error(WRITE, failure)
    }
}
