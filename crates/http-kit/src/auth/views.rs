//! What requests and answers about sign-ins and tokens look like.

use installhub_access::{
    Access, IssuedToken, NewToken, Permission, Principal, Session, SignedIn, Token,
};
use poem_openapi::Object;
use uuid::Uuid;

use crate::error::ApiError;
use crate::input::field;
use crate::text::Text;
use crate::timestamp::Timestamp;

/// Who wants to sign in.
#[derive(Object)]
#[oai(rename_all = "camelCase")]
pub(super) struct SignIn {
    /// The e-mail address.
    #[oai(validator(max_length = 254))]
    pub(super) email: Text,
    /// The password.
    #[oai(validator(max_length = 1024), write_only)]
    pub(super) password: Text,
}

/// A new password.
#[derive(Object)]
#[oai(rename_all = "camelCase")]
pub(super) struct PasswordChange {
    /// The present one.
    #[oai(validator(max_length = 1024), write_only)]
    pub(super) old_password: Text,
    /// The one to come.
    #[oai(validator(max_length = 1024), write_only)]
    pub(super) new_password: Text,
}

/// Who acts.
#[derive(Object)]
#[oai(rename = "Session", rename_all = "camelCase")]
pub(super) struct SessionView {
    /// The tenant.
    tenant_id: Uuid,
    /// The user; missing for service tokens.
    #[oai(skip_serializing_if_is_none)]
    user_id: Option<Uuid>,
    /// The token, if it is one that acts.
    #[oai(skip_serializing_if_is_none)]
    token_id: Option<Uuid>,
    /// Who acts, as audit events say it.
    actor: String,
    /// `user` or `token`.
    actor_kind: String,
    /// The roles of the user.
    roles: Vec<String>,
    /// What who acts may do.
    permissions: Vec<String>,
    /// What to send as `X-CSRF-Token` with everything that changes something; only for sessions.
    #[oai(skip_serializing_if_is_none)]
    csrf_token: Option<String>,
    /// When the session ends at the latest; only in the answer to a sign-in.
    #[oai(skip_serializing_if_is_none)]
    expires_at: Option<Timestamp>,
}

impl SessionView {
    pub(super) fn of(principal: &Principal) -> Self {
        Self {
            tenant_id: principal.tenant().as_uuid(),
            user_id: principal.user().map(|id| id.as_uuid()),
            token_id: principal.token().map(|id| id.as_uuid()),
            actor: principal.actor().to_string(),
            actor_kind: principal.actor_kind().to_string(),
            roles: principal.roles().iter().map(ToString::to_string).collect(),
            permissions: principal
                .permissions()
                .iter()
                .map(ToString::to_string)
                .collect(),
            csrf_token: None,
            expires_at: None,
        }
    }

    pub(super) fn of_cookie(principal: &Principal, access: &Access, cookie: Option<&str>) -> Self {
        Self {
            csrf_token: principal
                .session()
                .and(cookie)
                .and_then(|cookie| access.csrf_of(cookie)),
            ..Self::of(principal)
        }
    }

    pub(super) fn of_sign_in(signed_in: &SignedIn) -> Self {
        Self {
            csrf_token: Some(signed_in.csrf.clone()),
            expires_at: Some(signed_in.expires_at.into()),
            ..Self::of(&signed_in.principal)
        }
    }
}

/// A signed-in browser.
#[derive(Object)]
#[oai(rename = "BrowserSession", rename_all = "camelCase")]
pub(super) struct BrowserView {
    /// The id.
    id: Uuid,
    /// Whether it is the one that asks.
    current: bool,
    /// When somebody signed in.
    created_at: Timestamp,
    /// When it was last used, to the minute.
    last_seen_at: Timestamp,
    /// When it ends at the latest.
    expires_at: Timestamp,
    /// From which address.
    #[oai(skip_serializing_if_is_none)]
    address: Option<String>,
    /// What the browser called itself.
    #[oai(skip_serializing_if_is_none)]
    user_agent: Option<String>,
}

