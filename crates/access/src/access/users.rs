//! Making, showing, changing and deleting users.

use std::collections::BTreeSet;

use installhub_audit_chain::NewEvent;
use installhub_kernel::{Page, PageRequest, TenantId, TenantScope, UserId};
use serde_json::{Value, json};

use super::guard::{demand_administrators, take_turn};
use super::reach::Reach;
use super::tokens::judge_name;
use super::{Access, demand_revision};
use crate::password::judge;
use crate::ports::AccessUnit;
use crate::{
    AccessError, Email, FieldError, NewUser, Permission, Principal, Role, User, UserChange,
    UserFilter, UserStatus,
};

const MAX_NAME_CHARACTERS: usize = 200;

/// A user to be whose fields are in order.
pub(super) struct Checked {
    pub(super) email: Email,
    pub(super) name: String,
    pub(super) roles: BTreeSet<Role>,
    pub(super) password_hash: Option<String>,
}

impl Access {
    /// Makes a user of the own tenant, or, with `platform:user-manage`, of any.
    ///
    /// Nobody gives a role that may more than they do. An address that somebody has, in whichever tenant, is a conflict.
    pub async fn create_user(
        &self,
        principal: &Principal,
        new: NewUser,
    ) -> Result<User, AccessError> {
        let reach = manager(principal)?;
        let scope = reach.scope_of(new.tenant.unwrap_or(principal.tenant()))?;
        principal.demand_cover(&new.roles)?;
        let checked = self.check(new).await?;
        let mut unit = self.begin(&reach).await?;
        unit.tenants()
            .find(&scope)
            .await?
            .ok_or_else(|| AccessError::not_found("tenant", scope.tenant()))?;
        let user = self.add_user(unit.as_mut(), &scope, checked).await?;
        unit.commit().await?;
        Ok(user)
    }

    /// Judges all fields and hashes the password.
    pub(super) async fn check(&self, new: NewUser) -> Result<Checked, AccessError> {
        let mut errors = judge_name("name", &new.name, MAX_NAME_CHARACTERS);
        let email = new.email.parse::<Email>();
        if let Err(error) = &email {
            errors.push(FieldError::new("email", "notAnAddress", error.to_string()));
        }
        if let Some(password) = &new.password {
            errors.extend(judge("password", password, &new.email));
        }
        let email = match email {
            Ok(email) if errors.is_empty() => email,
            _ => return Err(AccessError::Invalid(errors)),
        };
        let password_hash = match &new.password {
            Some(password) => Some(self.passwords.hash(password).await?),
            None => None,
        };
        Ok(Checked {
            email,
            name: new.name.trim().to_owned(),
            roles: new.roles,
            password_hash,
        })
    }

    /// Adds a user and tells it. The caller commits.
    pub(super) async fn add_user(
        &self,
        unit: &mut dyn AccessUnit,
        scope: &TenantScope,
        checked: Checked,
    ) -> Result<User, AccessError> {
        let now = self.clock.now();
        let user = User {
            id: UserId::from_uuid(self.ids.new_uuid()),
            tenant: scope.tenant(),
            email: checked.email,
            name: checked.name,
            roles: checked.roles,
            status: UserStatus::Active,
            has_password: checked.password_hash.is_some(),
            created_at: now,
            updated_at: now,
            last_signed_in_at: None,
            revision: 1,
        };
        let hash = checked.password_hash.as_deref();
        unit.users().add(scope, &user, hash).await?;
        let event = NewEvent::success("user.created", "user", user.id).with(described(&user));
        unit.audit().append(scope, event).await?;
        Ok(user)
    }

    /// Users of the own tenant, or, with `platform:user-manage`, of the one that the filter names; newest first.
    pub async fn users(
        &self,
        principal: &Principal,
        filter: &UserFilter,
        page: PageRequest,
    ) -> Result<Page<User>, AccessError> {
        let reach = reader(principal)?;
        let scope = reach.scope_of(filter.tenant.unwrap_or(principal.tenant()))?;
        let mut unit = self.read(&reach).await?;
        Ok(unit.users().list(&scope, filter, page).await?)
    }

    /// A user of the own tenant, or, with `platform:user-manage`, of any.
    pub async fn user(&self, principal: &Principal, id: UserId) -> Result<User, AccessError> {
        let reach = reader(principal)?;
        let mut unit = self.read(&reach).await?;
        let (_, user) = reach.user(unit.as_mut(), id).await?;
        Ok(user)
    }

    /// The own record.
    pub async fn own_user(&self, principal: &Principal) -> Result<User, AccessError> {
        let not_found = || AccessError::not_found("user", principal.actor());
        let id = principal.user().ok_or_else(not_found)?;
        let scope = principal.own_scope();
        let mut unit = self.store.read(scope).await?;
        unit.users().find(scope, id).await?.ok_or_else(not_found)
    }

