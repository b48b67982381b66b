//! Where users are kept.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use installhub_kernel::{Page, PageRequest, PlatformScope, StoreError, TenantScope, UserId};

use crate::{TenantStatus, User, UserFilter};

/// A user as found by the name or the identity to sign in with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInName {
    /// The user.
    pub user: User,
    /// The hash of the password, if there is one (PHC string format).
    pub password_hash: Option<String>,
    /// How the user's tenant is; `None` if it is deleted.
    pub tenant: Option<TenantStatus>,
}

/// The users that are not deleted.
#[async_trait]
pub trait UserRepository: Send {
    /// Adds a user. An e-mail address that a user of any tenant has is a conflict.
    async fn add(
        &mut self,
        scope: &TenantScope,
        user: &User,
        password_hash: Option<&str>,
    ) -> Result<(), StoreError>;

    /// A user.
    async fn find(&mut self, scope: &TenantScope, id: UserId) -> Result<Option<User>, StoreError>;

    /// A user of any tenant.
    async fn find_anywhere(
        &mut self,
        scope: &PlatformScope,
        id: UserId,
    ) -> Result<Option<User>, StoreError>;

    /// Who signs in with an e-mail address, given by its [key](crate::Email::key).
    async fn by_email(
        &mut self,
        scope: &PlatformScope,
        key: &str,
    ) -> Result<Option<SignInName>, StoreError>;

    /// Whom an identity provider knows by this identity.
    async fn by_identity(
        &mut self,
        scope: &PlatformScope,
        issuer: &str,
        subject: &str,
    ) -> Result<Option<SignInName>, StoreError>;

    /// Remembers that the identity is the user's, and nobody else's any more.
    async fn link(
        &mut self,
        scope: &PlatformScope,
        user: &User,
        issuer: &str,
        subject: &str,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError>;

    /// Replaces name, roles, status, times and revision.
    async fn save(&mut self, scope: &TenantScope, user: &User) -> Result<(), StoreError>;

    /// The hash of a user's password.
    async fn password_hash(
        &mut self,
        scope: &TenantScope,
        id: UserId,
    ) -> Result<Option<String>, StoreError>;

    /// Replaces the hash of a user's password.
    async fn set_password_hash(
        &mut self,
        scope: &TenantScope,
        id: UserId,
        hash: &str,
    ) -> Result<(), StoreError>;

    /// Remembers when a user last signed in; no change of the record.
    async fn signed_in(
        &mut self,
        scope: &TenantScope,
        id: UserId,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError>;

    /// Deletes a user, restorably; the e-mail address is free again.
    async fn remove(
        &mut self,
        scope: &TenantScope,
        id: UserId,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError>;

    /// The users of the tenant that the filter lets through, newest first. The filter's tenant does not matter.
    async fn list(
        &mut self,
        scope: &TenantScope,
        filter: &UserFilter,
        page: PageRequest,
    ) -> Result<Page<User>, StoreError>;

    /// The active users of the tenant with the role `tenant-admin`.
    async fn administrators(&mut self, scope: &TenantScope) -> Result<Vec<User>, StoreError>;

    /// The active users of all active tenants with the role `platform-admin`.
    async fn platform_administrators(
        &mut self,
        scope: &PlatformScope,
    ) -> Result<Vec<User>, StoreError>;

    /// Whether there has ever been a user, in any tenant.
    async fn any(&mut self, scope: &PlatformScope) -> Result<bool, StoreError>;
}