impl BrowserView {
    pub(super) fn of(session: Session, principal: &Principal) -> Self {
        Self {
            id: session.id.as_uuid(),
            current: principal.session() == Some(session.id),
            created_at: session.created_at.into(),
            last_seen_at: session.last_seen_at.into(),
            expires_at: session.expires_at.into(),
            address: session.address,
            user_agent: session.user_agent,
        }
    }
}

/// The browsers in which a user has signed in.
#[derive(Object)]
#[oai(rename = "BrowserSessions", rename_all = "camelCase")]
pub(super) struct BrowserList {
    /// The newest first.
    pub(super) items: Vec<BrowserView>,
}

/// A token to be.
#[derive(Object)]
#[oai(rename = "NewToken", rename_all = "camelCase")]
pub(super) struct TokenInput {
    /// What it is for.
    #[oai(validator(min_length = 1, max_length = 100))]
    name: Text,
    /// The most it may do; without it everything that who asks may do. A service token must say.
    permissions: Option<Vec<Text>>,
    /// When it ends; without it in 90 days.
    expires_at: Option<Timestamp>,
    /// Whether it belongs to the tenant rather than to a person; needs `user:manage`.
    #[oai(default)]
    service: bool,
}

impl TokenInput {
    pub(super) fn read(self) -> Result<NewToken, ApiError> {
        let read = |names: Vec<Text>| {
            let names = names.iter().enumerate();
            names
                .map(|(at, name)| field(&format!("permissions[{at}]"), name))
                .collect::<Result<Vec<Permission>, _>>()
        };
        Ok(NewToken {
            name: self.name.into(),
            permissions: self.permissions.map(read).transpose()?,
            expires_at: self.expires_at.map(|time| time.0),
            service: self.service,
        })
    }
}

/// A token, without its secret.
#[derive(Object)]
#[oai(rename = "Token", rename_all = "camelCase")]
pub(super) struct TokenView {
    /// The id.
    pub(super) id: Uuid,
    /// What it is for.
    name: String,
    /// Whose it is; missing for a service token.
    #[oai(skip_serializing_if_is_none)]
    owner_id: Option<Uuid>,
    /// The most it may do.
    permissions: Vec<String>,
    /// When it was made.
    created_at: Timestamp,
    /// By whom.
    created_by: String,
    /// When it ends.
    expires_at: Timestamp,
    /// When it was last used, to the minute.
    #[oai(skip_serializing_if_is_none)]
    last_used_at: Option<Timestamp>,
    /// When it was revoked.
    #[oai(skip_serializing_if_is_none)]
    revoked_at: Option<Timestamp>,
    /// Grows with every change.
    pub(super) revision: u64,
}

impl From<Token> for TokenView {
    fn from(token: Token) -> Self {
        Self {
            id: token.id.as_uuid(),
            name: token.name,
            owner_id: token.owner.map(|id| id.as_uuid()),
            permissions: token.permissions.iter().map(ToString::to_string).collect(),
            created_at: token.created_at.into(),
            created_by: token.created_by,
            expires_at: token.expires_at.into(),
            last_used_at: token.last_used_at.map(Into::into),
            revoked_at: token.revoked_at.map(Into::into),
            revision: token.revision,
        }
    }
}

/// A fresh token.
#[derive(Object)]
#[oai(rename = "IssuedToken", rename_all = "camelCase")]
pub(super) struct IssuedView {
    /// To be sent as `Authorization: Bearer`. Shown this once: the answer to a repeated request lacks it.
    #[oai(skip_serializing_if_is_none)]
    secret: Option<String>,
    /// The record.
    pub(super) token: TokenView,
}

impl From<IssuedToken> for IssuedView {
    fn from(issued: IssuedToken) -> Self {
        Self {
            secret: Some(issued.secret),
            token: issued.token.into(),
        }
    }
}
