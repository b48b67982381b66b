//! Sessions as rows.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use installhub_access::Session;
use installhub_access::ports::{OpenSession, SessionRepository};
use installhub_checksum::Digest;
use installhub_kernel::{PlatformScope, SessionId, StoreError, TenantScope, UserId};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QueryOrder as _,
};

use super::tenants::status_of;
use super::users::living_user;
use super::{read_failed, write_failed};
use crate::entity::session::{ActiveModel, Column, Entity, Model};
use crate::entity::{tenant, user};
use crate::scoped::{Shared as _, TenantOwned as _};
use crate::unit::Unit;
use crate::words::parsed;

#[async_trait]
impl SessionRepository for Unit {
    async fn add(
        &mut self,
        scope: &TenantScope,
        session: &Session,
        digest: Digest,
    ) -> Result<(), StoreError> {
        let row = Model {
            tenant_id: scope.tenant().as_uuid(),
            id: session.id.as_uuid(),
            user_id: session.user.as_uuid(),
            digest: digest.to_string(),
            created_at: session.created_at,
            last_seen_at: session.last_seen_at,
            expires_at: session.expires_at,
            address: session.address.clone(),
            user_agent: session.user_agent.clone(),
        };
        Entity::insert(row.into_active_model())
            .exec_without_returning(&self.transaction)
            .await
            .map_err(write_failed)?;
        Ok(())
    }

    async fn open(
        &mut self,
        scope: &TenantScope,
        id: SessionId,
    ) -> Result<Option<OpenSession>, StoreError> {
        let found = Entity::rows_of(scope)
            .filter(Column::Id.eq(id.as_uuid()))
            .find_also_related(user::Entity)
            .find_also_related(tenant::Entity)
            .one(&self.transaction)
            .await
            .map_err(read_failed)?;
        let Some((row, user, tenant)) = found else {
            return Ok(None);
        };
        Ok(Some(OpenSession {
            digest: parsed("the digest of a session", &row.digest)?,
            user: living_user(user)?,
            tenant: status_of(tenant)?,
            session: session(row),
        }))
    }

    async fn touch(
        &mut self,
        scope: &TenantScope,
        id: SessionId,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        Entity::changes_of(scope)
            .set(ActiveModel {
                last_seen_at: Set(at),
                ..ActiveModel::default()
            })
            .filter(Column::Id.eq(id.as_uuid()))
            .exec(&self.transaction)
            .await
            .map_err(write_failed)?;
        Ok(())
    }

    async fn of_user(
        &mut self,
        scope: &TenantScope,
        user: UserId,
    ) -> Result<Vec<Session>, StoreError> {
        let rows = Entity::rows_of(scope)
            .filter(Column::UserId.eq(user.as_uuid()))
            .order_by_desc(Column::Id)
            .all(&self.transaction)
            .await
            .map_err(read_failed)?;
        Ok(rows.into_iter().map(session).collect())
    }

    async fn remove(
        &mut self,
        scope: &TenantScope,
        user: UserId,
        id: SessionId,
    ) -> Result<bool, StoreError> {
        let removed = Entity::removals_of(scope)
            .filter(Column::UserId.eq(user.as_uuid()))
            .filter(Column::Id.eq(id.as_uuid()))
            .exec(&self.transaction)
            .await
            .map_err(write_failed)?;
        Ok(removed.rows_affected > 0)
    }

    async fn remove_all(
        &mut self,
        scope: &TenantScope,
        user: UserId,
        except: Option<SessionId>,
    ) -> Result<u64, StoreError> {
        let mut removal = Entity::removals_of(scope).filter(Column::UserId.eq(user.as_uuid()));
        if let Some(kept) = except {
            removal = removal.filter(Column::Id.ne(kept.as_uuid()));
        }
        let removed = removal.exec(&self.transaction).await;
        Ok(removed.map_err(write_failed)?.rows_affected)
    }

    async fn remove_ended(
        &mut self,
        scope: &PlatformScope,
        expired: DateTime<Utc>,
        unused: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        let ended = Condition::any()
            .add(Column::ExpiresAt.lte(expired))
            .add(Column::LastSeenAt.lte(unused));
        let removed = Entity::all_removals(scope)
            .filter(ended)
            .exec(&self.transaction)
            .await;
        Ok(removed.map_err(write_failed)?.rows_affected)
    }
}

fn session(row: Model) -> Session {
    Session {
        id: SessionId::from_uuid(row.id),
        user: UserId::from_uuid(row.user_id),
        created_at: row.created_at,
        last_seen_at: row.last_seen_at,
        expires_at: row.expires_at,
        address: row.address,
        user_agent: row.user_agent,
    }
}
