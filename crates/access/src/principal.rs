//! Who acts, and what they may do: the one place where permissions are checked.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use installhub_kernel::{
    Actor, ActorKind, PlatformScope, RequestId, SessionId, TenantId, TenantScope, TokenId, UserId,
};

use crate::{Permission, Role};

/// The answer to somebody who may not do what they asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("needs the permission {permission}")]
pub struct Denied {
    /// What is missing.
    pub permission: Permission,
}

/// Whoever acts: a signed-in person, a program with a token, or the service itself; for which tenant; with which permissions.
///
/// Data is only reached through a scope, and the only way from here to a scope is to name the permission:
///
/// ```
/// use installhub_access::{Permission, Principal};
/// use installhub_kernel::TenantId;
///
/// let principal = Principal::local("anna".parse()?);
/// assert_eq!(principal.scope_for(Permission::ArtifactRead)?.tenant(), TenantId::LOCAL);
/// assert!(principal.platform_for(Permission::PlatformTenantManage).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    scope: TenantScope,
    by: By,
    roles: BTreeSet<Role>,
    permissions: BTreeSet<Permission>,
}

/// By what somebody acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Session(UserId, SessionId),
    Token {
        token: TokenId,
        owner: Option<UserId>,
        expires_at: DateTime<Utc>,
    },
    Itself,
}

impl Principal {
    /// The service itself, acting for a tenant: jobs, schedules and the command line. May do everything within the tenant.
    pub fn system(tenant: TenantId, actor: Actor) -> Self {
        Self::itself(TenantScope::acting(tenant, actor, ActorKind::System, None))
    }

    /// The person at the command line of the machine itself. May do everything within the tenant of an embedded home.
    pub fn local(actor: Actor) -> Self {
        Self::itself(TenantScope::new(TenantId::LOCAL, actor))
    }

    /// Somebody whose deeds go on in a job: what `scope` says they are, with everything within the tenant.
    ///
    /// Whether they may was asked when the job was made.
    pub fn of_scope(scope: TenantScope) -> Self {
        Self::itself(scope)
    }

    fn itself(scope: TenantScope) -> Self {
        let within = Permission::ALL.iter().filter(|p| !p.is_platform());
        Self {
            scope,
            by: By::Itself,
            roles: BTreeSet::from([Role::TenantAdmin]),
            permissions: within.copied().collect(),
        }
    }

    /// A person who has signed in.
    pub(crate) fn signed_in(
        tenant: TenantId,
        actor: Actor,
        (user, session): (UserId, SessionId),
        roles: BTreeSet<Role>,
        request: Option<RequestId>,
    ) -> Self {
        Self {
            scope: TenantScope::acting(tenant, actor, ActorKind::User, request),
            by: By::Session(user, session),
            permissions: Role::permissions_of(&roles),
            roles,
        }
    }

    /// A program with a token, whose permissions have been narrowed already.
    pub(crate) fn by_token(
        scope: TenantScope,
        (token, owner, expires_at): (TokenId, Option<UserId>, DateTime<Utc>),
        roles: BTreeSet<Role>,
        permissions: BTreeSet<Permission>,
    ) -> Self {
        Self {
            scope,
            by: By::Token {
                token,
                owner,
                expires_at,
            },
            roles,
            permissions,
        }
    }

    /// The scope of the own tenant, if who acts has the permission.
    pub fn scope_for(&self, permission: Permission) -> Result<&TenantScope, Denied> {
        self.demand(permission)?;
        Ok(&self.scope)
    }

    /// The scope across tenants, if who acts has the permission and the permission reaches that far.
    pub fn platform_for(&self, permission: Permission) -> Result<PlatformScope, Denied> {
        self.demand(permission)?;
        if !permission.is_platform() {
            return Err(Denied { permission });
        }
        Ok(self.across())
    }

    /// The scope of the own tenant for what concerns nobody but who acts: own sessions, own password.
    pub(crate) fn own_scope(&self) -> &TenantScope {
        &self.scope
    }

    pub(crate) fn across(&self) -> PlatformScope {
        PlatformScope::acting(
            self.scope.actor().clone(),
            self.scope.actor_kind(),
            self.scope.request(),
        )
    }

    /// Refuses who does not have the permission.
    pub fn demand(&self, permission: Permission) -> Result<(), Denied> {
        if self.has(permission) {
            Ok(())
        } else {
            Err(Denied { permission })
        }
    }

    /// Refuses who is less than those they want to make, change or bring back: nobody gains anything by a user they manage.
    ///
    /// Roles of the platform need `platform:user-manage` and all that the role may do on the platform. Roles of a tenant need it
    /// too, or all that the role may do.
    pub fn demand_cover(&self, roles: &BTreeSet<Role>) -> Result<(), Denied> {
        let manages_all = self.has(Permission::PlatformUserManage);
        for role in roles {
            if role.is_platform() {
                self.demand(Permission::PlatformUserManage)?;
            }
            for permission in role.permissions() {
                if permission.is_platform() || !manages_all {
                    self.demand(permission)?;
                }
            }
        }
        Ok(())
    }

    /// Whether who acts has the permission.
    pub fn has(&self, permission: Permission) -> bool {
        self.permissions.contains(&permission)
    }

    /// The person who acts or who owns the token; `None` for service tokens and the service itself.
    pub fn user(&self) -> Option<UserId> {
        match self.by {
            By::Session(user, _) => Some(user),
            By::Token { owner, .. } => owner,
            By::Itself => None,
        }
    }

    /// The session by which a person acts.
    pub fn session(&self) -> Option<SessionId> {
        match self.by {
            By::Session(_, session) => Some(session),
            By::Token { .. } | By::Itself => None,
        }
    }

    /// The token by which a program acts.
    pub fn token(&self) -> Option<TokenId> {
        match self.by {
            By::Token { token, .. } => Some(token),
            By::Session(..) | By::Itself => None,
        }
    }

    /// When the token by which a program acts ends.
    pub(crate) fn token_expires_at(&self) -> Option<DateTime<Utc>> {
        match self.by {
            By::Token { expires_at, .. } => Some(expires_at),
            By::Session(..) | By::Itself => None,
        }
    }

    /// The tenant it is about.
    pub fn tenant(&self) -> TenantId {
        self.scope.tenant()
    }

    /// Who acts, as it stands in audit events.
    pub fn actor(&self) -> &Actor {
        self.scope.actor()
    }

    /// What the actor is.
    pub fn actor_kind(&self) -> ActorKind {
        self.scope.actor_kind()
    }

    /// The request that is being answered, if there is one.
    pub fn request(&self) -> Option<RequestId> {
        self.scope.request()
    }

    /// The roles of the person; empty for service tokens.
    pub fn roles(&self) -> &BTreeSet<Role> {
        &self.roles
    }

    /// What who acts may do; for a token what its owner may do, narrowed to what the token may do.
    pub fn permissions(&self) -> &BTreeSet<Permission> {
        &self.permissions
    }
}
