//! What there is to do, whosever it is.

use async_trait::async_trait;
use chrono::TimeDelta;
use installhub_jobs::{ClaimRequest, ClaimedJob, DueSchedule, JobDispatch, JobKind, JobState};
use installhub_kernel::{PlatformScope, StoreError, TenantId};
use sea_orm::prelude::{DateTimeUtc, Uuid};
use sea_orm::sea_query::{
    CommonTableExpression, Expr, ExprTrait as _, LockBehavior, LockType, Query, SelectStatement,
    UnionType, WithClause,
};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, DbErr, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};

use super::rows::{claimed, storable};
use super::{READ, WRITE};
use crate::entity::job::{Column, Entity, Model};
use crate::entity::schedule;
use crate::failure::store_error;
use crate::scoped::Shared as _;
use crate::unit::Unit;

#[async_trait]
impl JobDispatch for Unit {
    async fn now(&mut self) -> Result<DateTimeUtc, StoreError> {
        self.queue_time()
            .await
            .map_err(|error| store_error(READ, error))
    }

    async fn claim(
        &mut self,
        scope: &PlatformScope,
        request: &ClaimRequest,
        now: DateTimeUtc,
    ) -> Result<Vec<ClaimedJob>, StoreError> {
        let failed = |error| store_error(WRITE, error);
        let now = storable(now);
        let mut queues = self.queues(scope, now).await.map_err(failed)?;
        let mut taken = Vec::new();
        while taken.len() < request.limit {
            let Some(next) = (0..queues.len()).min_by_key(|index| queues[*index].turn()) else {
                break;
            };
            let queue = &mut queues[next];
            let row = self
                .first_waiting(scope, queue.tenant, &request.kinds, now)
                .await
                .map_err(failed)?;
            match row {
                Some(row) => {
                    queue.running += 1;
                    queue.first = row.run_at;
                    taken.push(self.take(scope, row, request, now).await?);
                }
                // Others are about to take what there was, or it is of kinds that the worker does not know.
                None => {
                    queues.swap_remove(next);
                }
            }
        }
        Ok(taken)
    }

    async fn lapsed(
        &mut self,
        scope: &PlatformScope,
        now: DateTimeUtc,
        limit: u64,
    ) -> Result<Vec<ClaimedJob>, StoreError> {
        let rows = Entity::all_rows(scope)
            .filter(Expr::cust("state = 'running'"))
            .filter(Column::LeaseUntil.lte(storable(now)))
            .order_by_asc(Column::LeaseUntil)
            .limit(limit)
            .all(&self.transaction)
            .await
            .map_err(|error| store_error(READ, error))?;
        rows.into_iter().map(claimed).collect()
    }

    async fn due(
        &mut self,
        scope: &PlatformScope,
        now: DateTimeUtc,
        limit: u64,
    ) -> Result<Vec<DueSchedule>, StoreError> {
        let rows = schedule::Entity::all_rows(scope)
            .filter(schedule::Column::NextRun.lte(storable(now)))
            .filter(schedule::Column::DeletedAt.is_null())
            .order_by_asc(schedule::Column::NextRun)
            .limit(limit)
            .all(&self.transaction)
            .await
            .map_err(|error| store_error(READ, error))?;
        let due = |row: schedule::Model| {
            Ok(DueSchedule {
                tenant: TenantId::from_uuid(row.tenant_id),
                schedule: super::rows::schedule(row)?,
            })
        };
        rows.into_iter().map(due).collect()
    }
}

/// A tenant that waits for a worker.
struct Queue {
    tenant: Uuid,
    running: i64,
    /// For how long, told by its first job.
    first: DateTimeUtc,
}

impl Queue {
    /// The smaller, the sooner: who has less running, and of equals who waits longer.
    fn turn(&self) -> (i64, DateTimeUtc, Uuid) {
        (self.running, self.first, self.tenant)
    }
}

impl Unit {
    /// The tenants with jobs whose time has come.
    async fn queues(&self, scope: &PlatformScope, now: DateTimeUtc) -> Result<Vec<Queue>, DbErr> {
        let rows = self.transaction.query_all(&waiting_tenants(scope)).await?;
        let mut queues = Vec::with_capacity(rows.len());
        for row in rows {
            let queue = Queue {
                tenant: row.try_get("", "tenant_id")?,
                running: row.try_get("", "running")?,
                first: row.try_get("", "first_at")?,
            };
            if queue.first <= now {
                queues.push(queue);
            }
        }
        Ok(queues)
    }

