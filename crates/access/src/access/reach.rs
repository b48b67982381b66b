//! How far somebody reaches who manages users or tenants: their own tenant, or all of them.

use installhub_kernel::{PlatformScope, TenantId, TenantScope, UserId};

use super::Access;
use crate::ports::{AccessUnit, StoreError};
use crate::{AccessError, Denied, Permission, Principal, User};

/// Whose data may be touched.
pub(super) enum Reach {
    Own(TenantScope),
    All(PlatformScope),
}

impl Reach {
    /// As far as who acts has the right to: with `far` to all tenants, with `near` to their own.
    pub(super) fn of(
        principal: &Principal,
        near: Permission,
        far: Permission,
    ) -> Result<Self, Denied> {
        if principal.has(far) {
            Ok(Self::All(principal.platform_for(far)?))
        } else {
            Ok(Self::Own(principal.scope_for(near)?.clone()))
        }
    }

    /// The scope of a tenant; that of one out of reach does not exist.
    pub(super) fn scope_of(&self, tenant: TenantId) -> Result<TenantScope, AccessError> {
        match self {
            Self::Own(scope) if scope.tenant() == tenant => Ok(scope.clone()),
            Self::Own(_) => Err(AccessError::not_found("tenant", tenant)),
            Self::All(across) => Ok(across.of_tenant(tenant)),
        }
    }

    /// The scope across tenants, if it goes that far.
    pub(super) fn across(&self) -> Option<&PlatformScope> {
        match self {
            Self::Own(_) => None,
            Self::All(across) => Some(across),
        }
    }

    /// A user within reach, with the scope of their tenant.
    pub(super) async fn user(
        &self,
        unit: &mut dyn AccessUnit,
        id: UserId,
    ) -> Result<(TenantScope, User), AccessError> {
        let found = match self {
            Self::Own(scope) => unit.users().find(scope, id).await?,
            Self::All(across) => unit.users().find_anywhere(across, id).await?,
        };
        let user = found.ok_or_else(|| AccessError::not_found("user", id))?;
        Ok((self.scope_of(user.tenant)?, user))
    }
}

impl Access {
    /// A unit that may write as far as that.
    pub(super) async fn begin(&self, reach: &Reach) -> Result<Box<dyn AccessUnit>, StoreError> {
        match reach {
            Reach::Own(scope) => self.store.begin(scope).await,
            Reach::All(across) => self.store.begin_platform(across).await,
        }
    }

    /// A unit that reads as far as that.
    pub(super) async fn read(&self, reach: &Reach) -> Result<Box<dyn AccessUnit>, StoreError> {
        match reach {
            Reach::Own(scope) => self.store.read(scope).await,
            Reach::All(across) => self.store.read_platform(across).await,
        }
    }
}
