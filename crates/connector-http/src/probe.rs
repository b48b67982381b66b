//! Trying an HTTP endpoint out.

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use installhub_connections::{
    AddressRefused, ConnectionProbe, HttpAuthentication, HttpSettings, ProbeOutcome, ProbeReport,
    Settings,
};
use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use reqwest::{Method, Request, StatusCode};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use crate::{GuardedClient, GuardedError, Redirects};

/// Asks the endpoint for its address, and looks at the status alone.
#[derive(Debug, Clone)]
pub struct HttpProbe {
    client: GuardedClient,
}

impl HttpProbe {
    /// A probe that asks through `client`.
    pub fn new(client: GuardedClient) -> Self {
        Self { client }
    }

    async fn ask(&self, settings: &HttpSettings, secret: Option<&SecretString>) -> ProbeReport {
        let Some(request) = request(settings, secret) else {
            return ProbeReport::new(
                ProbeOutcome::Failed,
                "the secret cannot be sent: it has characters that a header may not have",
            );
        };
        // A redirect is not followed: the secret was given for this endpoint.
        match self.client.send(request, Redirects::Return).await {
            Ok(answer) => told(answer.status),
            // It answered, and what it answered is of no interest here.
            Err(GuardedError::TooLarge { .. }) => {
                ProbeReport::new(ProbeOutcome::Works, "the endpoint answered at length")
            }
            Err(error) => {
                let outcome = match error {
                    GuardedError::Refused(AddressRefused::Forbidden { .. }) => {
                        ProbeOutcome::Forbidden
                    }
                    _ => ProbeOutcome::Unreachable,
                };
                ProbeReport::new(outcome, error.to_string())
            }
        }
    }
}

fn told(status: StatusCode) -> ProbeReport {
    let outcome = match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => ProbeOutcome::Unauthorized,
        status if status.is_success() => ProbeOutcome::Works,
        _ => ProbeOutcome::Failed,
    };
    let mut message = format!("the endpoint answered with status {}", status.as_u16());
    if status.is_redirection() {
        message.push_str("; register the address that it redirects to");
    }
    ProbeReport::new(outcome, message)
}

/// The request; `None` when a header cannot take the secret.
fn request(settings: &HttpSettings, secret: Option<&SecretString>) -> Option<Request> {
    let mut request = Request::new(Method::GET, Url::parse(&settings.url).ok()?);
    let secret = secret.map_or("", |secret| secret.expose_secret());
    let (name, value) = match &settings.authentication {
        HttpAuthentication::None => return Some(request),
        HttpAuthentication::Bearer => (AUTHORIZATION, format!("Bearer {secret}")),
        HttpAuthentication::Basic { user } => {
            let credentials = STANDARD.encode(format!("{user}:{secret}"));
            (AUTHORIZATION, format!("Basic {credentials}"))
        }
        HttpAuthentication::Header { header } => {
            (HeaderName::try_from(header).ok()?, secret.to_owned())
        }
    };
    let mut value = HeaderValue::try_from(value).ok()?;
    value.set_sensitive(true);
    request.headers_mut().insert(name, value);
    Some(request)
}

#[async_trait]
impl ConnectionProbe for HttpProbe {
    async fn probe(&self, settings: &Settings, secret: Option<&SecretString>) -> ProbeReport {
        match settings {
            Settings::Http(settings) => self.ask(settings, secret).await,
            Settings::PostgreSql(_) | Settings::S3(_) => {
                ProbeReport::new(ProbeOutcome::Failed, "this is no HTTP endpoint")
            }
        }
    }
}
