//! The end of a chain, where events are added under its lock.

use installhub_audit_chain::{AuditEvent, ChainHead, Checkpoint, NewEvent, UnreadableEvent, seal};
use installhub_kernel::{StoreError, TenantScope};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};

use super::{PLACE, READ, WRITE, rows};
use crate::entity::{audit_checkpoint, audit_event, audit_head};
use crate::failure::{corrupt, store_error};
use crate::scoped::TenantOwned as _;
use crate::unit::Unit;
use crate::words::{parsed, read_count, stored_count};

/// How a head is called in messages.
const HEAD: &str = "the head of the audit chain";

impl Unit {
    pub(super) async fn append_to_chain(
        &mut self,
        scope: &TenantScope,
        event: NewEvent,
    ) -> Result<(), StoreError> {
        let head = self.locked_head(scope).await?;
        let (id, at) = (self.ids.new_uuid(), self.clock.now());
        let event = seal(scope, head, id, at, event);
        let head = ChainHead::of(&event);
        audit_event::Entity::insert(rows::row(event)?.into_active_model())
            .exec_without_returning(&self.transaction)
            .await
            .map_err(|error| store_error(WRITE, error))?;
        audit_head::Entity::changes_of(scope)
            .set(audit_head::ActiveModel {
                sequence: Set(stored_count(PLACE, head.sequence)?),
                hash: Set(head.hash.to_string()),
                ..audit_head::ActiveModel::default()
            })
            .exec(&self.transaction)
            .await
            .map_err(|error| store_error(WRITE, error))?;
        Ok(())
    }

    /// Where the chain ends, which stays so until the transaction ends. The first writer makes the row that is locked.
    async fn locked_head(&mut self, scope: &TenantScope) -> Result<ChainHead, StoreError> {
        if let Some(head) = self.lock_head(scope).await? {
            return Ok(head);
        }
        let start = ChainHead::start(scope.tenant());
        let row = audit_head::Model {
            tenant_id: scope.tenant().as_uuid(),
            sequence: 0,
            hash: start.hash.to_string(),
        };
        // Two first writers: the second waits here for the end of the first, and finds its row.
        audit_head::Entity::insert(row.into_active_model())
            .on_conflict(
                OnConflict::column(audit_head::Column::TenantId)
                    .do_nothing()
                    .to_owned(),
            )
            .exec_without_returning(&self.transaction)
            .await
            .map_err(|error| store_error(WRITE, error))?;
        let head = self.lock_head(scope).await?;
        head.ok_or_else(|| corrupt(HEAD, "it is not there although it was written"))
    }

    async fn lock_head(&mut self, scope: &TenantScope) -> Result<Option<ChainHead>, StoreError> {
        let row = audit_head::Entity::rows_of(scope)
            .lock_exclusive()
            .one(&self.transaction)
            .await
            .map_err(|error| store_error(WRITE, error))?;
        row.as_ref().map(head).transpose()
    }

    pub(super) async fn chain_head(
        &mut self,
        scope: &TenantScope,
    ) -> Result<Option<ChainHead>, StoreError> {
        let row = audit_head::Entity::rows_of(scope)
            .one(&self.transaction)
            .await
            .map_err(|error| store_error(READ, error))?;
        row.as_ref().map(head).transpose()
    }

    pub(super) async fn write_checkpoint(
        &mut self,
        scope: &TenantScope,
        checkpoint: &Checkpoint,
    ) -> Result<(), StoreError> {
        if checkpoint.tenant != scope.tenant() {
            let message = "a checkpoint of another tenant's chain cannot be kept";
            return Err(StoreError::Conflict(message.to_owned()));
        }
        audit_checkpoint::Entity::insert(rows::checkpoint_row(checkpoint)?.into_active_model())
            .exec_without_returning(&self.transaction)
            .await
            .map_err(|error| store_error("cannot write the audit checkpoint", error))?;
        Ok(())
    }

    /// The rows behind a place. Where one of them holds what its columns cannot hold, the rows are read one by one: the others
    /// are still told.
    pub(super) async fn stored_after(
        &mut self,
        scope: &TenantScope,
        sequence: i64,
        limit: u32,
    ) -> Result<Vec<Result<AuditEvent, UnreadableEvent>>, StoreError> {
        use audit_event::Column;
        let query = audit_event::Entity::rows_of(scope)
            .filter(Column::Sequence.gt(sequence))
            .order_by_asc(Column::Sequence)
            .limit(u64::from(limit));
        if let Ok(rows) = query.clone().all(&self.transaction).await {
            return Ok(rows.into_iter().map(rows::event).collect());
        }
        let places: Vec<i64> = query
            .select_only()
            .column(Column::Sequence)
            .into_tuple()
            .all(&self.transaction)
            .await
            .map_err(|error| store_error(READ, error))?;
        let mut events = Vec::with_capacity(places.len());
        for place in places {
            let row = audit_event::Entity::rows_of(scope)
                .filter(Column::Sequence.eq(place))
                .one(&self.transaction)
                .await;
            match row {
                Ok(row) => events.extend(row.map(rows::event)),
                Err(error) => events.push(Err(UnreadableEvent {
                    sequence: read_count(PLACE, place)?,
                    id: None,
                    message: error.to_string(),
                })),
            }
        }
        Ok(events)
    }
}

fn head(row: &audit_head::Model) -> Result<ChainHead, StoreError> {
    Ok(ChainHead {
        hash: parsed(HEAD, &row.hash)?,
        sequence: read_count(HEAD, row.sequence)?,
    })
}
