//! People who sign in.

use std::collections::BTreeSet;
use std::fmt;

use chrono::{DateTime, Utc};
use installhub_kernel::{TenantId, UserId};

use crate::{Email, Role};

/// Whether a user may sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UserStatus {
    /// May sign in.
    Active,
    /// Exists, but may not sign in, and neither may tokens of theirs.
    Suspended,
}

impl UserStatus {
    /// The status as written in requests and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
        }
    }
}

/// A person who belongs to a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The id.
    pub id: UserId,
    /// Where the user belongs.
    pub tenant: TenantId,
    /// The name to sign in with; unique on the platform among users that are not deleted.
    pub email: Email,
    /// What people call them.
    pub name: String,
    /// What they are to their tenant and to the platform.
    pub roles: BTreeSet<Role>,
    /// Whether they may sign in.
    pub status: UserStatus,
    /// Whether there is a password, rather than an identity provider alone.
    pub has_password: bool,
    /// When the user came to be.
    pub created_at: DateTime<Utc>,
    /// When the record was last changed.
    pub updated_at: DateTime<Utc>,
    /// When the user last signed in.
    pub last_signed_in_at: Option<DateTime<Utc>>,
    /// Grows with every change, from 1.
    pub revision: u64,
}

/// A user to be.
#[derive(Clone, PartialEq, Eq)]
pub struct NewUser {
    /// Where the user will belong; `None` is the tenant of who acts. Another one needs `platform:user-manage`.
    pub tenant: Option<TenantId>,
    /// The name to sign in with.
    pub email: String,
    /// What people call them.
    pub name: String,
    /// What they will be.
    pub roles: BTreeSet<Role>,
    /// `None` when they will sign in by an identity provider.
    pub password: Option<String>,
}

impl fmt::Debug for NewUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewUser")
            .field("tenant", &self.tenant)
            .field("email", &self.email)
            .field("name", &self.name)
            .field("roles", &self.roles)
            .finish_non_exhaustive()
    }
}

/// What to change; `None` leaves as it is.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct UserChange {
    /// What people call them.
    pub name: Option<String>,
    /// All the roles they will have.
    pub roles: Option<BTreeSet<Role>>,
    /// Whether they may sign in.
    pub status: Option<UserStatus>,
    /// A new password, given by somebody else than the user; ends all their sessions.
    pub password: Option<String>,
}

impl fmt::Debug for UserChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserChange")
            .field("name", &self.name)
            .field("roles", &self.roles)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// Which users to list; empty lists all of the own tenant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserFilter {
    /// Of another tenant; needs `platform:user-manage`.
    pub tenant: Option<TenantId>,
    /// Those whose e-mail or name contains this, whatever the case.
    pub text: Option<String>,
    /// Those with this role.
    pub role: Option<Role>,
    /// Those with this status.
    pub status: Option<UserStatus>,
}
