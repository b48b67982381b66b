//! Users as rows.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use installhub_access::ports::{SignInName, UserRepository};
use installhub_access::{Role, TenantStatus, User, UserFilter, UserStatus};
use installhub_kernel::{
    Page, PageRequest, PlatformScope, StoreError, TenantId, TenantScope, UserId,
};
use sea_orm::sea_query::{Expr, ExprTrait as _, LikeExpr};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, Select,
};

use super::tenants::status_of;
use super::{among, before, names, names_text, page_of, read_failed, taken, window, write_failed};
use crate::artifact_rows::name_key;
use crate::entity::user::{ActiveModel, Column, Entity, Model};
use crate::entity::{tenant, user_identity};
use crate::failure::corrupt;
use crate::scoped::{Shared as _, TenantOwned as _};
use crate::unit::Unit;
use crate::words::{parsed, read_count, stored_count};

const USER: &str = "the record of a user";

#[async_trait]
impl UserRepository for Unit {
    async fn add(
        &mut self,
        scope: &TenantScope,
        user: &User,
        password_hash: Option<&str>,
    ) -> Result<(), StoreError> {
        Entity::insert(row(scope, user, password_hash)?.into_active_model())
            .exec_without_returning(&self.transaction)
            .await
            .map_err(taken(|| {
                format!("the e-mail address '{}' is in use already", user.email)
            }))?;
        Ok(())
    }

    async fn find(&mut self, scope: &TenantScope, id: UserId) -> Result<Option<User>, StoreError> {
        let row = living(Entity::rows_of(scope))
            .filter(Column::Id.eq(id.as_uuid()))
            .one(&self.transaction)
            .await;
        row.map_err(read_failed)?.map(user).transpose()
    }

    async fn find_anywhere(
        &mut self,
        scope: &PlatformScope,
        id: UserId,
    ) -> Result<Option<User>, StoreError> {
        let row = living(Entity::all_rows(scope))
            .filter(Column::Id.eq(id.as_uuid()))
            .one(&self.transaction)
            .await;
        row.map_err(read_failed)?.map(user).transpose()
    }

    async fn by_email(
        &mut self,
        scope: &PlatformScope,
        key: &str,
    ) -> Result<Option<SignInName>, StoreError> {
        let row = living(Entity::all_rows(scope))
            .filter(Column::EmailKey.eq(key))
            .find_also_related(tenant::Entity)
            .one(&self.transaction)
            .await;
        row.map_err(read_failed)?.map(sign_in_name).transpose()
    }

    async fn by_identity(
        &mut self,
        scope: &PlatformScope,
        issuer: &str,
        subject: &str,
    ) -> Result<Option<SignInName>, StoreError> {
        let identity = user_identity::Entity::all_rows(scope)
            .filter(user_identity::Column::Issuer.eq(issuer))
            .filter(user_identity::Column::Subject.eq(subject))
            .one(&self.transaction)
            .await
            .map_err(read_failed)?;
        let Some(identity) = identity else {
            return Ok(None);
        };
        let row = living(Entity::all_rows(scope))
            .filter(Column::TenantId.eq(identity.tenant_id))
            .filter(Column::Id.eq(identity.user_id))
            .find_also_related(tenant::Entity)
            .one(&self.transaction)
            .await;
        row.map_err(read_failed)?.map(sign_in_name).transpose()
    }

    async fn link(
        &mut self,
        scope: &PlatformScope,
        user: &User,
        issuer: &str,
        subject: &str,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        // Whoever had it before has been deleted.
        user_identity::Entity::all_removals(scope)
            .filter(user_identity::Column::Issuer.eq(issuer))
            .filter(user_identity::Column::Subject.eq(subject))
            .exec(&self.transaction)
            .await
            .map_err(write_failed)?;
        let row = user_identity::Model {
            tenant_id: user.tenant.as_uuid(),
            user_id: user.id.as_uuid(),
            issuer: issuer.to_owned(),
            subject: subject.to_owned(),
            linked_at: at,
        };
        user_identity::Entity::insert(row.into_active_model())
            .exec_without_returning(&self.transaction)
            .await
            .map_err(write_failed)?;
        Ok(())
    }

    async fn save(&mut self, scope: &TenantScope, user: &User) -> Result<(), StoreError> {
        let change = ActiveModel {
            name: Set(user.name.clone()),
            name_key: Set(name_key(&user.name)),
            roles: Set(names_text(USER, &user.roles)?),
            status: Set(user.status.as_str().to_owned()),
            updated_at: Set(user.updated_at),
            revision: Set(stored_count(USER, user.revision)?),
            ..ActiveModel::default()
        };
        self.change_user(scope, user.id, change).await
    }

    async fn password_hash(
        &mut self,
        scope: &TenantScope,
        id: UserId,
    ) -> Result<Option<String>, StoreError> {
        let hash: Option<Option<String>> = living(Entity::rows_of(scope))
            .filter(Column::Id.eq(id.as_uuid()))
            .select_only()
            .column(Column::PasswordHash)
            .into_tuple()
            .one(&self.transaction)
            .await
            .map_err(read_failed)?;
        Ok(hash.flatten())
    }

    async fn set_password_hash(
        &mut self,
        scope: &TenantScope,
        id: UserId,
        hash: &str,
    ) -> Result<(), StoreError> {
        let change = ActiveModel {
            password_hash: Set(Some(hash.to_owned())),
            ..ActiveModel::default()
        };
        self.change_user(scope, id, change).await
    }

    async fn signed_in(
        &mut self,
        scope: &TenantScope,
        id: UserId,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let change = ActiveModel {
            last_signed_in_at: Set(Some(at)),
            ..ActiveModel::default()
        };
        self.change_user(scope, id, change).await
    }

