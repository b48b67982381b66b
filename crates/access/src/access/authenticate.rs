//! Recognising who makes a request.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use installhub_kernel::{ActorKind, RequestId, SessionId, TenantScope, TokenId};

use super::{Access, actor, delta, doorkeeper};
use crate::credential::Secret;
use crate::ports::{OpenSession, OpenToken, StoreError};
use crate::{AccessError, Credential, Permission, Principal, Role, TenantStatus, User, UserStatus};

/// How exact the time of last use is: it is written at most this often.
const NOTED_EVERY: TimeDelta = TimeDelta::minutes(1);

impl Access {
    /// Recognises who makes a request, by one read; roles, suspensions and revocations are those of this moment.
    ///
    /// [`WrongCredentials`](AccessError::WrongCredentials) says nothing about what is wrong with them, and
    /// [`Expired`](AccessError::Expired) only comes to who has the right secret.
    pub async fn authenticate(
        &self,
        credential: Credential<'_>,
        request: Option<RequestId>,
    ) -> Result<Principal, AccessError> {
        match credential {
            Credential::Bearer(token) => {
                let secret = Secret::read_token(token).ok_or(AccessError::WrongCredentials)?;
                self.by_token(&secret, request).await
            }
            Credential::Session {
                cookie,
                csrf,
                needs_csrf,
            } => {
                let secret = Secret::read_session(cookie).ok_or(AccessError::WrongCredentials)?;
                let principal = self.by_session(&secret, request).await?;
                if needs_csrf && !secret.vouches_for(csrf) {
                    return Err(AccessError::Csrf);
                }
                Ok(principal)
            }
        }
    }

    async fn by_session(
        &self,
        secret: &Secret,
        request: Option<RequestId>,
    ) -> Result<Principal, AccessError> {
        let scope = doorkeeper(request)?.of_tenant(secret.tenant);
        let id = SessionId::from_uuid(secret.id);
        let found = self
            .store
            .read(&scope)
            .await?
            .sessions()
            .open(&scope, id)
            .await?;
        let found: OpenSession = found
            .filter(|open| secret.is(open.digest) && open.tenant == Some(TenantStatus::Active))
            .ok_or(AccessError::WrongCredentials)?;
        let user = active(found.user).ok_or(AccessError::WrongCredentials)?;
        let session = found.session;
        let now = self.clock.now();
        let unused = now - session.last_seen_at;
        if now >= session.expires_at || unused >= delta(self.settings.session_idle) {
            return Err(AccessError::Expired);
        }
        if is_worth_noting(Some(session.last_seen_at), now) {
            let noted = async {
                let mut unit = self.store.begin(&scope).await?;
                unit.sessions().touch(&scope, id, now).await?;
                unit.commit().await
            };
            best_effort(noted.await)?;
        }
        Ok(Principal::signed_in(
            secret.tenant,
            actor(user.email.as_str())?,
            (user.id, id),
            user.roles,
            request,
        ))
    }

    async fn by_token(
        &self,
        secret: &Secret,
        request: Option<RequestId>,
    ) -> Result<Principal, AccessError> {
        let scope = doorkeeper(request)?.of_tenant(secret.tenant);
        let id = TokenId::from_uuid(secret.id);
        let found = self
            .store
            .read(&scope)
            .await?
            .tokens()
            .open(&scope, id)
            .await?;
        let found: OpenToken = found
            .filter(|open| secret.is(open.digest) && open.tenant == Some(TenantStatus::Active))
            .filter(|open| open.token.revoked_at.is_none())
            .ok_or(AccessError::WrongCredentials)?;
        let token = found.token;
        let (name, roles, permissions) = match token.owner {
            Some(_) => {
                let owner = active(found.owner).ok_or(AccessError::WrongCredentials)?;
                let allowed = Role::permissions_of(&owner.roles);
                let permissions = token.permissions.intersection(&allowed).copied().collect();
                (owner.email.as_str().to_owned(), owner.roles, permissions)
            }
            None => (token.name, BTreeSet::new(), of_tenant(token.permissions)),
        };
        let now = self.clock.now();
        if now >= token.expires_at {
            return Err(AccessError::Expired);
        }
        if is_worth_noting(token.last_used_at, now) {
            let noted = async {
                let mut unit = self.store.begin(&scope).await?;
                unit.tokens().touch(&scope, id, now).await?;
                unit.commit().await
            };
            best_effort(noted.await)?;
        }
        Ok(Principal::by_token(
            TenantScope::acting(secret.tenant, actor(&name)?, ActorKind::Token, request),
            (id, token.owner, token.expires_at),
            roles,
            permissions,
        ))
    }
}

fn active(user: Option<User>) -> Option<User> {
    user.filter(|user| user.status == UserStatus::Active)
}

/// What belongs to a tenant never reaches beyond it.
fn of_tenant(permissions: BTreeSet<Permission>) -> BTreeSet<Permission> {
    let within = permissions.into_iter().filter(|p| !p.is_platform());
    within.collect()
}

/// Whether the time of last use is a minute old, or one that a clock which was put back has not reached yet.
fn is_worth_noting(last: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
    last.is_none_or(|last| (now - last).abs() >= NOTED_EVERY)
}

/// A store that is busy or read-only does not keep anybody out: the time of last use is noted the next time.
fn best_effort(noted: Result<(), StoreError>) -> Result<(), StoreError> {
    match noted {
        Err(StoreError::Unavailable { .. }) => Ok(()),
        other => other,
    }
}
