//! Purge requests, and what purges left behind.

use async_trait::async_trait;
use chrono::{DateTime, SecondsFormat, Utc};
use installhub_deletion::ports::{Leftover, PurgeRepository};
use installhub_deletion::{EntityKind, Person, PurgeRequest, PurgeRequestId, PurgeState};
use installhub_kernel::{
    Cursor, Page, PageRequest, PlatformScope, StoreError, TenantId, TenantScope, UserId,
};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use super::{READ, WRITE};
use crate::entity::purge_leftover;
use crate::entity::purge_request::{Column, Entity, Model};
use crate::failure::store_error;
use crate::scoped::{Shared as _, TenantOwned as _};
use crate::unit::{Ending, Unit};
use crate::words::parsed;

/// The word for everything of a tenant.
const EVERYTHING: &str = "everything";

#[async_trait]
impl PurgeRepository for Unit {
    async fn add(&mut self, scope: &TenantScope, request: &PurgeRequest) -> Result<(), StoreError> {
        Entity::insert(row(scope, request).into_active_model())
            .exec_without_returning(&self.transaction)
            .await
            .map_err(|error| store_error("cannot ask for a purge", error))?;
        Ok(())
    }

    async fn find(
        &mut self,
        scope: &TenantScope,
        id: PurgeRequestId,
    ) -> Result<Option<PurgeRequest>, StoreError> {
        let mut query = Entity::rows_of(scope).filter(Column::Id.eq(id.as_uuid()));
        if self.ending == Ending::Commit {
            query = query.lock_exclusive();
        }
        let row = query.one(&self.transaction).await;
        let row = row.map_err(|error| store_error(READ, error))?;
        row.map(request).transpose()
    }

    async fn open_about(
        &mut self,
        scope: &TenantScope,
        kind: EntityKind,
        id: &str,
    ) -> Result<Option<PurgeRequest>, StoreError> {
        let row = Entity::rows_of(scope)
            .filter(Column::Kind.eq(kind.as_str()))
            .filter(Column::ObjectId.eq(id))
            .filter(Column::State.eq(PurgeState::Requested.as_str()))
            .one(&self.transaction)
            .await
            .map_err(|error| store_error(READ, error))?;
        row.map(request).transpose()
    }

    async fn save(
        &mut self,
        scope: &TenantScope,
        request: &PurgeRequest,
    ) -> Result<(), StoreError> {
        Entity::changes_of(scope)
            .set(row(scope, request).into_active_model().reset_all())
            .filter(Column::Id.eq(request.id.as_uuid()))
            .exec(&self.transaction)
            .await
            .map_err(|error| store_error(WRITE, error))?;
        Ok(())
    }

    async fn list(
        &mut self,
        scope: &TenantScope,
        state: Option<PurgeState>,
        page: PageRequest,
    ) -> Result<Page<PurgeRequest>, StoreError> {
        let limit = page.limit.max(1);
        let mut query = Entity::rows_of(scope);
        if let Some(state) = state {
            query = query.filter(Column::State.eq(state.as_str()));
        }
        if let Some(cursor) = &page.cursor {
            query = query.filter(behind(cursor)?);
        }
        let rows = query
            .order_by_desc(Column::RequestedAt)
            .order_by_desc(Column::Id)
            .limit(u64::from(limit) + 1)
            .all(&self.transaction)
            .await
            .map_err(|error| store_error(READ, error))?;
        let more = rows.len() > limit as usize;
        let items = rows.into_iter().take(limit as usize).map(request);
        let items = items.collect::<Result<Vec<_>, _>>()?;
        let next_cursor = items.last().filter(|_| more).map(cursor_of);
        Ok(Page { items, next_cursor })
    }

    async fn leave(
        &mut self,
        scope: &TenantScope,
        leftover: Leftover,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let row = purge_leftover::Model {
            tenant_id: scope.tenant().as_uuid(),
            what: word(leftover),
            left_at: at,
        };
        let key = [
            purge_leftover::Column::TenantId,
            purge_leftover::Column::What,
        ];
        purge_leftover::Entity::insert(row.into_active_model())
            .on_conflict(OnConflict::columns(key).do_nothing().to_owned())
            .exec_without_returning(&self.transaction)
            .await
            .map_err(|error| store_error(WRITE, error))?;
        Ok(())
    }

