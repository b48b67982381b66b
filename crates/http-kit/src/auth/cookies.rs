//! The cookies of the service.

use chrono::{DateTime, Utc};

use crate::caller::SESSION_COOKIE;

/// Ties a sign-in at an identity provider to the browser that began it.
pub(super) const OIDC_COOKIE: &str = "installhub_sign_in";

/// Sets the session.
pub(super) fn session(secret: &str, expires_at: DateTime<Utc>, secure: bool) -> String {
    let expires = expires_at.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    written(
        SESSION_COOKIE,
        secret,
        &format!("; Expires={expires}"),
        secure,
    )
}

/// Forgets the session.
pub(super) fn no_session(secure: bool) -> String {
    written(SESSION_COOKIE, "", "; Max-Age=0", secure)
}

/// Remembers a sign-in that has begun, for ten minutes.
pub(super) fn sign_in(secret: &str, secure: bool) -> String {
    written(OIDC_COOKIE, secret, "; Max-Age=600", secure)
}

/// Forgets a sign-in that has ended.
pub(super) fn no_sign_in(secure: bool) -> String {
    written(OIDC_COOKIE, "", "; Max-Age=0", secure)
}

/// Scripts never see our cookies. `Lax` rather than `Strict`: the way back from an identity provider comes from its site.
fn written(name: &str, value: &str, life: &str, secure: bool) -> String {
    let secure = if secure { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{life}{secure}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_hidden_from_scripts_and_ends() {
        let at = DateTime::from_timestamp(1_800_000_000, 0).expect("a time");
        assert_eq!(
            session("s3cret", at, true),
            "installhub_session=s3cret; Path=/; HttpOnly; SameSite=Lax; Expires=Fri, 15 Jan 2027 08:00:00 GMT; Secure"
        );
    }
}
