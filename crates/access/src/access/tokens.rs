//! Making, showing, rotating and revoking tokens.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use installhub_audit_chain::NewEvent;
use installhub_kernel::{Page, PageRequest, TenantScope, TokenId};
use serde_json::json;

use super::{Access, after};
use crate::credential::Secret;
use crate::ports::{AccessUnit, TokenFilter};
use crate::{AccessError, FieldError, IssuedToken, NewToken, Permission, Principal, Token};

const MAX_NAME_CHARACTERS: usize = 100;

impl Access {
    /// Makes a token; its secret is in the answer and nowhere else.
    ///
    /// A token may do no more than who makes it, and one made by a token lives no longer than that.
    pub async fn create_token(
        &self,
        principal: &Principal,
        new: NewToken,
    ) -> Result<IssuedToken, AccessError> {
        let needed = if new.service {
            Permission::UserManage
        } else {
            Permission::TokenManageOwn
        };
        let scope = principal.scope_for(needed)?;
        let owner = match (new.service, principal.user()) {
            (true, _) => None,
            (false, Some(user)) => Some(user),
            (false, None) => {
                return Err(AccessError::Conflict(
                    "a token of one's own is for people: ask for a service token".to_owned(),
                ));
            }
        };
        let now = self.clock.now();
        let expires_at = self.end_of(principal, new.expires_at, now);
        let permissions: Option<BTreeSet<_>> = new
            .permissions
            .as_ref()
            .map(|list| list.iter().copied().collect());
        let errors = self.judge_token(principal, &new, expires_at, now);
        if !errors.is_empty() {
            return Err(AccessError::Invalid(errors));
        }
        let permissions = permissions.unwrap_or_else(|| principal.permissions().clone());
        for permission in &permissions {
            principal.demand(*permission)?;
        }
        let id = TokenId::from_uuid(self.ids.new_uuid());
        let secret = Secret::of_token(scope.tenant(), id.as_uuid(), self.random.as_ref());
        let token = Token {
            id,
            name: new.name.trim().to_owned(),
            owner,
            permissions,
            created_at: now,
            created_by: scope.actor().to_string(),
            expires_at,
            last_used_at: None,
            revoked_at: None,
            revision: 1,
        };
        let mut unit = self.store.begin(scope).await?;
        unit.tokens().add(scope, &token, secret.digest()).await?;
        let event = NewEvent::success("token.created", "apiToken", id).with(described(&token));
        unit.audit().append(scope, event).await?;
        unit.commit().await?;
        Ok(IssuedToken {
            secret: secret.written().to_owned(),
            token,
        })
    }

