//! What is deleted, page by page.

use chrono::{DateTime, SecondsFormat, Utc};
use installhub_deletion::{Deleted, EntityKind};
use installhub_kernel::{
    Cursor, Page, PageRequest, PlatformScope, StoreError, TenantScope, UserId,
};
use sea_orm::sea_query::{Alias, Condition, ExprTrait as _, Order, Query, SelectStatement};
use sea_orm::{ConnectionTrait as _, QueryResult};

use super::READ;
use super::entities::{id_of, read};
use super::tables::{EntityTable, column, rows};
use crate::failure::store_error;
use crate::unit::Unit;
use crate::words::read_count;

impl Unit {
    pub(super) async fn list_deleted(
        &self,
        scope: &TenantScope,
        kind: EntityKind,
        owner: Option<UserId>,
        page: PageRequest,
    ) -> Result<Page<Deleted>, StoreError> {
        let table = EntityTable::of(kind);
        let mut select = rows(scope, table.name);
        if let (Some(owner), Some(of)) = (owner, table.owner) {
            select.and_where(column(of).eq(owner.as_uuid()));
        }
        self.page(kind, select, page).await
    }

    pub(super) async fn list_deleted_tenants(
        &self,
        _platform: &PlatformScope,
        page: PageRequest,
    ) -> Result<Page<Deleted>, StoreError> {
        let kind = EntityKind::Tenant;
        let all = Query::select()
            .from(Alias::new(EntityTable::of(kind).name))
            .take();
        self.page(kind, all, page).await
    }

    async fn page(
        &self,
        kind: EntityKind,
        mut select: SelectStatement,
        page: PageRequest,
    ) -> Result<Page<Deleted>, StoreError> {
        let table = EntityTable::of(kind);
        let limit = Ord::max(page.limit, 1);
        for name in [
            table.id,
            table.label,
            "revision",
            "deleted_at",
            "deleted_by",
        ] {
            select.column(Alias::new(name));
        }
        select.and_where(column("deleted_at").is_not_null());
        if let Some(cursor) = &page.cursor {
            select.cond_where(behind(table, cursor)?);
        }
        select
            .order_by(Alias::new("deleted_at"), Order::Desc)
            .order_by(Alias::new(table.id), Order::Desc)
            .limit(u64::from(limit) + 1);
        let rows = self.transaction.query_all(&select).await;
        let rows = rows.map_err(|error| store_error(READ, error))?;
        let more = rows.len() > limit as usize;
        let items = rows
            .iter()
            .take(limit as usize)
            .map(|row| deleted(kind, table, row))
            .collect::<Result<Vec<_>, _>>()?;
        let next_cursor = items.last().filter(|_| more).map(cursor_of);
        Ok(Page { items, next_cursor })
    }
}

fn deleted(kind: EntityKind, table: EntityTable, row: &QueryResult) -> Result<Deleted, StoreError> {
    Ok(Deleted {
        kind,
        id: id_of(table, row)?,
        name: read(row, table.label)?,
        deleted_at: read(row, "deleted_at")?,
        deleted_by: read::<Option<String>>(row, "deleted_by")?.unwrap_or_default(),
        revision: read_count(kind.as_str(), read(row, "revision")?)?,
    })
}

fn cursor_of(last: &Deleted) -> Cursor {
    let at = last.deleted_at.to_rfc3339_opts(SecondsFormat::Nanos, true);
    Cursor(format!("{at}_{}", last.id))
}

fn behind(table: EntityTable, cursor: &Cursor) -> Result<Condition, StoreError> {
    let parts = cursor.0.split_once('_').and_then(|(at, id)| {
        let at: DateTime<Utc> = DateTime::parse_from_rfc3339(at).ok()?.to_utc();
        Some((at, table.id_value(id)?))
    });
    let Some((at, id)) = parts else {
        let message = "the cursor is none of the list of deleted things";
        return Err(StoreError::Conflict(message.to_owned()));
    };
    let same = Condition::all()
        .add(column("deleted_at").eq(at))
        .add(column(table.id).lt(id));
    Ok(Condition::any().add(column("deleted_at").lt(at)).add(same))
}
