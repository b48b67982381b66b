//! The audit chains of tenants.

mod chain;
mod platform;
mod rows;

use async_trait::async_trait;
use installhub_audit_chain::{
    AuditEvent, AuditLog, ChainHead, Checkpoint, EventFilter, NewEvent, UnreadableEvent,
};
use installhub_kernel::{Cursor, Page, PageRequest, StoreError, TenantScope};
use sea_orm::sea_query::{Expr, ExprTrait as _, Func};
use sea_orm::{
    ColumnTrait as _, Condition, QueryFilter as _, QueryOrder as _, QuerySelect as _, Select,
};

use crate::entity::{audit_checkpoint, audit_event};
use crate::failure::store_error;
use crate::scoped::TenantOwned as _;
use crate::unit::Unit;
use crate::words::stored_count;

pub(crate) const READ: &str = "cannot read the audit events";
pub(crate) const WRITE: &str = "cannot write the audit events";

/// How a place in a chain is called in messages.
const PLACE: &str = "a place in the audit chain";

#[async_trait]
impl AuditLog for Unit {
    async fn append(&mut self, scope: &TenantScope, event: NewEvent) -> Result<(), StoreError> {
        self.append_to_chain(scope, event).await
    }

    async fn list(
        &mut self,
        scope: &TenantScope,
        filter: &EventFilter,
        page: PageRequest,
    ) -> Result<Page<AuditEvent>, StoreError> {
        let limit = Ord::max(page.limit, 1);
        let mut query = wanted(audit_event::Entity::rows_of(scope), filter);
        if let Some(cursor) = &page.cursor {
            query = query.filter(audit_event::Column::Sequence.lt(before(cursor)?));
        }
        let mut rows = query
            .order_by_desc(audit_event::Column::Sequence)
            .limit(u64::from(limit) + 1)
            .all(&self.transaction)
            .await
            .map_err(|error| store_error(READ, error))?;
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        let last = rows.last().filter(|_| more);
        let next_cursor = last.map(|row| Cursor(row.sequence.to_string()));
        let items = rows
            .into_iter()
            .map(|row| rows::event(row).map_err(|error| rows::as_store_error(&error)))
            .collect::<Result<_, _>>()?;
        Ok(Page { items, next_cursor })
    }

    async fn after(
        &mut self,
        scope: &TenantScope,
        sequence: u64,
        limit: u32,
    ) -> Result<Vec<Result<AuditEvent, UnreadableEvent>>, StoreError> {
        self.stored_after(scope, stored_count(PLACE, sequence)?, limit)
            .await
    }

    async fn head(&mut self, scope: &TenantScope) -> Result<Option<ChainHead>, StoreError> {
        self.chain_head(scope).await
    }

    async fn add_checkpoint(
        &mut self,
        scope: &TenantScope,
        checkpoint: &Checkpoint,
    ) -> Result<(), StoreError> {
        self.write_checkpoint(scope, checkpoint).await
    }

    async fn last_checkpoint(
        &mut self,
        scope: &TenantScope,
    ) -> Result<Option<Checkpoint>, StoreError> {
        let row = audit_checkpoint::Entity::rows_of(scope)
            .order_by_desc(audit_checkpoint::Column::Sequence)
            .limit(1)
            .one(&self.transaction)
            .await
            .map_err(|error| store_error(READ, error))?;
        row.map(rows::checkpoint).transpose()
    }

    async fn checkpoints_after(
        &mut self,
        scope: &TenantScope,
        sequence: u64,
        limit: u32,
    ) -> Result<Vec<Checkpoint>, StoreError> {
        let rows = audit_checkpoint::Entity::rows_of(scope)
            .filter(audit_checkpoint::Column::Sequence.gt(stored_count(PLACE, sequence)?))
            .order_by_asc(audit_checkpoint::Column::Sequence)
            .limit(u64::from(limit))
            .all(&self.transaction)
            .await
            .map_err(|error| store_error(READ, error))?;
        rows.into_iter().map(rows::checkpoint).collect()
    }
}

fn wanted(query: Select<audit_event::Entity>, filter: &EventFilter) -> Select<audit_event::Entity> {
    use audit_event::Column;
    let mut all = Condition::all();
    if let Some(actor) = &filter.actor {
        all = all.add(Column::Actor.eq(actor));
    }
    if let Some(action) = &filter.action {
        // Not LIKE: what is asked for may hold its signs, and engines differ in whether it minds the case.
        let length = i32::try_from(action.chars().count()).unwrap_or(i32::MAX);
        let beginning = Func::cust("substr")
            .arg(Expr::col(Column::Action))
            .arg(1)
            .arg(length);
        all = all.add(Expr::expr(beginning).eq(action));
    }
    if let Some(object) = &filter.object {
        all = all
            .add(Column::ObjectKind.eq(&object.kind))
            .add(Column::ObjectId.eq(&object.id));
    }
    if let Some(from) = filter.from {
        all = all.add(Column::At.gte(from));
    }
    if let Some(to) = filter.to {
        all = all.add(Column::At.lt(to));
    }
    if let Some(outcome) = filter.outcome {
        all = all.add(Column::Outcome.eq(outcome.as_str()));
    }
    query.filter(all)
}

fn before(cursor: &Cursor) -> Result<i64, StoreError> {
    cursor.0.parse().map_err(|_| {
        StoreError::Conflict("the cursor is none of the list of audit events".to_owned())
    })
}