    async fn remove(
        &mut self,
        scope: &TenantScope,
        id: UserId,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        Entity::changes_of(scope)
            .set(ActiveModel {
                deleted_at: Set(Some(at)),
                deleted_by: Set(Some(scope.actor().to_string())),
                ..ActiveModel::default()
            })
            .col_expr(Column::Revision, Expr::col(Column::Revision).add(1))
            .filter(Column::Id.eq(id.as_uuid()))
            .filter(Column::DeletedAt.is_null())
            .exec(&self.transaction)
            .await
            .map_err(write_failed)?;
        Ok(())
    }

    async fn list(
        &mut self,
        scope: &TenantScope,
        filter: &UserFilter,
        page: PageRequest,
    ) -> Result<Page<User>, StoreError> {
        let mut query = living(Entity::rows_of(scope)).filter(wanted(filter));
        if let Some(cursor) = &page.cursor {
            query = query.filter(Column::Id.lt(before(cursor)?));
        }
        let rows = query
            .order_by_desc(Column::Id)
            .limit(window(&page))
            .all(&self.transaction)
            .await
            .map_err(read_failed)?;
        page_of(rows, &page, |row| row.id, user)
    }

    async fn administrators(&mut self, scope: &TenantScope) -> Result<Vec<User>, StoreError> {
        let rows = living(Entity::rows_of(scope))
            .filter(Column::Status.eq(UserStatus::Active.as_str()))
            .filter(Column::Roles.like(among(Role::TenantAdmin.as_str())))
            .all(&self.transaction)
            .await
            .map_err(read_failed)?;
        rows.into_iter().map(user).collect()
    }

    async fn platform_administrators(
        &mut self,
        scope: &PlatformScope,
    ) -> Result<Vec<User>, StoreError> {
        let rows = living(Entity::all_rows(scope))
            .filter(Column::Status.eq(UserStatus::Active.as_str()))
            .filter(Column::Roles.like(among(Role::PlatformAdmin.as_str())))
            .find_also_related(tenant::Entity)
            .all(&self.transaction)
            .await
            .map_err(read_failed)?;
        let mut administrators = Vec::new();
        for (row, tenant) in rows {
            if status_of(tenant)? == Some(TenantStatus::Active) {
                administrators.push(user(row)?);
            }
        }
        Ok(administrators)
    }

    async fn any(&mut self, scope: &PlatformScope) -> Result<bool, StoreError> {
        let row = Entity::all_rows(scope).one(&self.transaction).await;
        Ok(row.map_err(read_failed)?.is_some())
    }
}

impl Unit {
    async fn change_user(
        &mut self,
        scope: &TenantScope,
        id: UserId,
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

fn wanted(filter: &UserFilter) -> Condition {
    let mut all = Condition::all();
    if let Some(text) = &filter.text {
        let pattern = containing(&name_key(text));
        let either = Condition::any()
            .add(Expr::col(Column::EmailKey).like(pattern.clone()))
            .add(Expr::col(Column::NameKey).like(pattern));
        all = all.add(either);
    }
    if let Some(role) = filter.role {
        all = all.add(Column::Roles.like(among(role.as_str())));
    }
    if let Some(status) = filter.status {
        all = all.add(Column::Status.eq(status.as_str()));
    }
    all
}

/// Whatever has `text` in it; the signs that patterns know mean themselves.
fn containing(text: &str) -> LikeExpr {
    const ESCAPE: char = '!';
    let mut pattern = String::from("%");
    for character in text.chars() {
        if matches!(character, '%' | '_' | ESCAPE) {
            pattern.push(ESCAPE);
        }
        pattern.push(character);
    }
    pattern.push('%');
    LikeExpr::new(pattern).escape(ESCAPE)
}

fn row(scope: &TenantScope, user: &User, password_hash: Option<&str>) -> Result<Model, StoreError> {
    Ok(Model {
        tenant_id: scope.tenant().as_uuid(),
        id: user.id.as_uuid(),
        email: user.email.to_string(),
        email_key: user.email.key(),
        name: user.name.clone(),
        name_key: name_key(&user.name),
        roles: names_text(USER, &user.roles)?,
        status: user.status.as_str().to_owned(),
        password_hash: password_hash.map(str::to_owned),
        created_at: user.created_at,
        updated_at: user.updated_at,
        last_signed_in_at: user.last_signed_in_at,
        deleted_at: None,
        deleted_by: None,
        revision: stored_count(USER, user.revision)?,
    })
}

fn sign_in_name((row, tenant): (Model, Option<tenant::Model>)) -> Result<SignInName, StoreError> {
    Ok(SignInName {
        password_hash: row.password_hash.clone(),
        tenant: status_of(tenant)?,
        user: user(row)?,
    })
}

/// A user who may be deleted, or may not be there.
pub(super) fn living_user(row: Option<Model>) -> Result<Option<User>, StoreError> {
    row.filter(|row| row.deleted_at.is_none())
        .map(user)
        .transpose()
}

fn user(row: Model) -> Result<User, StoreError> {
    let location = format!("the record of user {}", row.id);
    let status = [UserStatus::Active, UserStatus::Suspended]
        .into_iter()
        .find(|status| status.as_str() == row.status)
        .ok_or_else(|| corrupt(&location, format!("'{}' is no status", row.status)))?;
    Ok(User {
        id: UserId::from_uuid(row.id),
        tenant: TenantId::from_uuid(row.tenant_id),
        email: parsed(&location, &row.email)?,
        name: row.name,
        roles: names(&location, &row.roles)?,
        status,
        has_password: row.password_hash.is_some(),
        created_at: row.created_at,
        updated_at: row.updated_at,
        last_signed_in_at: row.last_signed_in_at,
        revision: read_count(&location, row.revision)?,
    })
}
