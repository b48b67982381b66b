//! Opening, listing and ending sessions.

use installhub_audit_chain::NewEvent;
use installhub_kernel::{ActorKind, PlatformScope, SessionId, TenantScope};
use serde_json::json;

use super::{Access, actor, after};
use crate::credential::Secret;
use crate::ports::AccessUnit;
use crate::{AccessError, ClientInfo, Principal, Session, SignedIn, User};

/// How much of a browser's own description is kept.
const USER_AGENT_CHARACTERS: usize = 200;

impl Access {
    /// The CSRF token that belongs to a session's cookie, for pages that were loaded anew; `None` if the cookie was never one of
    /// ours.
    pub fn csrf_of(&self, cookie: &str) -> Option<String> {
        Secret::read_session(cookie).map(|secret| secret.csrf())
    }

    /// Lets in who has been recognised. The caller commits.
    pub(super) async fn open_session(
        &self,
        unit: &mut dyn AccessUnit,
        across: &PlatformScope,
        user: &User,
        client: &ClientInfo,
        method: &'static str,
    ) -> Result<SignedIn, AccessError> {
        let now = self.clock.now();
        let id = SessionId::from_uuid(self.ids.new_uuid());
        let secret = Secret::of_session(user.tenant, id.as_uuid(), self.random.as_ref());
        let session = Session {
            id,
            user: user.id,
            created_at: now,
            last_seen_at: now,
            expires_at: after(now, self.settings.session_lifetime),
            address: client.address.map(|address| address.to_string()),
            user_agent: client.user_agent.as_deref().map(readable),
        };
        let actor = actor(user.email.as_str())?;
        let scope = TenantScope::acting(
            user.tenant,
            actor.clone(),
            ActorKind::User,
            across.request(),
        );
        unit.users().signed_in(&scope, user.id, now).await?;
        unit.sessions()
            .add(&scope, &session, secret.digest())
            .await?;
        let event = NewEvent::success("user.signedIn", "user", user.id).with(json!({
            "method": method,
            "session": id.to_string(),
            "address": session.address,
        }));
        unit.audit().append(&scope, event).await?;
        Ok(SignedIn {
            cookie: secret.written().to_owned(),
            csrf: secret.csrf(),
            expires_at: session.expires_at,
            principal: Principal::signed_in(
                user.tenant,
                actor,
                (user.id, id),
                user.roles.clone(),
                across.request(),
            ),
        })
    }

    /// Ends the session by which who acts has signed in. Does nothing for tokens, which have none.
    pub async fn sign_out(&self, principal: &Principal) -> Result<(), AccessError> {
        let (Some(user), Some(session)) = (principal.user(), principal.session()) else {
            return Ok(());
        };
        let scope = principal.own_scope();
        let mut unit = self.store.begin(scope).await?;
        if unit.sessions().remove(scope, user, session).await? {
            let event = NewEvent::success("user.signedOut", "user", user)
                .with(json!({ "session": session.to_string() }));
            unit.audit().append(scope, event).await?;
        }
        Ok(unit.commit().await?)
    }

    /// The own sessions, newest first.
    pub async fn sessions(&self, principal: &Principal) -> Result<Vec<Session>, AccessError> {
        let Some(user) = principal.user() else {
            return Ok(Vec::new());
        };
        let scope = principal.own_scope();
        let mut unit = self.store.read(scope).await?;
        Ok(unit.sessions().of_user(scope, user).await?)
    }

    /// Ends one of the own sessions.
    pub async fn revoke_session(
        &self,
        principal: &Principal,
        id: SessionId,
    ) -> Result<(), AccessError> {
        let not_found = || AccessError::not_found("session", id);
        let user = principal.user().ok_or_else(not_found)?;
        let scope = principal.own_scope();
        let mut unit = self.store.begin(scope).await?;
        if !unit.sessions().remove(scope, user, id).await? {
            return Err(not_found());
        }
        let event = NewEvent::success("session.revoked", "session", id)
            .with(json!({ "user": user.to_string() }));
        unit.audit().append(scope, event).await?;
        Ok(unit.commit().await?)
    }
}

fn readable(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control())
        .take(USER_AGENT_CHARACTERS)
        .collect()
}
