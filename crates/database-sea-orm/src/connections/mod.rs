//! The connections of tenants.

mod probe;
mod rows;
mod units;

use async_trait::async_trait;
use installhub_connections::ports::{ConnectionFilter, ConnectionRecord, ConnectionRepository};
use installhub_connections::{Connection, ConnectionName, ConnectionPlace, SealedSecret};
use installhub_kernel::{ConnectionId, StoreError, TenantScope};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, Select,
};

use crate::entity::connection::{Column, Entity};
use crate::failure::store_error;
use crate::scoped::TenantOwned as _;
use crate::unit::Unit;
use crate::words::stored_count;

pub use probe::PostgreSqlProbe;

const READ: &str = "cannot read the connections";
const WRITE: &str = "cannot write the connections";

/// How a revision is called in messages.
const REVISION: &str = "the revision of a connection";

#[async_trait]
impl ConnectionRepository for Unit {
    async fn add(
        &mut self,
        scope: &TenantScope,
        record: &ConnectionRecord,
    ) -> Result<(), StoreError> {
        let row = rows::row(scope, record)?;
        Entity::insert(row.into_active_model())
            .exec_without_returning(&self.transaction)
            .await
            .map_err(|error| store_error(WRITE, error))?;
        Ok(())
    }

    async fn find(
        &mut self,
        scope: &TenantScope,
        id: ConnectionId,
    ) -> Result<Option<ConnectionRecord>, StoreError> {
        let found = present(scope)
            .filter(Column::Id.eq(id.as_uuid()))
            .one(&self.transaction)
            .await
            .map_err(|error| store_error(READ, error))?;
        found.map(rows::record).transpose()
    }

    async fn find_named(
        &mut self,
        scope: &TenantScope,
        name: &ConnectionName,
    ) -> Result<Option<ConnectionId>, StoreError> {
        let found = present(scope)
            .filter(Column::NameKey.eq(name.folded()))
            .one(&self.transaction)
            .await
            .map_err(|error| store_error(READ, error))?;
        Ok(found.map(|row| ConnectionId::from_uuid(row.id)))
    }

    async fn list(
        &mut self,
        scope: &TenantScope,
        filter: &ConnectionFilter,
        place: Option<&ConnectionPlace>,
        limit: u32,
    ) -> Result<Vec<Connection>, StoreError> {
        let mut query = present(scope);
        if let Some(kind) = filter.kind {
            query = query.filter(Column::Kind.eq(kind.as_str()));
        }
        if let Some(place) = place {
            query = query.filter(behind(place));
        }
        let found = query
            .order_by_desc(Column::CreatedAt)
            .order_by_desc(Column::Id)
            .limit(u64::from(limit))
            .all(&self.transaction)
            .await
            .map_err(|error| store_error(READ, error))?;
        found.iter().map(rows::connection).collect()
    }

    async fn change(
        &mut self,
        scope: &TenantScope,
        revision: u64,
        record: &ConnectionRecord,
    ) -> Result<bool, StoreError> {
        let row = rows::row(scope, record)?;
        let changed = Entity::changes_of(scope)
            .col_expr(Column::Name, Expr::value(row.name))
            .col_expr(Column::NameKey, Expr::value(row.name_key))
            .col_expr(Column::Settings, Expr::value(row.settings))
            .col_expr(Column::SealingKey, Expr::value(row.sealing_key))
            .col_expr(Column::SealedSecret, Expr::value(row.sealed_secret))
            .col_expr(Column::UpdatedAt, Expr::value(row.updated_at))
            .col_expr(Column::Revision, Expr::col(Column::Revision).add(1))
            .filter(Column::Id.eq(row.id))
            .filter(Column::Revision.eq(stored_count(REVISION, revision)?))
            .filter(Column::DeletedAt.is_null())
            .exec(&self.transaction)
            .await
            .map_err(|error| store_error(WRITE, error))?;
        Ok(changed.rows_affected == 1)
    }

    async fn sealed_otherwise(
        &mut self,
        scope: &TenantScope,
        current: &str,
        after: Option<ConnectionId>,
        limit: u32,
    ) -> Result<Vec<(ConnectionId, SealedSecret)>, StoreError> {
        let mut query = Entity::rows_of(scope)
            .filter(Column::SealingKey.is_not_null())
            .filter(Column::SealingKey.ne(current));
        if let Some(after) = after {
            query = query.filter(Column::Id.gt(after.as_uuid()));
        }
        let found = query
            .order_by_asc(Column::Id)
            .limit(u64::from(limit))
            .all(&self.transaction)
            .await
            .map_err(|error| store_error(READ, error))?;
        let sealed = found.into_iter().filter_map(|row| {
            let id = ConnectionId::from_uuid(row.id);
            rows::sealed(row.sealing_key, row.sealed_secret).map(|sealed| (id, sealed))
        });
        Ok(sealed.collect())
    }

    async fn reseal(
        &mut self,
        scope: &TenantScope,
        id: ConnectionId,
        old: &SealedSecret,
        new: &SealedSecret,
    ) -> Result<bool, StoreError> {
        let changed = Entity::changes_of(scope)
            .col_expr(Column::SealingKey, Expr::value(new.key_id.clone()))
            .col_expr(Column::SealedSecret, Expr::value(new.sealed.clone()))
            .filter(Column::Id.eq(id.as_uuid()))
            .filter(Column::SealedSecret.eq(old.sealed.clone()))
            .exec(&self.transaction)
            .await
            .map_err(|error| store_error(WRITE, error))?;
        Ok(changed.rows_affected == 1)
    }
}

/// Those that are not deleted.
fn present(scope: &TenantScope) -> Select<Entity> {
    Entity::rows_of(scope).filter(Column::DeletedAt.is_null())
}

fn behind(place: &ConnectionPlace) -> Condition {
    let same_instant = Condition::all()
        .add(Column::CreatedAt.eq(place.created_at))
        .add(Column::Id.lt(place.id.as_uuid()));
    Condition::any()
        .add(Column::CreatedAt.lt(place.created_at))
        .add(same_instant)
}
