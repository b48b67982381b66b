//! What workers say of their jobs, heard only while they have them.

use async_trait::async_trait;
use installhub_jobs::{Heard, JobFence, JobLease, JobState, Outcome, Progress};
use installhub_kernel::{StoreError, TenantScope};
use sea_orm::prelude::DateTimeUtc;
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{ColumnTrait as _, Condition, QueryFilter as _, QuerySelect as _, UpdateMany};

use super::rows::storable;
use super::{READ, WRITE};
use crate::entity::job::{Column, Entity};
use crate::failure::store_error;
use crate::scoped::TenantOwned as _;
use crate::unit::Unit;
use crate::words::{stored_count, value_text};

#[async_trait]
impl JobFence for Unit {
    async fn renew(
        &mut self,
        scope: &TenantScope,
        lease: JobLease,
        until: DateTimeUtc,
    ) -> Result<Option<Heard>, StoreError> {
        let change = Entity::changes_of(scope)
            .col_expr(Column::LeaseUntil, Expr::value(Some(storable(until))));
        self.hear(scope, lease, change).await
    }

    async fn report(
        &mut self,
        scope: &TenantScope,
        lease: JobLease,
        progress: &Progress,
    ) -> Result<Option<Heard>, StoreError> {
        let place = "the progress of a job";
        let total = progress.total.map(|total| stored_count(place, total));
        let change = Entity::changes_of(scope)
            .col_expr(
                Column::Done,
                Expr::value(stored_count(place, progress.done)?),
            )
            .col_expr(Column::Total, Expr::value(total.transpose()?))
            .col_expr(Column::Message, Expr::value(progress.message.clone()))
            .col_expr(Column::Revision, Expr::col(Column::Revision).add(1));
        self.hear(scope, lease, change).await
    }

    async fn hold(
        &mut self,
        scope: &TenantScope,
        lease: JobLease,
    ) -> Result<Option<Heard>, StoreError> {
        let found = Entity::rows_of(scope)
            .filter(held(lease)?)
            .lock_exclusive()
            .one(&self.transaction)
            .await
            .map_err(|error| store_error(READ, error))?;
        Ok(found.map(|row| Heard {
            cancel_requested: row.cancel_requested,
        }))
    }

    async fn settle(
        &mut self,
        scope: &TenantScope,
        lease: JobLease,
        outcome: &Outcome,
        now: DateTimeUtc,
    ) -> Result<bool, StoreError> {
        let change = settled(Entity::changes_of(scope), outcome, now)?;
        self.applied(change.filter(held(lease)?)).await
    }

    async fn settle_lapsed(
        &mut self,
        scope: &TenantScope,
        lease: JobLease,
        outcome: &Outcome,
        now: DateTimeUtc,
    ) -> Result<bool, StoreError> {
        let change = settled(Entity::changes_of(scope), outcome, now)?
            .filter(held(lease)?)
            .filter(Column::LeaseUntil.lte(storable(now)));
        self.applied(change).await
    }
}

impl Unit {
    async fn applied(&self, change: UpdateMany<Entity>) -> Result<bool, StoreError> {
        let done = change
            .exec(&self.transaction)
            .await
            .map_err(|error| store_error(WRITE, error))?;
        Ok(done.rows_affected == 1)
    }

    async fn hear(
        &self,
        scope: &TenantScope,
        lease: JobLease,
        change: UpdateMany<Entity>,
    ) -> Result<Option<Heard>, StoreError> {
        if !self.applied(change.filter(held(lease)?)).await? {
            return Ok(None);
        }
        let cancel_requested: Option<bool> = Entity::rows_of(scope)
            .select_only()
            .column(Column::CancelRequested)
            .filter(held(lease)?)
            .into_tuple()
            .one(&self.transaction)
            .await
            .map_err(|error| store_error(READ, error))?;
        Ok(cancel_requested.map(|cancel_requested| Heard { cancel_requested }))
    }
}

/// The job, while the lease is its newest and it is running.
fn held(lease: JobLease) -> Result<Condition, StoreError> {
    let number = stored_count("the number of a lease", lease.number)?;
    Ok(Condition::all()
        .add(Column::Id.eq(lease.job.as_uuid()))
        .add(Column::Claims.eq(number))
        .add(Column::State.eq(JobState::Running.as_str())))
}

fn settled(
    change: UpdateMany<Entity>,
    outcome: &Outcome,
    now: DateTimeUtc,
) -> Result<UpdateMany<Entity>, StoreError> {
    let change = change
        .col_expr(Column::LeaseUntil, Expr::value(None::<DateTimeUtc>))
        .col_expr(Column::Worker, Expr::value(None::<String>))
        .col_expr(Column::Revision, Expr::col(Column::Revision).add(1));
    let state = |change: UpdateMany<Entity>, state: JobState| {
        change.col_expr(Column::State, Expr::value(state.as_str()))
    };
    let ended = |change, last| {
        state(change, last).col_expr(Column::FinishedAt, Expr::value(Some(storable(now))))
    };
    let no_error = Expr::value(None::<String>);
    Ok(match outcome {
        Outcome::Succeeded(result) => ended(change, JobState::Succeeded)
            .col_expr(
                Column::Result,
                Expr::value(Some(value_text("the result of a job", result)?)),
            )
            .col_expr(Column::Error, no_error),
        Outcome::Failed(failure) => ended(change, JobState::Failed).col_expr(
            Column::Error,
            Expr::value(Some(value_text("the failure of a job", failure)?)),
        ),
        Outcome::Cancelled => ended(change, JobState::Cancelled),
        Outcome::Retry { at, failure } => state(change, JobState::Queued)
            .col_expr(Column::RunAt, Expr::value(storable(*at)))
            .col_expr(
                Column::Error,
                Expr::value(Some(value_text("the failure of a job", failure)?)),
            ),
        Outcome::HandedBack => state(change, JobState::Queued)
            .col_expr(Column::Attempts, Expr::col(Column::Attempts).sub(1)),
    })
}