    /// Changes a user. Whoever loses the last administrator is refused; a suspended user and one with a new password have no
    /// session any more; roles count from the next request on.
    pub async fn change_user(
        &self,
        principal: &Principal,
        id: UserId,
        expected: Option<u64>,
        change: UserChange,
    ) -> Result<User, AccessError> {
        let reach = manager(principal)?;
        let seen = {
            let mut unit = self.read(&reach).await?;
            reach.user(unit.as_mut(), id).await?.1
        };
        judge_change(&change, &seen)?;
        let hash = match &change.password {
            Some(password) => Some(self.passwords.hash(password).await?),
            None => None,
        };
        let mut unit = self.begin(&reach).await?;
        let (scope, before) = self
            .take_user(unit.as_mut(), &reach, seen.tenant, id)
            .await?;
        demand_revision(expected, before.revision)?;
        principal.demand_cover(&before.roles)?;
        let after = changed(&before, change);
        principal.demand_cover(&after.roles)?;
        demand_administrators(unit.as_mut(), reach.across(), &scope, &before, Some(&after)).await?;
        let after = User {
            updated_at: self.clock.now(),
            revision: before.revision + 1,
            has_password: before.has_password || hash.is_some(),
            ..after
        };
        unit.users().save(&scope, &after).await?;
        if let Some(hash) = &hash {
            unit.users().set_password_hash(&scope, id, hash).await?;
        }
        if hash.is_some() || after.status == UserStatus::Suspended {
            unit.sessions().remove_all(&scope, id, None).await?;
        }
        let event = NewEvent::success("user.changed", "user", id).with(json!({
            "before": described(&before),
            "after": described(&after),
            "passwordReset": hash.is_some(),
        }));
        unit.audit().append(&scope, event).await?;
        unit.commit().await?;
        Ok(after)
    }

    /// Deletes a user, restorably. Nothing of theirs opens the door any more; their address can be given to another.
    pub async fn delete_user(
        &self,
        principal: &Principal,
        id: UserId,
        expected: Option<u64>,
    ) -> Result<(), AccessError> {
        let reach = manager(principal)?;
        let mut unit = self.begin(&reach).await?;
        let (_, seen) = reach.user(unit.as_mut(), id).await?;
        let (scope, user) = self
            .take_user(unit.as_mut(), &reach, seen.tenant, id)
            .await?;
        demand_revision(expected, user.revision)?;
        principal.demand_cover(&user.roles)?;
        demand_administrators(unit.as_mut(), reach.across(), &scope, &user, None).await?;
        unit.users().remove(&scope, id, self.clock.now()).await?;
        unit.sessions().remove_all(&scope, id, None).await?;
        let event = NewEvent::success("user.deleted", "user", id).with(described(&user));
        unit.audit().append(&scope, event).await?;
        Ok(unit.commit().await?)
    }

    /// A user as nobody else can change them until the unit ends.
    async fn take_user(
        &self,
        unit: &mut dyn AccessUnit,
        reach: &Reach,
        tenant: TenantId,
        id: UserId,
    ) -> Result<(TenantScope, User), AccessError> {
        take_turn(unit, reach.across(), &reach.scope_of(tenant)?).await?;
        reach.user(unit, id).await
    }
}

fn manager(principal: &Principal) -> Result<Reach, AccessError> {
    let (near, far) = (Permission::UserManage, Permission::PlatformUserManage);
    Ok(Reach::of(principal, near, far)?)
}

fn reader(principal: &Principal) -> Result<Reach, AccessError> {
    let (near, far) = (Permission::UserRead, Permission::PlatformUserManage);
    Ok(Reach::of(principal, near, far)?)
}

fn judge_change(change: &UserChange, user: &User) -> Result<(), AccessError> {
    let mut errors = Vec::new();
    if let Some(name) = &change.name {
        errors.extend(judge_name("name", name, MAX_NAME_CHARACTERS));
    }
    if let Some(password) = &change.password {
        errors.extend(judge("password", password, user.email.as_str()));
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(AccessError::Invalid(errors))
    }
}

fn changed(before: &User, change: UserChange) -> User {
    let mut after = before.clone();
    if let Some(name) = change.name {
        name.trim().clone_into(&mut after.name);
    }
    if let Some(roles) = change.roles {
        after.roles = roles;
    }
    if let Some(status) = change.status {
        after.status = status;
    }
    after
}

pub(super) fn described(user: &User) -> Value {
    json!({
        "email": user.email.as_str(),
        "name": user.name,
        "roles": user.roles.iter().map(|role| role.as_str()).collect::<Vec<_>>(),
        "status": user.status.as_str(),
    })
}