    async fn leftovers(
        &mut self,
        scope: &TenantScope,
        limit: u32,
    ) -> Result<Vec<Leftover>, StoreError> {
        let rows = purge_leftover::Entity::rows_of(scope)
            .order_by_asc(purge_leftover::Column::LeftAt)
            .order_by_asc(purge_leftover::Column::What)
            .limit(u64::from(limit))
            .all(&self.transaction)
            .await
            .map_err(|error| store_error(READ, error))?;
        rows.iter().map(|row| leftover(&row.what)).collect()
    }

    async fn forget(&mut self, scope: &TenantScope, leftover: Leftover) -> Result<(), StoreError> {
        purge_leftover::Entity::removals_of(scope)
            .filter(purge_leftover::Column::What.eq(word(leftover)))
            .exec(&self.transaction)
            .await
            .map_err(|error| store_error(WRITE, error))?;
        Ok(())
    }

    async fn tenants_with_leftovers(
        &mut self,
        platform: &PlatformScope,
        after: Option<TenantId>,
        limit: u32,
    ) -> Result<Vec<TenantId>, StoreError> {
        let mut query = purge_leftover::Entity::all_rows(platform)
            .select_only()
            .column(purge_leftover::Column::TenantId)
            .distinct();
        if let Some(after) = after {
            query = query.filter(purge_leftover::Column::TenantId.gt(after.as_uuid()));
        }
        let tenants: Vec<Uuid> = query
            .order_by_asc(purge_leftover::Column::TenantId)
            .limit(u64::from(limit))
            .into_tuple()
            .all(&self.transaction)
            .await
            .map_err(|error| store_error(READ, error))?;
        Ok(tenants.into_iter().map(TenantId::from_uuid).collect())
    }
}

fn word(leftover: Leftover) -> String {
    match leftover {
        Leftover::Bundle(digest) => digest.to_string(),
        Leftover::Everything => EVERYTHING.to_owned(),
    }
}

fn leftover(word: &str) -> Result<Leftover, StoreError> {
    if word == EVERYTHING {
        return Ok(Leftover::Everything);
    }
    parsed("what a purge left behind", word).map(Leftover::Bundle)
}

fn row(scope: &TenantScope, request: &PurgeRequest) -> Model {
    let decided_by = request.decided_by.as_ref();
    let id_of = |person: &Person| person.user.map(|user| user.as_uuid());
    Model {
        tenant_id: scope.tenant().as_uuid(),
        id: request.id.as_uuid(),
        kind: request.kind.to_string(),
        object_id: request.object_id.clone(),
        name: request.name.clone(),
        reason: request.reason.clone(),
        state: request.state.as_str().to_owned(),
        requested_at: request.requested_at,
        requested_by: request.requested_by.name.clone(),
        requested_by_user: id_of(&request.requested_by),
        decided_at: request.decided_at,
        decided_by: decided_by.map(|person| person.name.clone()),
        decided_by_user: decided_by.and_then(id_of),
    }
}

fn request(row: Model) -> Result<PurgeRequest, StoreError> {
    let location = format!("purge request {}", row.id);
    let person = |name, user: Option<Uuid>| Person {
        name,
        user: user.map(UserId::from_uuid),
    };
    Ok(PurgeRequest {
        id: PurgeRequestId::from_uuid(row.id),
        kind: parsed(&location, &row.kind)?,
        object_id: row.object_id,
        name: row.name,
        reason: row.reason,
        state: parsed(&location, &row.state)?,
        requested_at: row.requested_at,
        requested_by: person(row.requested_by, row.requested_by_user),
        decided_at: row.decided_at,
        decided_by: row.decided_by.map(|name| person(name, row.decided_by_user)),
    })
}

fn cursor_of(last: &PurgeRequest) -> Cursor {
    let at = last.requested_at;
    let at = at.to_rfc3339_opts(SecondsFormat::Nanos, true);
    Cursor(format!("{at}_{}", last.id))
}

fn behind(cursor: &Cursor) -> Result<Condition, StoreError> {
    let parts = cursor.0.split_once('_').and_then(|(at, id)| {
        let at: DateTime<Utc> = DateTime::parse_from_rfc3339(at).ok()?.to_utc();
        Some((at, Uuid::parse_str(id).ok()?))
    });
    let Some((at, id)) = parts else {
        let message = "the cursor is none of the list of purge requests";
        return Err(StoreError::Conflict(message.to_owned()));
    };
    let same = Condition::all()
        .add(Column::RequestedAt.eq(at))
        .add(Column::Id.lt(id));
    Ok(Condition::any().add(Column::RequestedAt.lt(at)).add(same))
}
