//! What somebody may do, by name.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A text that is no [`Permission`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{}' is no permission: expected a name such as artifact:read", .0.escape_debug())]
pub struct PermissionError(String);

macro_rules! permissions {
    ($($name:ident = $text:literal, $description:literal;)+) => {
        /// The right to do one kind of thing. Operations name the permission they need; roles are sets of permissions.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub enum Permission {
            $(#[doc = $description] $name,)+
        }

        impl Permission {
            /// All of them, those of a tenant first.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The name as written in tokens, answers and the description of the API.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)+
                }
            }

            /// What it allows, for people.
            pub const fn description(self) -> &'static str {
                match self {
                    $(Self::$name => $description,)+
                }
            }
        }
    };
}

permissions! {
    ArtifactRead = "artifact:read", "See artifacts and their versions.";
    ArtifactWrite = "artifact:write", "Create artifacts and new versions of them.";
    ArtifactDelete = "artifact:delete", "Delete and restore artifacts.";
    PackageRead = "package:read", "See packages and their versions.";
    PackageUpload = "package:upload", "Upload packages.";
    PackageDownload = "package:download", "Download the bytes of packages.";
    PackageDelete = "package:delete", "Delete and restore packages and versions of them.";
    ConnectionRead = "connection:read", "See connections, without their secrets.";
    ConnectionManage = "connection:manage", "Create, change, test, delete and restore connections.";
    JobRead = "job:read", "See jobs and how far they are.";
    JobCancel = "job:cancel", "Cancel jobs.";
    ScheduleManage = "schedule:manage", "Create, change, delete and restore schedules.";
    ExportRun = "export:run", "Export artifacts into packages.";
    ImportRun = "import:run", "Install packages into targets.";
    ImportRollback = "import:rollback", "Take installations back.";
    TokenManageOwn = "token:manage-own", "Create, see, rotate and revoke one's own tokens.";
    UserRead = "user:read", "See the users of the tenant.";
    UserManage = "user:manage", "Create, change, suspend, delete and restore users and service tokens of the tenant.";
    TenantRead = "tenant:read", "See the tenant's own record.";
    TenantUpdate = "tenant:update", "Change the tenant's own record.";
    AuditRead = "audit:read", "Read, verify and export the audit events of the tenant.";
    PurgeRequest = "purge:request", "Ask for something deleted to be removed for good.";
    PurgeExecute = "purge:execute", "Grant or refuse what somebody else asked to be removed for good.";
    MarketplaceRead = "marketplace:read", "See what the marketplace offers.";
    MarketplacePublish = "marketplace:publish", "Offer packages in the marketplace.";
    PlatformTenantManage = "tenant:manage", "Create, change, suspend and resume tenants.";
    PlatformUserManage = "platform:user-manage", "Manage the users of all tenants, and who has a role on the platform.";
    PlatformAuditRead = "platform:audit-read", "Read the audit events of all tenants and of the platform.";
    AdminApprove = "admin:approve", "Approve or refuse what is offered to the marketplace.";
    AdminModerate = "admin:moderate", "Take offers and reviews out of the marketplace.";
    PlatformJobRead = "platform:job-read", "See the jobs of all tenants.";
    PlatformConfigRead = "platform:config-read", "See the configuration of the service, without its secrets.";
}

impl Permission {
    /// Whether it reaches beyond one tenant.
    pub const fn is_platform(self) -> bool {
        matches!(
            self,
            Self::PlatformTenantManage
                | Self::PlatformUserManage
                | Self::PlatformAuditRead
                | Self::AdminApprove
                | Self::AdminModerate
                | Self::PlatformJobRead
                | Self::PlatformConfigRead
        )
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Permission {
    type Err = PermissionError;

    fn from_str(text: &str) -> Result<Self, PermissionError> {
        Self::ALL
            .iter()
            .copied()
            .find(|permission| permission.as_str() == text)
            .ok_or_else(|| PermissionError(text.to_owned()))
    }
}

impl TryFrom<String> for Permission {
    type Error = PermissionError;

    fn try_from(text: String) -> Result<Self, PermissionError> {
        text.parse()
    }
}

impl From<Permission> for String {
    fn from(permission: Permission) -> Self {
        permission.as_str().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_unique_and_read_back() {
        let names: BTreeSet<_> = Permission::ALL.iter().map(|p| p.as_str()).collect();
        assert_eq!(names.len(), Permission::ALL.len());
        for permission in Permission::ALL {
            assert_eq!(permission.as_str().parse(), Ok(*permission));
        }
        assert!("artifact:everything".parse::<Permission>().is_err());
    }
}
