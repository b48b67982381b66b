//! What can be deleted, and who may.

use std::fmt;
use std::str::FromStr;

use installhub_access::Permission;
use serde::{Deserialize, Serialize};

/// A kind of thing that can be deleted, restored and purged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EntityKind {
    /// A tenant, with everything that is its own.
    Tenant,
    /// A person who signs in.
    User,
    /// A token of a person or of a program.
    ApiToken,
    /// An artifact with all its versions.
    Artifact,
    /// A package with all its versions.
    Package,
    /// One version of a package, with its bytes.
    PackageVersion,
    /// A registered database, endpoint or bucket.
    Connection,
    /// A rule by which jobs come to be.
    Schedule,
}

/// A text that is no [`EntityKind`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{}' is no kind of entity: expected one of {}", .0.escape_debug(), EntityKind::ALL.map(EntityKind::as_str).join(", "))]
pub struct EntityKindError(String);

/// What is done to an entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    Deleted,
    Restored,
    PurgeRequested,
    PurgeRejected,
    Purged,
}

impl EntityKind {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Tenant,
        Self::User,
        Self::ApiToken,
        Self::Artifact,
        Self::Package,
        Self::PackageVersion,
        Self::Connection,
        Self::Schedule,
    ];

    /// The kind as written in requests, answers and events.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tenant => "tenant",
            Self::User => "user",
            Self::ApiToken => "apiToken",
            Self::Artifact => "artifact",
            Self::Package => "package",
            Self::PackageVersion => "packageVersion",
            Self::Connection => "connection",
            Self::Schedule => "schedule",
        }
    }

    /// Who may delete and restore such things, and see those that are deleted.
    ///
    /// Whoever has `token:manage-own` and not `user:manage` does so with the own tokens.
    pub const fn permission(self) -> Permission {
        match self {
            Self::Tenant => Permission::PlatformTenantManage,
            Self::User | Self::ApiToken => Permission::UserManage,
            Self::Artifact => Permission::ArtifactDelete,
            Self::Package | Self::PackageVersion => Permission::PackageDelete,
            Self::Connection => Permission::ConnectionManage,
            Self::Schedule => Permission::ScheduleManage,
        }
    }

    /// The action of the audit event.
    pub(crate) const fn action(self, deed: Deed) -> &'static str {
        macro_rules! actions {
            ($kind:literal) => {
                match deed {
                    Deed::Deleted => concat!($kind, ".deleted"),
                    Deed::Restored => concat!($kind, ".restored"),
                    Deed::PurgeRequested => concat!($kind, ".purgeRequested"),
                    Deed::PurgeRejected => concat!($kind, ".purgeRejected"),
                    Deed::Purged => concat!($kind, ".purged"),
                }
            };
        }
        match self {
            Self::Tenant => actions!("tenant"),
            Self::User => actions!("user"),
            Self::ApiToken => actions!("apiToken"),
            Self::Artifact => actions!("artifact"),
            Self::Package => actions!("package"),
            Self::PackageVersion => actions!("packageVersion"),
            Self::Connection => actions!("connection"),
            Self::Schedule => actions!("schedule"),
        }
    }
}

impl fmt::Display for EntityKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for EntityKind {
    type Err = EntityKindError;

    fn from_str(text: &str) -> Result<Self, EntityKindError> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| EntityKindError(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_read_back_as_written() {
        for kind in EntityKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
            assert_eq!(
                serde_json::to_value(kind).expect("a kind is JSON"),
                kind.as_str()
            );
            let action = kind.action(Deed::Purged);
            assert_eq!(action, format!("{kind}.purged"));
        }
        let error = "shop".parse::<EntityKind>().expect_err("no kind");
        assert!(
            error.to_string().ends_with("connection, schedule"),
            "{error}"
        );
    }
}
