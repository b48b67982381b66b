//! Signing in by an identity provider.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use installhub_audit_chain::NewEvent;
use installhub_checksum::Digest;
use installhub_kernel::{PlatformScope, RequestId};
use serde_json::json;

use super::{Access, before, delta, doorkeeper};
use crate::credential::same;
use crate::email::key_of;
use crate::ports::{AccessUnit, SignInName, SignInStart};
use crate::{
    AccessError, AuthorizationStart, ClientInfo, Identity, IdentityError, IdentityProvider,
    NewUser, Newcomers, OidcSignedIn, OidcStart, Role, User,
};

/// How long somebody may take at the provider.
const PATIENCE: Duration = Duration::from_mins(10);

const MAX_PATH_BYTES: usize = 2_000;

impl Access {
    /// Begins to sign in by the identity provider. `return_to` is the path of this service to come back to, such as
    /// `/packages`; an address of another service is refused.
    pub async fn begin_oidc(&self, return_to: &str) -> Result<OidcStart, AccessError> {
        if !is_own_path(return_to) {
            return Err(AccessError::invalid(
                "returnTo",
                "notAPath",
                "expected a path of this service, such as /packages",
            ));
        }
        let start = self.provider()?.authorization().await?;
        let across = doorkeeper(None)?;
        let mut unit = self.store.begin_platform(&across).await?;
        let kept = SignInStart {
            state: Digest::of(start.state.as_bytes()),
            nonce: start.nonce,
            pkce_verifier: start.pkce_verifier,
            return_to: return_to.to_owned(),
            created_at: self.clock.now(),
        };
        unit.sign_in_starts().add(&across, &kept).await?;
        unit.commit().await?;
        Ok(OidcStart {
            url: start.url,
            state_cookie: start.state,
        })
    }

    /// Finishes what [`begin_oidc`](Self::begin_oidc) began in the same browser; each beginning has one end.
    ///
    /// People are recognised by issuer and subject, or, the first time, by the e-mail address that the provider has verified.
    /// Others are refused, unless the [settings](crate::AccessSettings) make viewers of them.
    pub async fn finish_oidc(
        &self,
        code: &str,
        state: &str,
        state_cookie: &str,
        client: &ClientInfo,
        request: Option<RequestId>,
    ) -> Result<OidcSignedIn, AccessError> {
        let across = doorkeeper(request)?;
        if !same(state, state_cookie) {
            return Err(IdentityError::UnknownStart.into());
        }
        let kept = self.take_start(&across, state).await?;
        let start = AuthorizationStart {
            url: String::new(),
            state: state.to_owned(),
            nonce: kept.nonce,
            pkce_verifier: kept.pkce_verifier,
        };
        let identity = self.provider()?.exchange(code, &start).await?;
        let newcomer = self.newcomer(&identity);
        let mut unit = self.store.begin_platform(&across).await?;
        let user = self
            .recognise(unit.as_mut(), &across, &identity, newcomer)
            .await?;
        let signed_in = self
            .open_session(unit.as_mut(), &across, &user, client, "identityProvider")
            .await?;
        unit.commit().await?;
        Ok(OidcSignedIn {
            signed_in,
            return_to: kept.return_to,
        })
    }

    fn provider(&self) -> Result<&Arc<dyn IdentityProvider>, IdentityError> {
        self.identity.as_ref().ok_or(IdentityError::NotConfigured)
    }

    async fn take_start(
        &self,
        across: &PlatformScope,
        state: &str,
    ) -> Result<SignInStart, AccessError> {
        let mut unit = self.store.begin_platform(across).await?;
        let digest = Digest::of(state.as_bytes());
        let kept = unit.sign_in_starts().take(across, digest).await?;
        // Gone from now on, whatever comes next.
        unit.commit().await?;
        let now = self.clock.now();
        kept.filter(|kept| (now - kept.created_at).abs() <= delta(PATIENCE))
            .ok_or_else(|| IdentityError::UnknownStart.into())
    }

