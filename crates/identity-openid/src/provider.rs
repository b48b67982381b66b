//! The port's two steps: sending the browser away, and believing what it comes back with.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use installhub_access::{
    AuthorizationStart, Identity, IdentityError, IdentityProvider, SecretSource,
};
use installhub_connector_http::GuardedClient;
use installhub_kernel::Clock;
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreClientAuthMethod, CoreGenderClaim, CoreIdToken,
    CoreProviderMetadata, CoreTokenResponse,
};
use openidconnect::{
    AccessTokenHash, AuthType, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret,
    CsrfToken, EmptyAdditionalClaims, EndpointMaybeSet, EndpointNotSet, EndpointSet, IdTokenClaims,
    Nonce, OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl,
    RequestTokenError, Scope, SignatureVerificationError, TokenResponse as _, UserInfoClaims,
};
use secrecy::ExposeSecret as _;

use crate::claims::{completed, identity};
use crate::discovery::Discovery;
use crate::transport::{TransportError, send};
use crate::{OpenIdSettings, OpenIdSettingsError};

/// Random bytes of a state, a nonce and a verifier.
const RANDOM_BYTES: usize = 32;

/// A client for what the provider has said about itself.
type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// Signs people in at an OpenID Connect provider.
pub struct OpenIdProvider {
    settings: OpenIdSettings,
    redirect_url: RedirectUrl,
    discovery: Discovery,
    client: GuardedClient,
    clock: Arc<dyn Clock>,
    random: Arc<dyn SecretSource>,
}

impl OpenIdProvider {
    /// A provider that is spoken to through `client`. It is not asked anything yet, so that the service starts without it.
    pub fn new(
        settings: OpenIdSettings,
        client: GuardedClient,
        clock: Arc<dyn Clock>,
        random: Arc<dyn SecretSource>,
    ) -> Result<Self, OpenIdSettingsError> {
        let (issuer, redirect_url) = settings.checked()?;
        Ok(Self {
            discovery: Discovery::new(issuer, client.clone(), Arc::clone(&clock)),
            settings,
            redirect_url,
            client,
            clock,
            random,
        })
    }

    fn secret(&self) -> String {
        let mut bytes = [0; RANDOM_BYTES];
        self.random.fill(&mut bytes);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn client_for(&self, metadata: &CoreProviderMetadata) -> Client {
        let settings = &self.settings;
        let secret = settings.client_secret.as_ref();
        let secret = secret.map(|secret| ClientSecret::new(secret.expose_secret().to_owned()));
        let client_id = ClientId::new(settings.client_id.clone());
        let client = CoreClient::from_provider_metadata(metadata.clone(), client_id, secret)
            .set_redirect_uri(self.redirect_url.clone());
        // The header is what holds where a provider says nothing; some take the secret in the form only.
        let ways = metadata.token_endpoint_auth_methods_supported();
        let takes = |way| ways.is_none_or(|ways| ways.contains(&way));
        if !takes(CoreClientAuthMethod::ClientSecretBasic)
            && takes(CoreClientAuthMethod::ClientSecretPost)
        {
            client.set_auth_type(AuthType::RequestBody)
        } else {
            client
        }
    }

    async fn redeem(
        &self,
        client: &Client,
        code: &str,
        start: &AuthorizationStart,
    ) -> Result<CoreTokenResponse, IdentityError> {
        let http = |request| send(self.client.clone(), request);
        client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .map_err(|error| rejected(error.to_string()))?
            .set_pkce_verifier(PkceCodeVerifier::new(start.pkce_verifier.clone()))
            .request_async(&http)
            .await
            .map_err(|error| match error {
                RequestTokenError::ServerResponse(answer) => rejected(format!(
                    "it refused the code ({})",
                    answer.error().as_ref().escape_debug()
                )),
                RequestTokenError::Request(error) => unavailable("redeeming the code", error),
                RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
                    rejected("it did not answer with tokens")
                }
            })
    }

    /// Judges the ID token. When it was signed with a key that is not known yet, the provider is asked once for its keys.
    async fn judge(
        &self,
        metadata: Arc<CoreProviderMetadata>,
        answer: &CoreTokenResponse,
        nonce: &Nonce,
    ) -> Result<IdTokenClaims<EmptyAdditionalClaims, CoreGenderClaim>, IdentityError> {
        let token = answer
            .id_token()
            .ok_or_else(|| rejected("it sent no ID token"))?;
        let mut verdict = self.verdict(&self.client_for(&metadata), token, answer, nonce);
        if verdict.as_ref().is_err_and(is_unknown_key)
            && let Some(newer) = self.discovery.newer_than(&metadata).await?
        {
            verdict = self.verdict(&self.client_for(&newer), token, answer, nonce);
        }
        verdict.map_err(|error| rejected(error.to_string()))
    }

