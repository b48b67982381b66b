//! API tokens: credentials for programs.

use std::collections::BTreeSet;
use std::fmt;

use chrono::{DateTime, Utc};
use installhub_kernel::{TokenId, UserId};

use crate::Permission;

/// A token, without its secret, which nobody knows but who was shown it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// The id.
    pub id: TokenId,
    /// What it is for. The actor's name, if it is a service token.
    pub name: String,
    /// Whose it is; `None` for a service token, which belongs to the tenant.
    pub owner: Option<UserId>,
    /// The most it may do; never more than its owner may at the time of use.
    pub permissions: BTreeSet<Permission>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// By whom.
    pub created_by: String,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
    /// Grows with every change, from 1.
    pub revision: u64,
}

/// A token to be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewToken {
    /// What it is for: 1 to 100 characters.
    pub name: String,
    /// The most it may do; `None` is all that who acts may. A service token must say.
    pub permissions: Option<Vec<Permission>>,
    /// When it ends; `None` is in 90 days.
    pub expires_at: Option<DateTime<Utc>>,
    /// Whether it belongs to the tenant rather than to a person; needs `user:manage`.
    pub service: bool,
}

/// A fresh token. The secret is shown this once.
#[derive(Clone, PartialEq, Eq)]
pub struct IssuedToken {
    /// `ihub_…`, to be sent as `Authorization: Bearer`.
    pub secret: String,
    /// The record.
    pub token: Token,
}

impl fmt::Debug for IssuedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuedToken")
            .field("token", &self.token)
            .finish_non_exhaustive()
    }
}
