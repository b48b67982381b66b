//! Tenants: organisations that share the service and nothing else.

mod views;

use std::sync::Arc;

use installhub_access::{Access, Tenant, TenantChange};
use installhub_deletion::{Deletion, EntityKind};
use installhub_http_kit::{
    ApiError, Caller, Created, Done, PageView, Tagged, optional_revision, page, revision,
};
use installhub_kernel::TenantId;
use poem_openapi::OpenApi;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use uuid::Uuid;

use self::views::{TenantChangeInput, TenantInput, TenantView};
use crate::PREFIX;
use crate::tags::Tag;

pub(crate) struct Tenants {
    pub(crate) access: Arc<Access>,
    pub(crate) deletion: Arc<Deletion>,
}

fn tagged(tenant: Tenant) -> Tagged<TenantView> {
    Tagged {
        revision: tenant.revision,
        view: tenant.into(),
    }
}

#[OpenApi(tag = "Tag::Tenants")]
impl Tenants {
    /// Create a tenant
    ///
    /// Together with its first administrator.
    #[oai(path = "/tenants", method = "post", operation_id = "createTenant")]
    async fn create(
        &self,
        caller: Caller,
        input: Json<TenantInput>,
    ) -> Result<Created<TenantView>, ApiError> {
        let (tenant, _) = self.access.create_tenant(&caller, input.0.into()).await?;
        Ok(Created {
            location: format!("{PREFIX}/tenants/{}", tenant.id),
            revision: tenant.revision,
            view: tenant.into(),
        })
    }

    /// List tenants
    ///
    /// Newest first.
    #[oai(path = "/tenants", method = "get", operation_id = "listTenants")]
    async fn list(
        &self,
        caller: Caller,
        /// The most items.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u32>>,
        /// Where to go on: `nextCursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<PageView<TenantView>>, ApiError> {
        Ok(Json(
            self.access
                .tenants(&caller, page(limit.0, cursor.0)?)
                .await?
                .into(),
        ))
    }

    /// Read the own tenant
    #[oai(path = "/tenant", method = "get", operation_id = "getOwnTenant")]
    async fn own(&self, caller: Caller) -> Result<Tagged<TenantView>, ApiError> {
        Ok(tagged(self.access.own_tenant(&caller).await?))
    }

    /// Read a tenant
    ///
    /// The own one, or any with `tenant:manage`.
    #[oai(path = "/tenants/:id", method = "get", operation_id = "getTenant")]
    async fn get(&self, caller: Caller, id: Path<Uuid>) -> Result<Tagged<TenantView>, ApiError> {
        Ok(tagged(
            self.access
                .tenant(&caller, TenantId::from_uuid(id.0))
                .await?,
        ))
    }

    /// Change a tenant
    ///
    /// The own one, or any with `tenant:manage`. What is missing stays.
    #[oai(path = "/tenants/:id", method = "patch", operation_id = "changeTenant")]
    async fn change(
        &self,
        caller: Caller,
        id: Path<Uuid>,
        /// The revision that was read.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
        input: Json<TenantChangeInput>,
    ) -> Result<Tagged<TenantView>, ApiError> {
        let expected = revision(if_match.0.as_deref())?;
        let (id, change) = (TenantId::from_uuid(id.0), TenantChange::from(input.0));
        Ok(tagged(
            self.access
                .change_tenant(&caller, id, Some(expected), change)
                .await?,
        ))
    }

    /// Delete a tenant
    ///
    /// With everything that is its own; it can be restored.
    #[oai(
        path = "/tenants/:id",
        method = "delete",
        operation_id = "deleteTenant"
    )]
    async fn delete(
        &self,
        caller: Caller,
        id: Path<Uuid>,
        /// Only if it still has this revision.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
    ) -> Result<Done, ApiError> {
        let expected = optional_revision(if_match.0.as_deref())?;
        self.deletion
            .delete(&caller, EntityKind::Tenant, &id.to_string(), expected)
            .await?;
        Ok(Done)
    }

    /// Restore a tenant
    #[oai(
        path = "/tenants/:id/restore",
        method = "post",
        operation_id = "restoreTenant"
    )]
    async fn restore(&self, caller: Caller, id: Path<Uuid>) -> Result<Done, ApiError> {
        self.deletion
            .restore(&caller, EntityKind::Tenant, &id.to_string())
            .await?;
        Ok(Done)
    }

    /// Suspend a tenant
    ///
    /// All its credentials are refused until it is resumed; its data stays.
    #[oai(
        path = "/tenants/:id/suspend",
        method = "post",
        operation_id = "suspendTenant"
    )]
    async fn suspend(
        &self,
        caller: Caller,
        id: Path<Uuid>,
        /// Only if it still has this revision.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
    ) -> Result<Tagged<TenantView>, ApiError> {
        let (id, expected) = (
            TenantId::from_uuid(id.0),
            optional_revision(if_match.0.as_deref())?,
        );
        Ok(tagged(
            self.access.suspend_tenant(&caller, id, expected).await?,
        ))
    }

    /// Resume a tenant
    #[oai(
        path = "/tenants/:id/resume",
        method = "post",
        operation_id = "resumeTenant"
    )]
    async fn resume(
        &self,
        caller: Caller,
        id: Path<Uuid>,
        /// Only if it still has this revision.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
    ) -> Result<Tagged<TenantView>, ApiError> {
        let (id, expected) = (
            TenantId::from_uuid(id.0),
            optional_revision(if_match.0.as_deref())?,
        );
        Ok(tagged(
            self.access.resume_tenant(&caller, id, expected).await?,
        ))
    }
}