    /// The job of the tenant that has waited longest, passing over those that another transaction has locked.
    async fn first_waiting(
        &self,
        scope: &PlatformScope,
        tenant: Uuid,
        kinds: &[JobKind],
        now: DateTimeUtc,
    ) -> Result<Option<Model>, DbErr> {
        Entity::all_rows(scope)
            .filter(Column::TenantId.eq(tenant))
            // A constant, so that the engine sees that the index of what waits is enough.
            .filter(Expr::cust("state = 'queued'"))
            .filter(Column::RunAt.lte(now))
            .filter(Column::Kind.is_in(kinds.iter().map(JobKind::as_str)))
            .order_by_asc(Column::RunAt)
            .order_by_asc(Column::Id)
            .limit(1)
            .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
            .one(&self.transaction)
            .await
    }

    async fn take(
        &self,
        scope: &PlatformScope,
        row: Model,
        request: &ClaimRequest,
        now: DateTimeUtc,
    ) -> Result<ClaimedJob, StoreError> {
        let lease = TimeDelta::from_std(request.lease).unwrap_or(TimeDelta::MAX);
        let row = Model {
            state: JobState::Running.as_str().to_owned(),
            attempts: row.attempts + 1,
            claims: row.claims + 1,
            lease_until: Some(
                now.checked_add_signed(lease)
                    .unwrap_or(DateTimeUtc::MAX_UTC),
            ),
            worker: Some(request.worker.clone()),
            started_at: row.started_at.or(Some(now)),
            // How far the last attempt came says nothing of this one; why it failed stays until this one has ended.
            done: 0,
            total: None,
            message: None,
            revision: row.revision + 1,
            ..row
        };
        Entity::all_changes(scope)
            .col_expr(Column::State, Expr::value(row.state.clone()))
            .col_expr(Column::Attempts, Expr::value(row.attempts))
            .col_expr(Column::Claims, Expr::value(row.claims))
            .col_expr(Column::LeaseUntil, Expr::value(row.lease_until))
            .col_expr(Column::Worker, Expr::value(row.worker.clone()))
            .col_expr(Column::StartedAt, Expr::value(row.started_at))
            .col_expr(Column::Done, Expr::value(row.done))
            .col_expr(Column::Total, Expr::value(row.total))
            .col_expr(Column::Message, Expr::value(row.message.clone()))
            .col_expr(Column::Revision, Expr::value(row.revision))
            .filter(Column::TenantId.eq(row.tenant_id))
            .filter(Column::Id.eq(row.id))
            .exec(&self.transaction)
            .await
            .map_err(|error| store_error(WRITE, error))?;
        claimed(row)
    }
}

/// Every tenant with queued jobs, how many of its jobs are running, and since when its first one waits.
///
/// Goes from tenant to tenant along the index of what waits: what it costs grows with the tenants that wait, not with their
/// jobs.
fn waiting_tenants(_platform: &PlatformScope) -> SelectStatement {
    let first = "(SELECT tenant_id FROM jobs WHERE state = 'queued' ORDER BY tenant_id LIMIT 1)";
    let next = "(SELECT later.tenant_id FROM jobs AS later WHERE later.state = 'queued' \
                AND later.tenant_id > waiting.tenant_id ORDER BY later.tenant_id LIMIT 1)";
    let running = "(SELECT COUNT(*) FROM jobs AS busy WHERE busy.state = 'running' \
                   AND busy.tenant_id = waiting.tenant_id)";
    let first_at = "(SELECT line.run_at FROM jobs AS line WHERE line.state = 'queued' \
                    AND line.tenant_id = waiting.tenant_id ORDER BY line.run_at LIMIT 1)";
    let steps = Query::select()
        .expr(Expr::cust(first))
        .union(
            UnionType::All,
            Query::select()
                .expr(Expr::cust(next))
                .from("waiting")
                .and_where(Expr::col("tenant_id").is_not_null())
                .take(),
        )
        .take();
    let waiting = CommonTableExpression::new()
        .table_name("waiting")
        .column("tenant_id")
        .query(steps)
        .to_owned();
    Query::select()
        .with_cte(WithClause::new().recursive(true).cte(waiting).to_owned())
        .column("tenant_id")
        .expr_as(Expr::cust(running), "running")
        .expr_as(Expr::cust(first_at), "first_at")
        .from("waiting")
        .and_where(Expr::col("tenant_id").is_not_null())
        .take()
}
