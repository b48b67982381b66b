//! What each operation needs and takes.

use installhub_access::Permission::{
    self, AuditRead, PlatformAuditRead, PlatformConfigRead, PlatformJobRead, PlatformTenantManage,
    PlatformUserManage, PurgeExecute, PurgeRequest, TenantRead, TenantUpdate, UserManage, UserRead,
};
use installhub_http_kit::Operation;

const SEE_USERS: &[Permission] = &[UserRead, PlatformUserManage];
const MANAGE_USERS: &[Permission] = &[UserManage, PlatformUserManage];
const READ_AUDIT: &[Permission] = &[AuditRead, PlatformAuditRead];
const ASK_FOR_PURGE: &[Permission] = &[PurgeRequest, PlatformTenantManage];
const SEE_PURGES: &[Permission] = &[PurgeExecute, PurgeRequest, PlatformTenantManage];
const DECIDE_PURGE: &[Permission] = &[PurgeExecute, PlatformTenantManage];

/// The table of the API, but for what all APIs share.
pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::needs("createTenant", PlatformTenantManage).creating(),
    Operation::needs("listTenants", PlatformTenantManage),
    Operation::needs("getOwnTenant", TenantRead),
    Operation::needs_any("getTenant", &[TenantRead, PlatformTenantManage]),
    Operation::needs_any("changeTenant", &[TenantUpdate, PlatformTenantManage]).editing(),
    Operation::needs("deleteTenant", PlatformTenantManage),
    Operation::needs("restoreTenant", PlatformTenantManage),
    Operation::needs("suspendTenant", PlatformTenantManage),
    Operation::needs("resumeTenant", PlatformTenantManage),
    Operation::needs_any("createUser", MANAGE_USERS).creating(),
    Operation::needs_any("listUsers", SEE_USERS),
    Operation::needs_any("getUser", SEE_USERS),
    Operation::needs_any("changeUser", MANAGE_USERS).editing(),
    Operation::needs_any("deleteUser", MANAGE_USERS),
    Operation::needs("restoreUser", UserManage),
    Operation::signed_in("listRoles"),
    Operation::needs_any("listAuditEvents", READ_AUDIT),
    Operation::needs_any("verifyAudit", READ_AUDIT),
    Operation::needs_any("exportAudit", READ_AUDIT),
    Operation::signed_in("listDeleted"),
    Operation::needs_any("requestPurge", ASK_FOR_PURGE).creating(),
    Operation::needs_any("listPurgeRequests", SEE_PURGES),
    Operation::needs_any("approvePurge", DECIDE_PURGE),
    Operation::needs_any("rejectPurge", DECIDE_PURGE),
    Operation::needs("listTenantJobs", PlatformJobRead),
    Operation::needs("getConfiguration", PlatformConfigRead),
];
