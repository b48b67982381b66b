//! API tokens as rows.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use installhub_access::Token;
use installhub_access::ports::{OpenToken, TokenFilter, TokenRepository};
use installhub_checksum::Digest;
use installhub_kernel::{Page, PageRequest, StoreError, TenantScope, TokenId, UserId};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, Select,
};

use super::tenants::status_of;
use super::users::living_user;
use super::{before, names, names_text, page_of, read_failed, window, write_failed};
use crate::entity::api_token::{ActiveModel, Column, Entity, Model};
use crate::entity::{tenant, user};
use crate::scoped::TenantOwned as _;
use crate::unit::Unit;
use crate::words::{parsed, read_count, stored_count};

const TOKEN: &str = "the record of a token";

#[async_trait]
impl TokenRepository for Unit {
    async fn add(
        &mut self,
        scope: &TenantScope,
        token: &Token,
        digest: Digest,
    ) -> Result<(), StoreError> {
        let row = Model {
            tenant_id: scope.tenant().as_uuid(),
            id: token.id.as_uuid(),
            name: token.name.clone(),
            owner_id: token.owner.map(|owner| owner.as_uuid()),
            permissions: names_text(TOKEN, &token.permissions)?,
            digest: digest.to_string(),
            created_at: token.created_at,
            created_by: token.created_by.clone(),
            expires_at: token.expires_at,
            last_used_at: token.last_used_at,
            revoked_at: token.revoked_at,
            deleted_at: None,
            deleted_by: None,
            revision: stored_count(TOKEN, token.revision)?,
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
        id: TokenId,
    ) -> Result<Option<OpenToken>, StoreError> {
        let found = living(Entity::rows_of(scope))
            .filter(Column::Id.eq(id.as_uuid()))
            .find_also_related(user::Entity)
            .find_also_related(tenant::Entity)
            .one(&self.transaction)
            .await
            .map_err(read_failed)?;
        let Some((row, owner, tenant)) = found else {
            return Ok(None);
        };
        Ok(Some(OpenToken {
            digest: parsed("the digest of a token", &row.digest)?,
            owner: living_user(owner)?,
            tenant: status_of(tenant)?,
            token: token(row)?,
        }))
    }

    async fn touch(
        &mut self,
        scope: &TenantScope,
        id: TokenId,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let change = ActiveModel {
            last_used_at: Set(Some(at)),
            ..ActiveModel::default()
        };
        self.change_token(scope, id, change).await
    }

    async fn find(
        &mut self,
        scope: &TenantScope,
        id: TokenId,
    ) -> Result<Option<Token>, StoreError> {
        let row = living(Entity::rows_of(scope))
            .filter(Column::Id.eq(id.as_uuid()))
            .one(&self.transaction)
            .await;
        row.map_err(read_failed)?.map(token).transpose()
    }

    async fn save(&mut self, scope: &TenantScope, token: &Token) -> Result<(), StoreError> {
        let change = ActiveModel {
            revoked_at: Set(token.revoked_at),
            revision: Set(stored_count(TOKEN, token.revision)?),
            ..ActiveModel::default()
        };
        self.change_token(scope, token.id, change).await
    }

    async fn set_digest(
        &mut self,
        scope: &TenantScope,
        id: TokenId,
        digest: Digest,
    ) -> Result<(), StoreError> {
        let change = ActiveModel {
            digest: Set(digest.to_string()),
            ..ActiveModel::default()
        };
        self.change_token(scope, id, change).await
    }

    async fn list(
        &mut self,
        scope: &TenantScope,
        filter: TokenFilter,
        page: PageRequest,
    ) -> Result<Page<Token>, StoreError> {
        let mut query = living(Entity::rows_of(scope));
        if let TokenFilter::OwnedBy(user) = filter {
            query = query.filter(Column::OwnerId.eq(user.as_uuid()));
        }
        if let Some(cursor) = &page.cursor {
            query = query.filter(Column::Id.lt(before(cursor)?));
        }
        let rows = query
            .order_by_desc(Column::Id)
            .limit(window(&page))
            .all(&self.transaction)
            .await
            .map_err(read_failed)?;
        page_of(rows, &page, |row| row.id, token)
    }
}

impl Unit {
    async fn change_token(
        &mut self,
        scope: &TenantScope,
        id: TokenId,
        change: ActiveModel,
    ) -> Result<(), StoreError> {
        Entity::changes_of(scope)
            .set(change)
            .filter(Column::Id.eq(id.as_uuid()))
            .filter(Column::DeletedAt.is_null())
            .exec(&self.transaction)
            .await
            .map_err(write_failed)?;
        Ok(())
    }
}

fn living(query: Select<Entity>) -> Select<Entity> {
    query.filter(Column::DeletedAt.is_null())
}

fn token(row: Model) -> Result<Token, StoreError> {
    let location = format!("the record of token {}", row.id);
    Ok(Token {
        id: TokenId::from_uuid(row.id),
        name: row.name,
        owner: row.owner_id.map(UserId::from_uuid),
        permissions: names(&location, &row.permissions)?,
        created_at: row.created_at,
        created_by: row.created_by,
        expires_at: row.expires_at,
        last_used_at: row.last_used_at,
        revoked_at: row.revoked_at,
        revision: read_count(&location, row.revision)?,
    })
}
