//! Signing in by password, and changing it.

use installhub_audit_chain::{EventOutcome, NewEvent};
use installhub_kernel::{PlatformScope, RequestId, TenantId};
use serde_json::json;

use super::throttle::{Counted, Subject, subjects, throttled};
use super::{Access, doorkeeper};
use crate::email::{digest_of, key_of};
use crate::password::judge;
use crate::ports::SignInName;
use crate::{AccessError, ClientInfo, Principal, SignedIn, TenantStatus, UserStatus};

/// The longest e-mail address that is looked for.
const MAX_EMAIL_BYTES: usize = 1_024;

impl SignInName {
    /// Whether neither the user nor the tenant is suspended.
    pub(super) fn may_sign_in(&self) -> bool {
        self.user.status == UserStatus::Active && self.tenant == Some(TenantStatus::Active)
    }
}

impl Access {
    /// Signs in by password.
    ///
    /// Unknown addresses, wrong passwords and suspended users and tenants are the same error after the same work. Too many
    /// failures of an account or from an address have to wait ([`AccessError::Throttled`]), whatever they try.
    pub async fn sign_in(
        &self,
        email: &str,
        password: &str,
        client: &ClientInfo,
        request: Option<RequestId>,
    ) -> Result<SignedIn, AccessError> {
        let across = doorkeeper(request)?;
        // Nobody has such an address, and not every engine could be asked about it.
        if email.len() > MAX_EMAIL_BYTES || email.contains('\0') {
            return Err(AccessError::WrongCredentials);
        }
        let subjects = subjects(email, client);
        let (counted, found) = self.look_up(&across, email, &subjects).await?;
        if !self.is_right(password, found.as_ref()).await? {
            self.tell_failure(&across, email, found.as_ref(), client)
                .await?;
            return Err(AccessError::WrongCredentials);
        }
        let mut unit = self.store.begin_platform(&across).await?;
        // As it is now: hashing took its time.
        let name = unit.users().by_email(&across, &key_of(email)).await?;
        let name = name
            .filter(|now| now.may_sign_in() && unchanged(now, found.as_ref()))
            .ok_or(AccessError::WrongCredentials)?;
        self.forgive_attempt(unit.as_mut(), &across, &counted)
            .await?;
        let signed_in = self
            .open_session(unit.as_mut(), &across, &name.user, client, "password")
            .await?;
        unit.commit().await?;
        Ok(signed_in)
    }

    /// Counts the attempt and finds whom it is about.
    async fn look_up(
        &self,
        across: &PlatformScope,
        email: &str,
        subjects: &[Subject],
    ) -> Result<(Vec<Counted>, Option<SignInName>), AccessError> {
        let mut unit = self.store.begin_platform(across).await?;
        let counted = self.count_attempt(unit.as_mut(), across, subjects).await?;
        let found = unit.users().by_email(across, &key_of(email)).await?;
        unit.commit().await?;
        Ok((counted.map_err(throttled)?, found))
    }

    async fn is_right(
        &self,
        password: &str,
        found: Option<&SignInName>,
    ) -> Result<bool, AccessError> {
        let hash = found.and_then(|name| name.password_hash.as_deref());
        let is_right = self.passwords.verify(password, hash).await?;
        Ok(is_right && found.is_some_and(SignInName::may_sign_in))
    }

    /// Writes down who was not let in: with the tenant if the address is known, with the platform if not, and then by the
    /// digest of the address alone, because people type passwords into that field.
    async fn tell_failure(
        &self,
        across: &PlatformScope,
        email: &str,
        found: Option<&SignInName>,
        client: &ClientInfo,
    ) -> Result<(), AccessError> {
        let address = client.address.map(|address| address.to_string());
        let action = "user.signInFailed";
        let (tenant, event) = if let Some(name) = found {
            let event = NewEvent::denied(action, "user", name.user.id)
                .with(json!({ "method": "password", "address": address }));
            (name.user.tenant, event)
        } else {
            let event = NewEvent::new(action, EventOutcome::Denied).with(json!({
                "method": "password",
                "address": address,
                "emailDigest": digest_of(email).to_string(),
            }));
            (TenantId::PLATFORM, event)
        };
        let mut unit = self.store.begin_platform(across).await?;
        unit.audit()
            .append(&across.of_tenant(tenant), event)
            .await?;
        Ok(unit.commit().await?)
    }

    /// Changes the own password and ends all other sessions. Guessing the old one is held up as when signing in.
    pub async fn change_password(
        &self,
        principal: &Principal,
        old: &str,
        new: &str,
    ) -> Result<(), AccessError> {
        let (Some(id), Some(session)) = (principal.user(), principal.session()) else {
            return Err(AccessError::Conflict(
                "only who has signed in can change their password".to_owned(),
            ));
        };
        let user = self.own_user(principal).await?;
        let errors = judge("newPassword", new, user.email.as_str());
        if !errors.is_empty() {
            return Err(AccessError::Invalid(errors));
        }
        let across = doorkeeper(principal.request())?;
        let subjects = subjects(user.email.as_str(), &ClientInfo::default());
        let (counted, found) = self
            .look_up(&across, user.email.as_str(), &subjects)
            .await?;
        if !self.is_right(old, found.as_ref()).await? {
            return Err(AccessError::WrongCredentials);
        }
        let hash = self.passwords.hash(new).await?;
        let scope = principal.own_scope();
        let mut unit = self.store.begin_platform(&across).await?;
        self.forgive_attempt(unit.as_mut(), &across, &counted)
            .await?;
        unit.users().set_password_hash(scope, id, &hash).await?;
        let ended = unit.sessions().remove_all(scope, id, Some(session)).await?;
        let event = NewEvent::success("user.passwordChanged", "user", id)
            .with(json!({ "sessionsEnded": ended }));
        unit.audit().append(scope, event).await?;
        Ok(unit.commit().await?)
    }
}

/// Whether the password is still the one that was verified.
fn unchanged(now: &SignInName, found: Option<&SignInName>) -> bool {
    found.is_some_and(|found| found.password_hash == now.password_hash)
}
