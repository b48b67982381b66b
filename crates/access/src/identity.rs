//! Signing in by somebody else who knows the person: the port to an identity provider.

use std::error::Error;
use std::fmt;

use async_trait::async_trait;

use crate::SignedIn;

/// Somebody who can say who a person is: a provider of `OpenID Connect`, spoken to by the authorization code flow with PKCE.
#[async_trait]
pub trait IdentityProvider: Send + Sync {
    /// What people call it, such as `Company login`.
    fn name(&self) -> &str;

    /// Begins: where to send the browser, and what has to be remembered until it comes back. Every call returns fresh secrets.
    async fn authorization(&self) -> Result<AuthorizationStart, IdentityError>;

    /// Redeems the code with which the browser came back.
    ///
    /// Checks everything that came with it: signature, issuer, audience, times and the nonce of `start`.
    async fn exchange(
        &self,
        code: &str,
        start: &AuthorizationStart,
    ) -> Result<Identity, IdentityError>;
}

/// A sign-in that has begun.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthorizationStart {
    /// Where to send the browser.
    pub url: String,
    /// Comes back with the browser; at least 128 random bits.
    pub state: String,
    /// Comes back within the signed answer.
    pub nonce: String,
    /// What proves to the provider that the code is redeemed by who asked for it.
    pub pkce_verifier: String,
}

impl fmt::Debug for AuthorizationStart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuthorizationStart { .. }")
    }
}

/// A person as the provider knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Who says so: the provider's issuer URL.
    pub issuer: String,
    /// The person's id at the provider, which never changes and is never given to another.
    pub subject: String,
    /// Their address, if the provider tells.
    pub email: Option<String>,
    /// Whether the provider has made sure that the address is theirs.
    pub email_verified: bool,
    /// Their name, if the provider tells.
    pub name: Option<String>,
}

/// Why signing in by an identity provider failed.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// None is configured.
    #[error("no identity provider is configured")]
    NotConfigured,
    /// The sign-in was not begun here, was begun too long ago, or has been finished already.
    #[error(
        "this sign-in was not begun in this browser within the last 10 minutes, or has been finished already"
    )]
    UnknownStart,
    /// The provider does not answer.
    #[error("the identity provider cannot be reached: {attempted}")]
    Unavailable {
        /// What was attempted.
        attempted: String,
        /// What went wrong.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The provider refused the code, or its answer cannot be believed.
    #[error("the identity provider's answer cannot be accepted: {0}")]
    Rejected(String),
    /// The provider knows the person, but they are no user here.
    #[error(
        "nobody here has this identity: an administrator has to create a user with its verified e-mail address first"
    )]
    UnknownPerson,
}

/// What a browser needs to begin.
#[derive(Clone, PartialEq, Eq)]
pub struct OidcStart {
    /// Where to send it.
    pub url: String,
    /// The value of a short-lived `HttpOnly` cookie that ties the sign-in to this browser.
    pub state_cookie: String,
}

impl fmt::Debug for OidcStart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OidcStart { .. }")
    }
}

/// Somebody who has just signed in by an identity provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OidcSignedIn {
    /// The session.
    pub signed_in: SignedIn,
    /// The page from which the sign-in was begun: a path of this service.
    pub return_to: String,
}
