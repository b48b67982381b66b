//! Making, showing, changing, suspending and resuming tenants.

use installhub_audit_chain::NewEvent;
use installhub_kernel::{Page, PageRequest, TenantId};
use serde_json::{Value, json};

use super::guard::{demand_platform_without, take_turn};
use super::reach::Reach;
use super::tokens::judge_name;
use super::{Access, demand_revision};
use crate::{
    AccessError, FieldError, NewTenant, Permission, Principal, Role, Slug, Tenant, TenantChange,
    TenantStatus, User,
};

const MAX_NAME_CHARACTERS: usize = 200;

impl Access {
    /// Makes a tenant together with its first administrator.
    pub async fn create_tenant(
        &self,
        principal: &Principal,
        new: NewTenant,
    ) -> Result<(Tenant, User), AccessError> {
        let across = principal.platform_for(Permission::PlatformTenantManage)?;
        let platform_roles = new
            .administrator
            .roles
            .iter()
            .filter(|role| role.is_platform());
        principal.demand_cover(&platform_roles.copied().collect())?;
        let mut administrator = new.administrator;
        administrator.roles.insert(Role::TenantAdmin);
        let slug = judged(Some(&new.name), Some(&new.slug));
        let (slug, checked) = match (slug, self.check(administrator).await) {
            (Ok(slug), Ok(checked)) => (slug, checked),
            (Err(AccessError::Invalid(mut errors)), Err(AccessError::Invalid(more))) => {
                errors.extend(more);
                return Err(AccessError::Invalid(errors));
            }
            (Err(error), _) | (_, Err(error)) => return Err(error),
        };
        let now = self.clock.now();
        let tenant = Tenant {
            id: TenantId::from_uuid(self.ids.new_uuid()),
            name: new.name.trim().to_owned(),
            slug: slug.ok_or_else(|| AccessError::invalid("slug", "missing", "expected a slug"))?,
            status: TenantStatus::Active,
            created_at: now,
            updated_at: now,
            revision: 1,
        };
        let scope = across.of_tenant(tenant.id);
        let mut unit = self.store.begin_platform(&across).await?;
        unit.tenants().add(&scope, &tenant).await?;
        let user = self.add_user(unit.as_mut(), &scope, checked).await?;
        let event =
            NewEvent::success("tenant.created", "tenant", tenant.id).with(described(&tenant));
        unit.audit().append(&scope, event).await?;
        unit.commit().await?;
        Ok((tenant, user))
    }

    /// All tenants, newest first.
    pub async fn tenants(
        &self,
        principal: &Principal,
        page: PageRequest,
    ) -> Result<Page<Tenant>, AccessError> {
        let across = principal.platform_for(Permission::PlatformTenantManage)?;
        let mut unit = self.store.read_platform(&across).await?;
        Ok(unit.tenants().list(&across, page).await?)
    }

    /// A tenant: the own one, or any with `tenant:manage`.
    pub async fn tenant(&self, principal: &Principal, id: TenantId) -> Result<Tenant, AccessError> {
        let (near, far) = (Permission::TenantRead, Permission::PlatformTenantManage);
        let reach = Reach::of(principal, near, far)?;
        let scope = reach.scope_of(id)?;
        let mut unit = self.read(&reach).await?;
        let found = unit.tenants().find(&scope).await?;
        found.ok_or_else(|| AccessError::not_found("tenant", id))
    }

    /// The tenant of who acts.
    pub async fn own_tenant(&self, principal: &Principal) -> Result<Tenant, AccessError> {
        self.tenant(principal, principal.tenant()).await
    }

    /// Changes a tenant: the own one with `tenant:update`, any with `tenant:manage`.
    pub async fn change_tenant(
        &self,
        principal: &Principal,
        id: TenantId,
        expected: Option<u64>,
        change: TenantChange,
    ) -> Result<Tenant, AccessError> {
        let (near, far) = (Permission::TenantUpdate, Permission::PlatformTenantManage);
        let reach = Reach::of(principal, near, far)?;
        let slug = judged(change.name.as_deref(), change.slug.as_deref())?;
        self.edit(&reach, id, expected, "tenant.changed", |tenant| {
            if let Some(name) = &change.name {
                name.trim().clone_into(&mut tenant.name);
            }
            if let Some(slug) = slug {
                tenant.slug = slug;
            }
        })
        .await
    }

    /// Suspends a tenant: all its credentials are refused until it is resumed.
    ///
    /// The tenant to which all platform-admins belong cannot be suspended.
    pub async fn suspend_tenant(
        &self,
        principal: &Principal,
        id: TenantId,
        expected: Option<u64>,
    ) -> Result<Tenant, AccessError> {
        let across = principal.platform_for(Permission::PlatformTenantManage)?;
        self.edit(
            &Reach::All(across),
            id,
            expected,
            "tenant.suspended",
            |tenant| {
                tenant.status = TenantStatus::Suspended;
            },
        )
        .await
    }

    /// Takes a suspension back.
    pub async fn resume_tenant(
        &self,
        principal: &Principal,
        id: TenantId,
        expected: Option<u64>,
    ) -> Result<Tenant, AccessError> {
        let across = principal.platform_for(Permission::PlatformTenantManage)?;
        self.edit(
            &Reach::All(across),
            id,
            expected,
            "tenant.resumed",
            |tenant| {
                tenant.status = TenantStatus::Active;
            },
        )
        .await
    }

    async fn edit(
        &self,
        reach: &Reach,
        id: TenantId,
        expected: Option<u64>,
        action: &'static str,
        change: impl FnOnce(&mut Tenant) + Send,
    ) -> Result<Tenant, AccessError> {
        let scope = reach.scope_of(id)?;
        let mut unit = self.begin(reach).await?;
        take_turn(unit.as_mut(), reach.across(), &scope).await?;
        let before = unit.tenants().find(&scope).await?;
        let before = before.ok_or_else(|| AccessError::not_found("tenant", id))?;
        demand_revision(expected, before.revision)?;
        let mut after = before.clone();
        change(&mut after);
        if after == before {
            return Ok(before);
        }
        if let Some(across) = reach.across()
            && after.status == TenantStatus::Suspended
        {
            demand_platform_without(unit.as_mut(), across, id).await?;
        }
        after.updated_at = self.clock.now();
        after.revision += 1;
        unit.tenants().save(&scope, &after).await?;
        let event = NewEvent::success(action, "tenant", id).with(json!({
            "before": described(&before),
            "after": described(&after),
        }));
        unit.audit().append(&scope, event).await?;
        unit.commit().await?;
        Ok(after)
    }
}

/// Judges what is given; the slug, if it was.
fn judged(name: Option<&str>, slug: Option<&str>) -> Result<Option<Slug>, AccessError> {
    let mut errors = Vec::new();
    if let Some(name) = name {
        errors.extend(judge_name("name", name, MAX_NAME_CHARACTERS));
    }
    let slug = slug.map(str::parse::<Slug>).transpose();
    if let Err(error) = &slug {
        errors.push(FieldError::new("slug", "notASlug", error.to_string()));
    }
    match slug {
        Ok(slug) if errors.is_empty() => Ok(slug),
        _ => Err(AccessError::Invalid(errors)),
    }
}

fn described(tenant: &Tenant) -> Value {
    json!({
        "name": tenant.name,
        "slug": tenant.slug.as_str(),
        "status": tenant.status.as_str(),
    })
}
