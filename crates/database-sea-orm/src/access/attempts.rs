//! Failed attempts to sign in, and sign-ins that an identity provider has in hand, as rows of the platform.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use installhub_access::ports::{AttemptRepository, Attempts, SignInStart, SignInStartRepository};
use installhub_checksum::Digest;
use installhub_kernel::{PlatformScope, StoreError};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QuerySelect as _,
};

use super::{read_failed, write_failed};
use crate::entity::{sign_in_attempt, sign_in_start};
use crate::failure::corrupt;
use crate::scoped::PlatformOwned as _;
use crate::unit::Unit;
use crate::words::parsed;

const ATTEMPTS: &str = "a count of attempts to sign in";

#[async_trait]
impl AttemptRepository for Unit {
    async fn take(
        &mut self,
        scope: &PlatformScope,
        subject: Digest,
        now: DateTime<Utc>,
    ) -> Result<Attempts, StoreError> {
        use sign_in_attempt::{Column, Entity, Model};
        let fresh = Model {
            subject: subject.to_string(),
            failures: 0,
            last_at: now,
        };
        // A row that is there is what can be locked.
        Entity::insert(fresh.into_active_model())
            .on_conflict(OnConflict::column(Column::Subject).do_nothing().to_owned())
            .exec_without_returning(&self.transaction)
            .await
            .map_err(write_failed)?;
        let row = Entity::rows(scope)
            .filter(Column::Subject.eq(subject.to_string()))
            .lock_exclusive()
            .one(&self.transaction)
            .await
            .map_err(write_failed)?
            .ok_or_else(|| corrupt(ATTEMPTS, "it is not there although it was written"))?;
        Ok(Attempts {
            count: u32::try_from(row.failures).unwrap_or(u32::MAX),
            last_at: row.last_at,
        })
    }

    async fn put(
        &mut self,
        scope: &PlatformScope,
        subject: Digest,
        attempts: Attempts,
    ) -> Result<(), StoreError> {
        use sign_in_attempt::{ActiveModel, Column, Entity};
        Entity::changes(scope)
            .set(ActiveModel {
                failures: Set(i64::from(attempts.count)),
                last_at: Set(attempts.last_at),
                ..ActiveModel::default()
            })
            .filter(Column::Subject.eq(subject.to_string()))
            .exec(&self.transaction)
            .await
            .map_err(write_failed)?;
        Ok(())
    }

    async fn forget(
        &mut self,
        scope: &PlatformScope,
        before: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        let removed = sign_in_attempt::Entity::removals(scope)
            .filter(sign_in_attempt::Column::LastAt.lt(before))
            .exec(&self.transaction)
            .await;
        Ok(removed.map_err(write_failed)?.rows_affected)
    }
}

#[async_trait]
impl SignInStartRepository for Unit {
    async fn add(&mut self, _scope: &PlatformScope, start: &SignInStart) -> Result<(), StoreError> {
        let row = sign_in_start::Model {
            state: start.state.to_string(),
            nonce: start.nonce.clone(),
            pkce_verifier: start.pkce_verifier.clone(),
            return_to: start.return_to.clone(),
            created_at: start.created_at,
        };
        sign_in_start::Entity::insert(row.into_active_model())
            .exec_without_returning(&self.transaction)
            .await
            .map_err(write_failed)?;
        Ok(())
    }

    async fn take(
        &mut self,
        scope: &PlatformScope,
        state: Digest,
    ) -> Result<Option<SignInStart>, StoreError> {
        use sign_in_start::{Column, Entity};
        let row = Entity::rows(scope)
            .filter(Column::State.eq(state.to_string()))
            .lock_exclusive()
            .one(&self.transaction)
            .await
            .map_err(read_failed)?;
        let Some(row) = row else {
            return Ok(None);
        };
        Entity::removals(scope)
            .filter(Column::State.eq(state.to_string()))
            .exec(&self.transaction)
            .await
            .map_err(write_failed)?;
        Ok(Some(SignInStart {
            state: parsed("a sign-in that has begun", &row.state)?,
            nonce: row.nonce,
            pkce_verifier: row.pkce_verifier,
            return_to: row.return_to,
            created_at: row.created_at,
        }))
    }

    async fn remove_older(
        &mut self,
        scope: &PlatformScope,
        before: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        let removed = sign_in_start::Entity::removals(scope)
            .filter(sign_in_start::Column::CreatedAt.lt(before))
            .exec(&self.transaction)
            .await;
        Ok(removed.map_err(write_failed)?.rows_affected)
    }
}
