//! Whose data an entity is, and where requests and events about it stand.

use installhub_access::{Permission, Principal};
use installhub_kernel::{PlatformScope, TenantId, TenantScope, UserId};

use crate::ports::{DeletionStore, DeletionUnit};
use crate::{DeletionError, EntityKind};

/// What somebody may reach of one kind.
pub(crate) struct Place {
    /// Whose rows.
    pub(crate) data: TenantScope,
    /// Where requests and events stand: a tenant's own are with the platform, since they outlive the tenant.
    pub(crate) home: TenantScope,
    platform: Option<PlatformScope>,
    /// Tokens of this user only.
    pub(crate) only_of: Option<UserId>,
}

impl Place {
    /// For deleting and restoring.
    pub(crate) fn to_delete(
        principal: &Principal,
        kind: EntityKind,
        id: &str,
    ) -> Result<Self, DeletionError> {
        if kind == EntityKind::Tenant {
            return Self::of_tenant(principal, id);
        }
        let permission = kind.permission();
        if kind != EntityKind::ApiToken || principal.has(permission) {
            return Ok(Self::own(principal.scope_for(permission)?));
        }
        let own = principal.scope_for(Permission::TokenManageOwn)?;
        Ok(Self {
            // Whoever is no person owns nothing.
            only_of: Some(principal.user().ok_or_else(|| not_found(kind, id))?),
            ..Self::own(own)
        })
    }

    /// For asking for a purge.
    pub(crate) fn to_purge(
        principal: &Principal,
        kind: EntityKind,
        id: &str,
        permission: Permission,
    ) -> Result<Self, DeletionError> {
        if kind == EntityKind::Tenant {
            return Self::of_tenant(principal, id);
        }
        Ok(Self::own(principal.scope_for(permission)?))
    }

    fn own(scope: &TenantScope) -> Self {
        Self {
            data: scope.clone(),
            home: scope.clone(),
            platform: None,
            only_of: None,
        }
    }

    fn of_tenant(principal: &Principal, id: &str) -> Result<Self, DeletionError> {
        let platform = principal.platform_for(Permission::PlatformTenantManage)?;
        let kind = EntityKind::Tenant;
        let tenant: TenantId = id.parse().map_err(|_| not_found(kind, id))?;
        if tenant == TenantId::PLATFORM {
            return Err(not_found(kind, id));
        }
        if tenant == principal.tenant() {
            let message = "nobody deletes or purges the tenant they belong to";
            return Err(DeletionError::Conflict(message.to_owned()));
        }
        Ok(Self {
            data: platform.of_tenant(tenant),
            home: platform.of_tenant(TenantId::PLATFORM),
            platform: Some(platform),
            only_of: None,
        })
    }

    pub(crate) async fn begin(
        &self,
        store: &dyn DeletionStore,
    ) -> Result<Box<dyn DeletionUnit>, DeletionError> {
        Ok(match &self.platform {
            Some(platform) => store.begin_platform(platform, self.data.tenant()).await?,
            None => store.begin(&self.data).await?,
        })
    }
}

pub(crate) fn not_found(kind: EntityKind, id: &str) -> DeletionError {
    DeletionError::NotFound {
        what: kind.as_str(),
        id: id.to_owned(),
    }
}