    /// When a token is to end: as wished, else by the setting, and for a token made by a token not after that one.
    fn end_of(
        &self,
        principal: &Principal,
        wished: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> DateTime<Utc> {
        let usual = after(now, self.settings.token_lifetime);
        let latest = principal.token_expires_at();
        wished.unwrap_or_else(|| latest.map_or(usual, |latest| latest.min(usual)))
    }

    fn judge_token(
        &self,
        principal: &Principal,
        new: &NewToken,
        expires_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Vec<FieldError> {
        let mut errors = judge_name("name", &new.name, MAX_NAME_CHARACTERS);
        let longest = after(now, self.settings.token_lifetime_max);
        let latest = principal
            .token_expires_at()
            .map_or(longest, |end| end.min(longest));
        if expires_at <= now {
            let message = format!("found {expires_at}, expected a time that is still to come");
            errors.push(FieldError::new("expiresAt", "past", message));
        } else if expires_at > latest {
            let message = format!("found {expires_at}, expected {latest} or earlier");
            errors.push(FieldError::new("expiresAt", "tooLate", message));
        }
        match (&new.permissions, new.service) {
            (None, true) => errors.push(FieldError::new(
                "permissions",
                "missing",
                "expected the permissions of the service token",
            )),
            (Some(list), _) if list.is_empty() => errors.push(FieldError::new(
                "permissions",
                "empty",
                "found none, expected at least one",
            )),
            (Some(list), true) => {
                let beyond = list.iter().filter(|p| p.is_platform());
                errors.extend(beyond.map(|permission| {
                    let message =
                        format!("found {permission}, expected permissions within the tenant");
                    FieldError::new("permissions", "platform", message)
                }));
            }
            _ => {}
        }
        errors
    }

    /// The own tokens, newest first.
    pub async fn tokens(
        &self,
        principal: &Principal,
        page: PageRequest,
    ) -> Result<Page<Token>, AccessError> {
        let scope = principal.scope_for(Permission::TokenManageOwn)?;
        let Some(user) = principal.user() else {
            return Ok(Page {
                items: Vec::new(),
                next_cursor: None,
            });
        };
        let mut unit = self.store.read(scope).await?;
        Ok(unit
            .tokens()
            .list(scope, TokenFilter::OwnedBy(user), page)
            .await?)
    }

    /// All tokens of the tenant, newest first.
    pub async fn tenant_tokens(
        &self,
        principal: &Principal,
        page: PageRequest,
    ) -> Result<Page<Token>, AccessError> {
        let scope = principal.scope_for(Permission::UserManage)?;
        let mut unit = self.store.read(scope).await?;
        Ok(unit.tokens().list(scope, TokenFilter::All, page).await?)
    }

    /// A token: one of one's own, or any of the tenant with `user:manage`.
    pub async fn token(&self, principal: &Principal, id: TokenId) -> Result<Token, AccessError> {
        let scope = manageable(principal)?;
        let mut unit = self.store.read(scope).await?;
        let found = unit.tokens().find(scope, id).await?;
        visible(principal, id, found)
    }

    /// Revokes a token for good. Revoking it again changes nothing.
    pub async fn revoke_token(
        &self,
        principal: &Principal,
        id: TokenId,
    ) -> Result<Token, AccessError> {
        let scope = manageable(principal)?;
        let mut unit = self.store.begin(scope).await?;
        let found = unit.tokens().find(scope, id).await?;
        let mut token = visible(principal, id, found)?;
        if token.revoked_at.is_some() {
            return Ok(token);
        }
        demand_reach(unit.as_mut(), scope, principal, &token).await?;
        token.revoked_at = Some(self.clock.now());
        token.revision += 1;
        unit.tokens().save(scope, &token).await?;
        let event = NewEvent::success("token.revoked", "apiToken", id).with(described(&token));
        unit.audit().append(scope, event).await?;
        unit.commit().await?;
        Ok(token)
    }

    /// Gives a token a new secret; the old one opens nothing from now on. What it may do and when it ends stays.
    pub async fn rotate_token(
        &self,
        principal: &Principal,
        id: TokenId,
    ) -> Result<IssuedToken, AccessError> {
        let scope = manageable(principal)?;
        let mut unit = self.store.begin(scope).await?;
        let found = unit.tokens().find(scope, id).await?;
        let mut token = visible(principal, id, found)?;
        demand_own_weight(principal, &token)?;
        if token.revoked_at.is_some() || token.expires_at <= self.clock.now() {
            return Err(AccessError::Conflict(format!(
                "token '{}' is revoked or has expired: make a new one",
                token.name
            )));
        }
        let secret = Secret::of_token(scope.tenant(), id.as_uuid(), self.random.as_ref());
        token.revision += 1;
        unit.tokens().save(scope, &token).await?;
        unit.tokens().set_digest(scope, id, secret.digest()).await?;
        let event = NewEvent::success("token.rotated", "apiToken", id).with(described(&token));
        unit.audit().append(scope, event).await?;
        unit.commit().await?;
        Ok(IssuedToken {
            secret: secret.written().to_owned(),
            token,
        })
    }
}

/// The scope for who may manage tokens, their own at least.
fn manageable(principal: &Principal) -> Result<&TenantScope, AccessError> {
    let all = principal.scope_for(Permission::UserManage);
    Ok(all.or_else(|_| principal.scope_for(Permission::TokenManageOwn))?)
}

/// A token of somebody else does not exist for who may not manage all of them.
fn visible(principal: &Principal, id: TokenId, found: Option<Token>) -> Result<Token, AccessError> {
    let sees = |token: &Token| {
        let is_own = token.owner.is_some() && token.owner == principal.user();
        let is_own = is_own && principal.has(Permission::TokenManageOwn);
        is_own || principal.has(Permission::UserManage)
    };
    found
        .filter(sees)
        .ok_or_else(|| AccessError::not_found("token", id))
}

/// People of the platform lose nothing to who administers just the tenant that they belong to.
async fn demand_reach(
    unit: &mut dyn AccessUnit,
    scope: &TenantScope,
    principal: &Principal,
    token: &Token,
) -> Result<(), AccessError> {
    let Some(owner) = token.owner.filter(|owner| principal.user() != Some(*owner)) else {
        return Ok(());
    };
    let owner = unit.users().find(scope, owner).await?;
    if owner.is_some_and(|owner| owner.roles.iter().any(|role| role.is_platform())) {
        principal.demand(Permission::PlatformUserManage)?;
    }
    Ok(())
}

/// Whoever gets the secret of a token can do what it may: nobody gets one that may more, and nobody that of another person.
fn demand_own_weight(principal: &Principal, token: &Token) -> Result<(), AccessError> {
    if token.owner.is_some() && token.owner != principal.user() {
        return Err(AccessError::Conflict(
            "the token is another person's: it can be revoked, but only they can rotate it"
                .to_owned(),
        ));
    }
    for permission in &token.permissions {
        // What its owner has lost meanwhile it has lost too.
        let is_lost = token.owner.is_some() && principal.session().is_some();
        if !is_lost {
            principal.demand(*permission)?;
        }
    }
    if principal.token().is_some_and(|own| own != token.id)
        && principal.token_expires_at() < Some(token.expires_at)
    {
        return Err(AccessError::Conflict(
            "the token lives longer than the one that asks".to_owned(),
        ));
    }
    Ok(())
}

fn described(token: &Token) -> serde_json::Value {
    json!({
        "name": token.name,
        "owner": token.owner.map(|owner| owner.to_string()),
        "permissions": token.permissions.iter().map(|p| p.as_str()).collect::<Vec<_>>(),
        "expiresAt": token.expires_at.to_rfc3339(),
    })
}

/// What is wrong with something that people call something.
pub(super) fn judge_name(field: &'static str, name: &str, most: usize) -> Vec<FieldError> {
    let length = name.trim().chars().count();
    let error = |code, message| vec![FieldError::new(field, code, message)];
    if !(1..=most).contains(&length) {
        let message = format!("found {length} characters, expected 1 to {most}");
        return error("length", message);
    }
    if name.chars().any(char::is_control) {
        let message = "found control characters, expected none".to_owned();
        return error("control", message);
    }
    Vec::new()
}
