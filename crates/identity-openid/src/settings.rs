//! What has to be known about a provider.

use openidconnect::{IssuerUrl, RedirectUrl};
use secrecy::SecretString;

/// A provider, and what it knows this service by.
#[derive(Debug, Clone)]
pub struct OpenIdSettings {
    /// What people call it.
    pub name: String,
    /// Its issuer URL, exactly as the provider writes it; `https` unless `allow_http`.
    pub issuer: String,
    /// The id that it gave to this service.
    pub client_id: String,
    /// The secret that it gave to this service; none for a public client, which PKCE protects.
    pub client_secret: Option<SecretString>,
    /// Where it sends browsers back to: the service's own address.
    pub redirect_url: String,
    /// What is asked for besides `openid`; `email` and `profile` unless told otherwise.
    pub scopes: Vec<String>,
    /// Whether a provider without encryption is accepted; for trying things out on one machine.
    pub allow_http: bool,
}

/// What is wrong with settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenIdSettingsError {
    /// The issuer is no usable address.
    #[error("the issuer '{0}' cannot be used: expected an address that begins with https://")]
    Issuer(String),
    /// The redirect address is none.
    #[error("'{0}' is no address to send browsers back to")]
    RedirectUrl(String),
    /// The client id is empty.
    #[error("the client id is empty")]
    ClientId,
}

impl OpenIdSettings {
    /// The usual scopes.
    pub fn usual_scopes() -> Vec<String> {
        vec!["email".to_owned(), "profile".to_owned()]
    }

    pub(crate) fn checked(&self) -> Result<(IssuerUrl, RedirectUrl), OpenIdSettingsError> {
        let bad_issuer = || OpenIdSettingsError::Issuer(self.issuer.clone());
        let issuer = IssuerUrl::new(self.issuer.clone()).map_err(|_| bad_issuer())?;
        match issuer.url().scheme() {
            "https" => {}
            "http" if self.allow_http => {}
            _ => return Err(bad_issuer()),
        }
        let redirect = RedirectUrl::new(self.redirect_url.clone())
            .map_err(|_| OpenIdSettingsError::RedirectUrl(self.redirect_url.clone()))?;
        if self.client_id.is_empty() {
            return Err(OpenIdSettingsError::ClientId);
        }
        Ok((issuer, redirect))
    }
}