    /// The user that the identity would become, if settings say so and it has a verified address.
    fn newcomer(&self, identity: &Identity) -> Option<NewUser> {
        let (Newcomers::BecomeViewers(tenant), Some(email)) =
            (self.settings.newcomers, verified(identity))
        else {
            return None;
        };
        let name = identity.name.clone().unwrap_or_else(|| email.to_owned());
        Some(NewUser {
            tenant: Some(tenant),
            email: email.to_owned(),
            name: name.chars().filter(|c| !c.is_control()).take(200).collect(),
            roles: BTreeSet::from([Role::Viewer]),
            password: None,
        })
    }

    async fn recognise(
        &self,
        unit: &mut dyn AccessUnit,
        across: &PlatformScope,
        identity: &Identity,
        newcomer: Option<NewUser>,
    ) -> Result<User, AccessError> {
        let (issuer, subject) = (identity.issuer.as_str(), identity.subject.as_str());
        if let Some(name) = unit.users().by_identity(across, issuer, subject).await? {
            return admitted(name);
        }
        let by_email = match verified(identity) {
            Some(email) => unit.users().by_email(across, &key_of(email)).await?,
            None => None,
        };
        let user = match (by_email, newcomer) {
            (Some(name), _) => admitted(name)?,
            (None, Some(new)) => self.welcome(unit, across, new).await?,
            (None, None) => return Err(IdentityError::UnknownPerson.into()),
        };
        let now = self.clock.now();
        unit.users()
            .link(across, &user, issuer, subject, now)
            .await?;
        let event = NewEvent::success("user.identityLinked", "user", user.id)
            .with(json!({ "issuer": issuer, "subject": subject }));
        unit.audit()
            .append(&across.of_tenant(user.tenant), event)
            .await?;
        Ok(user)
    }

    /// Makes a user of somebody whom the provider vouches for.
    async fn welcome(
        &self,
        unit: &mut dyn AccessUnit,
        across: &PlatformScope,
        new: NewUser,
    ) -> Result<User, AccessError> {
        let unknown = || AccessError::from(IdentityError::UnknownPerson);
        let scope = across.of_tenant(new.tenant.ok_or_else(unknown)?);
        let tenant = unit.tenants().find(&scope).await?.ok_or_else(unknown)?;
        if tenant.status != crate::TenantStatus::Active {
            return Err(unknown());
        }
        let checked = self.check(new).await?;
        self.add_user(unit, &scope, checked).await
    }

    /// The time before which beginnings have no end any more.
    pub(super) fn given_up_before(&self) -> chrono::DateTime<chrono::Utc> {
        before(self.clock.now(), PATIENCE)
    }
}

fn verified(identity: &Identity) -> Option<&str> {
    identity
        .email
        .as_deref()
        .filter(|_| identity.email_verified)
}

fn admitted(name: SignInName) -> Result<User, AccessError> {
    if name.may_sign_in() {
        Ok(name.user)
    } else {
        Err(AccessError::WrongCredentials)
    }
}

/// Whether a browser that is sent to `path` stays with us: `//other.example` and `/\other.example` do not.
fn is_own_path(path: &str) -> bool {
    path.len() <= MAX_PATH_BYTES
        && path.starts_with('/')
        && !path.starts_with("//")
        && !path.chars().any(|c| c.is_control() || c == '\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_paths_are_returned_to() {
        for (path, accepted) in [
            ("/", true),
            ("/packages?q=a#b", true),
            ("", false),
            ("packages", false),
            ("https://other.example", false),
            ("//other.example", false),
            ("/\\other.example", false),
            ("/\t/other.example", false),
            (&format!("/{}", "x".repeat(2_000)), false),
        ] {
            assert_eq!(is_own_path(path), accepted, "{path:?}");
        }
    }
}
