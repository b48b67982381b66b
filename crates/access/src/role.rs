//! Roles, and the one table that says which permissions each of them has.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Permission;

/// What somebody is to a tenant, or to the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Role {
    /// Sees and downloads.
    Viewer,
    /// Works with artifacts, packages, exports and imports.
    Creator,
    /// A creator who may offer packages in the marketplace.
    Publisher,
    /// Everything within the tenant.
    TenantAdmin,
    /// Approves what is offered to the marketplace.
    Reviewer,
    /// Takes offers out of the marketplace.
    Moderator,
    /// Everything on the platform; nothing within tenants.
    PlatformAdmin,
    /// Reads what has happened, in the tenant and on the platform.
    Auditor,
}

/// A text that is no [`Role`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{}' is no role: expected viewer, creator, publisher, tenant-admin, reviewer, moderator, platform-admin or auditor", .0.escape_debug())]
pub struct RoleError(String);

/// What every signed-in person may do.
const EVERYBODY: &[Permission] = &[Permission::TokenManageOwn, Permission::MarketplaceRead];

const READS: &[Permission] = &[
    Permission::ArtifactRead,
    Permission::PackageRead,
    Permission::PackageDownload,
    Permission::ConnectionRead,
    Permission::JobRead,
    Permission::TenantRead,
];

const WORK: &[Permission] = &[
    Permission::ArtifactWrite,
    Permission::ArtifactDelete,
    Permission::PackageUpload,
    Permission::ExportRun,
    Permission::ImportRun,
    Permission::ImportRollback,
    Permission::ConnectionManage,
    Permission::JobCancel,
    Permission::ScheduleManage,
];

const PUBLISHING: &[Permission] = &[Permission::MarketplacePublish];

const GOVERNMENT: &[Permission] = &[
    Permission::PackageDelete,
    Permission::UserRead,
    Permission::UserManage,
    Permission::TenantUpdate,
    Permission::AuditRead,
    Permission::PurgeRequest,
    Permission::PurgeExecute,
];

const PLATFORM: &[Permission] = &[
    Permission::PlatformTenantManage,
    Permission::PlatformUserManage,
    Permission::PlatformAuditRead,
    Permission::AdminApprove,
    Permission::AdminModerate,
    Permission::PlatformJobRead,
    Permission::PlatformConfigRead,
];

impl Role {
    /// All of them, those of a tenant first.
    pub const ALL: &[Self] = &[
        Self::Viewer,
        Self::Creator,
        Self::Publisher,
        Self::TenantAdmin,
        Self::Reviewer,
        Self::Moderator,
        Self::PlatformAdmin,
        Self::Auditor,
    ];

    /// The name as written in requests and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Creator => "creator",
            Self::Publisher => "publisher",
            Self::TenantAdmin => "tenant-admin",
            Self::Reviewer => "reviewer",
            Self::Moderator => "moderator",
            Self::PlatformAdmin => "platform-admin",
            Self::Auditor => "auditor",
        }
    }

    /// Whether only the platform may give it.
    pub const fn is_platform(self) -> bool {
        matches!(
            self,
            Self::Reviewer | Self::Moderator | Self::PlatformAdmin | Self::Auditor
        )
    }

    /// What the role allows: the one table of the service.
    pub fn permissions(self) -> BTreeSet<Permission> {
        let groups: &[&[Permission]] = match self {
            Self::Viewer => &[EVERYBODY, READS],
            Self::Creator => &[EVERYBODY, READS, WORK],
            Self::Publisher => &[EVERYBODY, READS, WORK, PUBLISHING],
            Self::TenantAdmin => &[EVERYBODY, READS, WORK, PUBLISHING, GOVERNMENT],
            Self::Reviewer => &[EVERYBODY, &[Permission::AdminApprove]],
            Self::Moderator => &[EVERYBODY, &[Permission::AdminModerate]],
            Self::PlatformAdmin => &[EVERYBODY, PLATFORM],
            Self::Auditor => &[
                EVERYBODY,
                &[Permission::AuditRead, Permission::PlatformAuditRead],
            ],
        };
        groups.concat().into_iter().collect()
    }

    /// What somebody with all these roles may do. Somebody without a role may do what everybody may.
    pub fn permissions_of(roles: &BTreeSet<Self>) -> BTreeSet<Permission> {
        let by_role = roles.iter().flat_map(|role| role.permissions());
        by_role.chain(EVERYBODY.iter().copied()).collect()
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = RoleError;

    fn from_str(text: &str) -> Result<Self, RoleError> {
        Self::ALL
            .iter()
            .copied()
            .find(|role| role.as_str() == text)
            .ok_or_else(|| RoleError(text.to_owned()))
    }
}

