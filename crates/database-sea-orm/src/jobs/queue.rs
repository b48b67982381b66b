//! Where jobs begin to exist.

use async_trait::async_trait;
use installhub_jobs::{Job, JobQueue, JobState, NewJob};
use installhub_kernel::{JobId, StoreError, TenantScope};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _};

use super::rows::{job, new_row};
use super::{READ, WRITE};
use crate::entity::job::{Column, Entity};
use crate::failure::store_error;
use crate::scoped::TenantOwned as _;
use crate::unit::Unit;

/// The job that stood in the way can end while we look for it, but hardly three times in a row.
const LOOKS: usize = 3;

#[async_trait]
impl JobQueue for Unit {
    async fn enqueue(
        &mut self,
        scope: &TenantScope,
        id: JobId,
        new: &NewJob,
    ) -> Result<Job, StoreError> {
        let failed = |error| store_error(WRITE, error);
        let now = self.queue_time().await.map_err(failed)?;
        let row = new_row(scope, id, new, now)?;
        for _ in 0..LOOKS {
            // Not a refused statement: that would end the caller's transaction on PostgreSQL. Another transaction that is about
            // to add a job with the same key is waited for.
            let added = Entity::insert(row.clone().into_active_model())
                .on_conflict(OnConflict::new().do_nothing().to_owned())
                .exec_without_returning(&self.transaction)
                .await
                .map_err(failed)?;
            if added == 1 {
                return job(row);
            }
            let Some(key) = &new.unique_key else {
                break;
            };
            if let Some(found) = self.unfinished(scope, key).await? {
                return Ok(found);
            }
        }
        Err(StoreError::Conflict(format!("there is a job {id} already")))
    }
}

impl Unit {
    async fn unfinished(&self, scope: &TenantScope, key: &str) -> Result<Option<Job>, StoreError> {
        let unfinished = [JobState::Queued, JobState::Running].map(JobState::as_str);
        Entity::rows_of(scope)
            .filter(Column::UniqueKey.eq(key))
            .filter(Column::State.is_in(unfinished))
            .one(&self.transaction)
            .await
            .map_err(|error| store_error(READ, error))?
            .map(job)
            .transpose()
    }
}
