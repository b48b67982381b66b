//! Requests that may be repeated.

use async_trait::async_trait;
use installhub_idempotency::{
    CLAIMED_FOR, Claim, IdempotencyStore, KEPT_FOR, KeptAnswer, RequestKey,
};
use installhub_kernel::{StoreError, TenantScope};
use sea_orm::sea_query::{LockBehavior, LockType, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QuerySelect as _,
};

use crate::entity::kept_answer::{ActiveModel, Column, Entity, Model};
use crate::failure::{corrupt, store_error};
use crate::scoped::TenantOwned as _;
use crate::store::Store;
use crate::unit::Unit;

const READ: &str = "cannot read the answers kept for repeated requests";
const WRITE: &str = "cannot keep an answer for repeated requests";
const PLACE: &str = "an answer kept for repeated requests";

/// How many rows whose time is over go with each claim.
const SWEPT: u64 = 20;

#[async_trait]
impl IdempotencyStore for Store {
    async fn claim(&self, scope: &TenantScope, key: &RequestKey) -> Result<Claim, StoreError> {
        let unit = self
            .begin_unit(scope)
            .await
            .map_err(|failure| store_error(WRITE, failure))?;
        unit.forget_old_answers(scope).await?;
        let claim = unit.claim_key(scope, key).await?;
        unit.finish().await?;
        Ok(claim)
    }

    async fn keep(
        &self,
        scope: &TenantScope,
        key: &RequestKey,
        answer: &KeptAnswer,
    ) -> Result<(), StoreError> {
        let unit = self
            .begin_unit(scope)
            .await
            .map_err(|failure| store_error(WRITE, failure))?;
        let headers = serde_json::to_string(&answer.headers)
            .map_err(|error| corrupt(PLACE, error.to_string()))?;
        let kept = ActiveModel {
            status: Set(Some(i32::from(answer.status))),
            fingerprint: Set(Some(answer.fingerprint.to_string())),
            headers: Set(Some(headers)),
            body: Set(Some(answer.body.clone())),
            expires_at: Set(unit.clock.now() + KEPT_FOR),
            ..ActiveModel::default()
        };
        Entity::changes_of(scope)
            .set(kept)
            .filter(Column::Caller.eq(key.caller.to_string()))
            .filter(Column::Operation.eq(&key.operation))
            .filter(Column::Key.eq(key.key.as_str()))
            .exec(&unit.transaction)
            .await
            .map_err(|error| store_error(WRITE, error))?;
        unit.finish().await
    }

    async fn release(&self, scope: &TenantScope, key: &RequestKey) -> Result<(), StoreError> {
        let unit = self
            .begin_unit(scope)
            .await
            .map_err(|failure| store_error(WRITE, failure))?;
        Entity::removals_of(scope)
            .filter(Column::Caller.eq(key.caller.to_string()))
            .filter(Column::Operation.eq(&key.operation))
            .filter(Column::Key.eq(key.key.as_str()))
            .filter(Column::Status.is_null())
            .exec(&unit.transaction)
            .await
            .map_err(|error| store_error(WRITE, error))?;
        unit.finish().await
    }
}

impl Unit {
    /// The key's own row among them, and some of the others; those that another transaction has in hand are left to it.
    async fn forget_old_answers(&self, scope: &TenantScope) -> Result<(), StoreError> {
        let old: Vec<sea_orm::prelude::Uuid> = Entity::rows_of(scope)
            .select_only()
            .column(Column::Id)
            .filter(Column::ExpiresAt.lte(self.clock.now()))
            .limit(SWEPT)
            .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
            .into_tuple()
            .all(&self.transaction)
            .await
            .map_err(|error| store_error(READ, error))?;
        if old.is_empty() {
            return Ok(());
        }
        Entity::removals_of(scope)
            .filter(Column::Id.is_in(old))
            .exec(&self.transaction)
            .await
            .map_err(|error| store_error(WRITE, error))?;
        Ok(())
    }

    async fn claim_key(&self, scope: &TenantScope, key: &RequestKey) -> Result<Claim, StoreError> {
        let now = self.clock.now();
        // The key's own old claim, should it not have been among those swept.
        Entity::removals_of(scope)
            .filter(Column::Caller.eq(key.caller.to_string()))
            .filter(Column::Operation.eq(&key.operation))
            .filter(Column::Key.eq(key.key.as_str()))
            .filter(Column::ExpiresAt.lte(now))
            .exec(&self.transaction)
            .await
            .map_err(|error| store_error(WRITE, error))?;
        let row = Model {
            tenant_id: scope.tenant().as_uuid(),
            id: self.ids.new_uuid(),
            caller: key.caller.to_string(),
            operation: key.operation.clone(),
            key: key.key.as_str().to_owned(),
            status: None,
            fingerprint: None,
            headers: None,
            body: None,
            created_at: now,
            expires_at: now + CLAIMED_FOR,
        };
        // Whoever claims the same key at the same time waits here for the end of this transaction.
        let added = Entity::insert(row.into_active_model())
            .on_conflict(OnConflict::new().do_nothing().to_owned())
            .exec_without_returning(&self.transaction)
            .await
            .map_err(|error| store_error(WRITE, error))?;
        if added == 1 {
            return Ok(Claim::First);
        }
        let found = Entity::rows_of(scope)
            .filter(Column::Caller.eq(key.caller.to_string()))
            .filter(Column::Operation.eq(&key.operation))
            .filter(Column::Key.eq(key.key.as_str()))
            .one(&self.transaction)
            .await
            .map_err(|error| store_error(READ, error))?;
        // It may just have been released: the client that is told to wait comes back and claims it.
        found.map_or(Ok(Claim::InProgress), claim)
    }
}

fn claim(row: Model) -> Result<Claim, StoreError> {
    let Some(status) = row.status else {
        return Ok(Claim::InProgress);
    };
    let damaged = |message: String| corrupt(PLACE, message);
    let headers = row.headers.unwrap_or_default();
    Ok(Claim::Answered(KeptAnswer {
        fingerprint: row
            .fingerprint
            .unwrap_or_default()
            .parse()
            .map_err(|error| damaged(format!("{error}")))?,
        status: u16::try_from(status).map_err(|error| damaged(error.to_string()))?,
        headers: serde_json::from_str(&headers).map_err(|error| damaged(error.to_string()))?,
        body: row.body.unwrap_or_default(),
    }))
}
