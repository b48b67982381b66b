//! Who may give and take which roles, and who has to stay.

use installhub_kernel::{PlatformScope, TenantId, TenantScope};

use crate::ports::{AccessUnit, StoreError};
use crate::{AccessError, Role, User, UserStatus};

/// Waits until nobody else changes who administers the tenant, or, `across` tenants, the platform.
pub(super) async fn take_turn(
    unit: &mut dyn AccessUnit,
    across: Option<&PlatformScope>,
    scope: &TenantScope,
) -> Result<(), AccessError> {
    // Always in this order, so that nobody waits for each other.
    if let Some(across) = across
        && scope.tenant() != TenantId::LOCAL
    {
        unit.tenants()
            .take(&across.of_tenant(TenantId::LOCAL))
            .await?;
    }
    unit.tenants()
        .take(scope)
        .await?
        .ok_or_else(|| AccessError::not_found("tenant", scope.tenant()))?;
    Ok(())
}

/// Refuses to let go of the last who can administer the tenant or the platform. `after` is what will be left of `before`;
/// `None` if nothing.
pub(super) async fn demand_administrators(
    unit: &mut dyn AccessUnit,
    across: Option<&PlatformScope>,
    scope: &TenantScope,
    before: &User,
    after: Option<&User>,
) -> Result<(), AccessError> {
    let loses = |role| {
        let has = |user: &User| user.status == UserStatus::Active && user.roles.contains(&role);
        has(before) && !after.is_some_and(has)
    };
    let is_alone = |left: Vec<User>| left.iter().all(|user| user.id == before.id);
    if loses(Role::TenantAdmin) && is_alone(unit.users().administrators(scope).await?) {
        return Err(last("tenant-admin of the tenant", before));
    }
    if loses(Role::PlatformAdmin) {
        let left = match across {
            Some(across) => unit.users().platform_administrators(across).await?,
            None => Vec::new(),
        };
        if is_alone(left) {
            return Err(last("platform-admin", before));
        }
    }
    Ok(())
}

/// Refuses to shut the last tenant in which somebody administers the platform.
pub(super) async fn demand_platform_without(
    unit: &mut dyn AccessUnit,
    across: &PlatformScope,
    tenant: TenantId,
) -> Result<(), AccessError> {
    let left: Result<Vec<User>, StoreError> = unit.users().platform_administrators(across).await;
    if left?.iter().any(|user| user.tenant != tenant) {
        return Ok(());
    }
    Err(AccessError::Conflict(
        "all platform-admins belong to this tenant: make one in another tenant first".to_owned(),
    ))
}

fn last(what: &str, user: &User) -> AccessError {
    AccessError::Conflict(format!(
        "'{}' is the last active {what}: make another one first",
        user.email
    ))
}
