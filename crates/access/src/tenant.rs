//! Tenants: organisations that share the service and nothing else.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use installhub_kernel::TenantId;

use crate::NewUser;

/// Whether a tenant's people and programs may act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TenantStatus {
    /// They may.
    Active,
    /// All credentials of the tenant are refused; its data stays.
    Suspended,
}

impl TenantStatus {
    /// The status as written in requests and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
        }
    }
}

/// A short name for addresses: 2 to 63 of `a-z`, `0-9` and `-`, with a letter or digit at both ends.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slug(String);

/// A text that is no [`Slug`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{}' is no slug: expected 2 to 63 of a-z, 0-9 and -, with a letter or digit at both ends", .0.escape_debug())]
pub struct SlugError(String);

impl Slug {
    /// The slug as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Slug {
    type Err = SlugError;

    fn from_str(text: &str) -> Result<Self, SlugError> {
        let inner = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
        let ends = !text.starts_with('-') && !text.ends_with('-');
        if (2..=63).contains(&text.len()) && ends && text.bytes().all(inner) {
            Ok(Self(text.to_owned()))
        } else {
            Err(SlugError(text.chars().take(64).collect()))
        }
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A tenant's record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// The id.
    pub id: TenantId,
    /// What people call it.
    pub name: String,
    /// A short name for addresses; unique among tenants that are not deleted.
    pub slug: Slug,
    /// Whether its people and programs may act.
    pub status: TenantStatus,
    /// When it came to be.
    pub created_at: DateTime<Utc>,
    /// When the record was last changed.
    pub updated_at: DateTime<Utc>,
    /// Grows with every change, from 1.
    pub revision: u64,
}

/// A tenant to be, with somebody who can administer it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTenant {
    /// What people call it: 1 to 200 characters.
    pub name: String,
    /// A short name for addresses.
    pub slug: String,
    /// The first user; becomes `tenant-admin` whatever roles are given.
    pub administrator: NewUser,
}

/// What to change; `None` leaves as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TenantChange {
    /// What people call it: 1 to 200 characters.
    pub name: Option<String>,
    /// A short name for addresses.
    pub slug: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_judged() {
        for (text, accepted) in [
            ("acme", true),
            ("a1", true),
            ("acme-2", true),
            ("a", false),
            ("-acme", false),
            ("acme-", false),
            ("Acme", false),
            ("ac me", false),
            ("äcme", false),
            (&"x".repeat(64), false),
        ] {
            assert_eq!(text.parse::<Slug>().is_ok(), accepted, "{text:?}");
        }
    }
}
