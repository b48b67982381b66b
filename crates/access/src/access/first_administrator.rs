//! The first administrator of an installation.

use std::collections::BTreeSet;

use installhub_kernel::{ActorKind, PlatformScope, TenantId};

use super::{Access, actor};
use crate::{AccessError, NewUser, Role, User};

impl Access {
    /// Makes the first user, who administers the platform and its first tenant. Once in the life of an installation: refused
    /// when there is or ever was a user, whoever tries at the same time.
    pub async fn bootstrap(&self, email: &str, password: &str) -> Result<User, AccessError> {
        let checked = self
            .check(NewUser {
                tenant: Some(TenantId::LOCAL),
                email: email.to_owned(),
                name: email.split('@').next().unwrap_or(email).to_owned(),
                roles: BTreeSet::from([Role::TenantAdmin, Role::PlatformAdmin]),
                password: Some(password.to_owned()),
            })
            .await?;
        let across = PlatformScope::acting(actor("bootstrap")?, ActorKind::CommandLine, None);
        let scope = across.of_tenant(TenantId::LOCAL);
        let mut unit = self.store.begin_platform(&across).await?;
        unit.tenants()
            .take(&scope)
            .await?
            .ok_or_else(|| AccessError::not_found("tenant", TenantId::LOCAL))?;
        if unit.users().any(&across).await? {
            return Err(AccessError::Conflict(
                "there are users already: ask one of the administrators".to_owned(),
            ));
        }
        let user = self.add_user(unit.as_mut(), &scope, checked).await?;
        unit.commit().await?;
        Ok(user)
    }
}
