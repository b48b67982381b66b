//! Sessions: signed-in browsers.

use std::fmt;
use std::net::IpAddr;

use chrono::{DateTime, Utc};
use installhub_kernel::{SessionId, UserId};

use crate::Principal;

/// From where somebody signs in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientInfo {
    /// The address, as far as it can be believed; `None` where there is none, as at the command line.
    pub address: Option<IpAddr>,
    /// What the program calls itself.
    pub user_agent: Option<String>,
}

/// A signed-in browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The id.
    pub id: SessionId,
    /// Who signed in.
    pub user: UserId,
    /// When.
    pub created_at: DateTime<Utc>,
    /// When it was last used, to the minute.
    pub last_seen_at: DateTime<Utc>,
    /// When it ends at the latest.
    pub expires_at: DateTime<Utc>,
    /// From which address.
    pub address: Option<String>,
    /// What the browser called itself.
    pub user_agent: Option<String>,
}

/// Somebody who has just signed in.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// The value of the cookie: a secret, for an `HttpOnly` cookie only.
    pub cookie: String,
    /// What our pages send back in a header with everything that changes something.
    pub csrf: String,
    /// When the session ends at the latest.
    pub expires_at: DateTime<Utc>,
    /// Who it is.
    pub principal: Principal,
}

impl fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedIn")
            .field("expires_at", &self.expires_at)
            .field("principal", &self.principal)
            .finish_non_exhaustive()
    }
}