    fn verdict(
        &self,
        client: &Client,
        token: &CoreIdToken,
        answer: &CoreTokenResponse,
        nonce: &Nonce,
    ) -> Result<IdTokenClaims<EmptyAdditionalClaims, CoreGenderClaim>, ClaimsVerificationError>
    {
        let verifier = client.id_token_verifier().set_time_fn(|| self.clock.now());
        let claims = token.claims(&verifier, nonce)?;
        if let Some(expected) = claims.access_token_hash() {
            let other =
                |error: &dyn fmt::Display| ClaimsVerificationError::Other(error.to_string());
            let algorithm = token.signing_alg().map_err(|error| other(&error))?;
            let key = token
                .signing_key(&verifier)
                .map_err(ClaimsVerificationError::SignatureVerification)?;
            let found = AccessTokenHash::from_token(answer.access_token(), algorithm, key)
                .map_err(|error| other(&error))?;
            if found != *expected {
                return Err(other(
                    &"the access token is not the one that was signed for",
                ));
            }
        }
        Ok(claims.clone())
    }

    /// Asks for what the ID token leaves out; providers may tell the address there only.
    async fn complete(
        &self,
        client: &Client,
        answer: &CoreTokenResponse,
        identity: Identity,
        claims: &IdTokenClaims<EmptyAdditionalClaims, CoreGenderClaim>,
    ) -> Result<Identity, IdentityError> {
        let asked = client.user_info(
            answer.access_token().clone(),
            Some(claims.subject().clone()),
        );
        // A provider without that place has told everything.
        let Ok(asked) = asked else {
            return Ok(identity);
        };
        let http = |request| send(self.client.clone(), request);
        let told: UserInfoClaims<EmptyAdditionalClaims, CoreGenderClaim> = asked
            .request_async(&http)
            .await
            .map_err(|error| match error {
                openidconnect::UserInfoError::Request(error) => {
                    unavailable("asking for the person's address", error)
                }
                other => rejected(other.to_string()),
            })?;
        Ok(completed(identity, &told))
    }
}

#[async_trait]
impl IdentityProvider for OpenIdProvider {
    fn name(&self) -> &str {
        &self.settings.name
    }

    async fn authorization(&self) -> Result<AuthorizationStart, IdentityError> {
        let metadata = self.discovery.metadata().await?;
        let (state, nonce) = (self.secret(), self.secret());
        let verifier = PkceCodeVerifier::new(self.secret());
        let client = self.client_for(&metadata);
        let scopes = self.settings.scopes.iter().cloned().map(Scope::new);
        let (url, state, nonce) = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                || CsrfToken::new(state),
                || Nonce::new(nonce),
            )
            .add_scopes(scopes)
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .url();
        Ok(AuthorizationStart {
            url: url.into(),
            state: state.into_secret(),
            nonce: nonce.secret().clone(),
            pkce_verifier: verifier.into_secret(),
        })
    }

    async fn exchange(
        &self,
        code: &str,
        start: &AuthorizationStart,
    ) -> Result<Identity, IdentityError> {
        let metadata = self.discovery.metadata().await?;
        let client = self.client_for(&metadata);
        let answer = self.redeem(&client, code, start).await?;
        let nonce = Nonce::new(start.nonce.clone());
        let claims = self.judge(metadata, &answer, &nonce).await?;
        let identity = identity(&claims);
        if identity.email.is_some() {
            return Ok(identity);
        }
        self.complete(&client, &answer, identity, &claims).await
    }
}

fn is_unknown_key(error: &ClaimsVerificationError) -> bool {
    matches!(
        error,
        ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey)
    )
}

fn rejected(why: impl Into<String>) -> IdentityError {
    IdentityError::Rejected(why.into())
}

fn unavailable(attempted: &str, error: TransportError) -> IdentityError {
    let source: Box<dyn Error + Send + Sync> = error.into();
    IdentityError::Unavailable {
        attempted: format!("{attempted} failed"),
        source,
    }
}

impl fmt::Debug for OpenIdProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OpenIdProvider({})", self.settings.issuer)
    }
}
