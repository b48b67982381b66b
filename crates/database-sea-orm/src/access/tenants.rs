//! Tenants as rows.

use async_trait::async_trait;
use installhub_access::ports::TenantRepository;
use installhub_access::{Tenant, TenantStatus};
use installhub_kernel::{Page, PageRequest, PlatformScope, StoreError, TenantId, TenantScope};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, Select,
};

use super::{before, page_of, read_failed, taken, window, write_failed};
use crate::entity::tenant::{ActiveModel, Column, Entity, Model};
use crate::failure::corrupt;
use crate::scoped::{Shared as _, TenantOwned as _};
use crate::unit::Unit;
use crate::words::{parsed, read_count, stored_count};

const TENANT: &str = "the record of a tenant";

#[async_trait]
impl TenantRepository for Unit {
    async fn add(&mut self, scope: &TenantScope, tenant: &Tenant) -> Result<(), StoreError> {
        let row = Model {
            tenant_id: scope.tenant().as_uuid(),
            name: tenant.name.clone(),
            slug: tenant.slug.to_string(),
            status: tenant.status.as_str().to_owned(),
            created_at: tenant.created_at,
            updated_at: tenant.updated_at,
            deleted_at: None,
            deleted_by: None,
            revision: stored_count(TENANT, tenant.revision)?,
        };
        Entity::insert(row.into_active_model())
            .exec_without_returning(&self.transaction)
            .await
            .map_err(taken(|| slug_taken(tenant)))?;
        Ok(())
    }

    async fn find(&mut self, scope: &TenantScope) -> Result<Option<Tenant>, StoreError> {
        let row = living(Entity::rows_of(scope)).one(&self.transaction).await;
        row.map_err(read_failed)?.map(tenant).transpose()
    }

    async fn take(&mut self, scope: &TenantScope) -> Result<Option<Tenant>, StoreError> {
        // Also a deleted one is a turn to be taken.
        let row = Entity::rows_of(scope)
            .lock_exclusive()
            .one(&self.transaction)
            .await
            .map_err(write_failed)?;
        row.filter(|row| row.deleted_at.is_none())
            .map(tenant)
            .transpose()
    }

    async fn save(&mut self, scope: &TenantScope, tenant: &Tenant) -> Result<(), StoreError> {
        let change = ActiveModel {
            name: Set(tenant.name.clone()),
            slug: Set(tenant.slug.to_string()),
            status: Set(tenant.status.as_str().to_owned()),
            updated_at: Set(tenant.updated_at),
            revision: Set(stored_count(TENANT, tenant.revision)?),
            ..ActiveModel::default()
        };
        Entity::changes_of(scope)
            .set(change)
            .filter(Column::DeletedAt.is_null())
            .exec(&self.transaction)
            .await
            .map_err(taken(|| slug_taken(tenant)))?;
        Ok(())
    }

    async fn list(
        &mut self,
        scope: &PlatformScope,
        page: PageRequest,
    ) -> Result<Page<Tenant>, StoreError> {
        let mut query = living(Entity::all_rows(scope));
        if let Some(cursor) = &page.cursor {
            query = query.filter(Column::TenantId.lt(before(cursor)?));
        }
        let rows = query
            .order_by_desc(Column::TenantId)
            .limit(window(&page))
            .all(&self.transaction)
            .await
            .map_err(read_failed)?;
        page_of(rows, &page, |row| row.tenant_id, tenant)
    }
}

fn living(query: Select<Entity>) -> Select<Entity> {
    query.filter(Column::DeletedAt.is_null())
}

fn slug_taken(tenant: &Tenant) -> String {
    format!("there is a tenant with the slug '{}' already", tenant.slug)
}

/// How a tenant is that may be deleted, or may not be there.
pub(super) fn status_of(row: Option<Model>) -> Result<Option<TenantStatus>, StoreError> {
    row.filter(|row| row.deleted_at.is_none())
        .map(|row| status(&row.status))
        .transpose()
}

fn status(text: &str) -> Result<TenantStatus, StoreError> {
    [TenantStatus::Active, TenantStatus::Suspended]
        .into_iter()
        .find(|status| status.as_str() == text)
        .ok_or_else(|| corrupt(TENANT, format!("'{text}' is no status")))
}

fn tenant(row: Model) -> Result<Tenant, StoreError> {
    Ok(Tenant {
        id: TenantId::from_uuid(row.tenant_id),
        name: row.name,
        slug: parsed(TENANT, &row.slug)?,
        status: status(&row.status)?,
        created_at: row.created_at,
        updated_at: row.updated_at,
        revision: read_count(TENANT, row.revision)?,
    })
}