impl TryFrom<String> for Role {
    type Error = RoleError;

    fn try_from(text: String) -> Result<Self, RoleError> {
        text.parse()
    }
}

impl From<Role> for String {
    fn from(role: Role) -> Self {
        role.as_str().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which role may do what, in the order of [`Role::ALL`]: viewer, creator, publisher, tenant-admin; reviewer, moderator,
    /// platform-admin, auditor.
    const TABLE: &str = "
        artifact:read          v c p t  - - - -
        artifact:write         - c p t  - - - -
        artifact:delete        - c p t  - - - -
        package:read           v c p t  - - - -
        package:upload         - c p t  - - - -
        package:download       v c p t  - - - -
        package:delete         - - - t  - - - -
        connection:read        v c p t  - - - -
        connection:manage      - c p t  - - - -
        job:read               v c p t  - - - -
        job:cancel             - c p t  - - - -
        schedule:manage        - c p t  - - - -
        export:run             - c p t  - - - -
        import:run             - c p t  - - - -
        import:rollback        - c p t  - - - -
        token:manage-own       v c p t  r m a o
        user:read              - - - t  - - - -
        user:manage            - - - t  - - - -
        tenant:read            v c p t  - - - -
        tenant:update          - - - t  - - - -
        audit:read             - - - t  - - - o
        purge:request          - - - t  - - - -
        purge:execute          - - - t  - - - -
        marketplace:read       v c p t  r m a o
        marketplace:publish    - - p t  - - - -
        tenant:manage          - - - -  - - a -
        platform:user-manage   - - - -  - - a -
        platform:audit-read    - - - -  - - a o
        admin:approve          - - - -  r - a -
        admin:moderate         - - - -  - m a -
        platform:job-read      - - - -  - - a -
        platform:config-read   - - - -  - - a -
    ";

    #[test]
    fn every_role_may_do_what_the_table_says_and_nothing_else() {
        let mut listed = Vec::new();
        for line in TABLE.lines().filter(|line| !line.trim().is_empty()) {
            let mut cells = line.split_whitespace();
            let permission: Permission = cells
                .next()
                .expect("a line has a name")
                .parse()
                .expect("it is a permission");
            listed.push(permission);
            for role in Role::ALL {
                let may = cells.next().expect("a cell for each role") != "-";
                let does = role.permissions().contains(&permission);
                assert_eq!(does, may, "{role} and {permission}");
            }
            assert_eq!(cells.next(), None, "{permission}");
        }
        assert_eq!(listed, Permission::ALL);
    }

    #[test]
    fn what_reaches_beyond_a_tenant_is_for_roles_of_the_platform() {
        for role in Role::ALL.iter().filter(|role| !role.is_platform()) {
            assert!(
                role.permissions().iter().all(|p| !p.is_platform()),
                "{role}"
            );
        }
    }

    #[test]
    fn roles_add_up_and_nobody_has_nothing() {
        let both = BTreeSet::from([Role::Viewer, Role::Reviewer]);
        let permissions = Role::permissions_of(&both);
        assert!(permissions.contains(&Permission::ArtifactRead));
        assert!(permissions.contains(&Permission::AdminApprove));
        assert!(!permissions.contains(&Permission::ArtifactWrite));
        let none = Role::permissions_of(&BTreeSet::new());
        assert_eq!(none, EVERYBODY.iter().copied().collect());
    }

    #[test]
    fn names_read_back() {
        for role in Role::ALL {
            assert_eq!(role.as_str().parse(), Ok(*role));
        }
        assert!("owner".parse::<Role>().is_err());
    }
}
