//! Trying a bucket out.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt as _;
use installhub_connections::{
    AddressGuard, AddressRefused, ConnectionProbe, ProbeOutcome, ProbeReport, S3Settings, Settings,
};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::client::{HttpClient, HttpConnector};
use object_store::path::Path;
use object_store::{ClientOptions, ObjectStore as _, ObjectStoreExt as _, RetryConfig};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::time::timeout;
use url::{Host, Url};

use crate::cause::in_words;

/// How long a trial may take.
const PATIENCE: Duration = Duration::from_secs(8);

/// Asks a bucket for the first of its objects.
///
/// The client behind it resolves names through the guard, follows no redirects and knows no proxies.
pub struct S3Probe {
    guard: Arc<dyn AddressGuard>,
}

impl S3Probe {
    /// A probe that goes where `guard` lets it.
    pub fn new(guard: Arc<dyn AddressGuard>) -> Self {
        Self { guard }
    }

    async fn attempt(&self, settings: &S3Settings, secret: &SecretString) -> ProbeReport {
        if let Err(refused) = self.check_endpoint(settings).await {
            return told_refused(&refused);
        }
        let prefix = Path::parse(&settings.prefix).ok();
        let store = match self.store(settings, secret) {
            Ok(store) => store,
            Err(error) => return told(&error),
        };
        // One page of the list is asked for, however many there are.
        match store.list(prefix.as_ref()).next().await {
            None | Some(Ok(_)) => {
                ProbeReport::new(ProbeOutcome::Works, "the bucket lists its objects")
            }
            // Why a list is refused the client does not tell; of a single object it does.
            Some(Err(object_store::Error::Generic { .. })) => {
                let nothing = Path::from_iter(["installhub-connection-test"]);
                match store.head(&nothing).await {
                    Ok(_) => ProbeReport::new(ProbeOutcome::Failed, "the bucket lists no objects"),
                    Err(error) => told(&error),
                }
            }
            Some(Err(error)) => told(&error),
        }
    }

    /// Judges the endpoint before anything is sent: an address in place of a name is never resolved.
    async fn check_endpoint(&self, settings: &S3Settings) -> Result<(), AddressRefused> {
        let Some(url) = settings
            .endpoint
            .as_deref()
            .and_then(|text| Url::parse(text).ok())
        else {
            return Ok(());
        };
        let host = match url.host() {
            Some(Host::Ipv4(address)) => address.to_string(),
            Some(Host::Ipv6(address)) => address.to_string(),
            Some(Host::Domain(name)) => name.to_owned(),
            None => String::new(),
        };
        let port = url.port_or_known_default().unwrap_or(443);
        self.guard.permitted(&host, port).await.map(drop)
    }

    fn store(
        &self,
        settings: &S3Settings,
        secret: &SecretString,
    ) -> Result<AmazonS3, object_store::Error> {
        let retry = RetryConfig {
            max_retries: 0,
            ..RetryConfig::default()
        };
        let builder = AmazonS3Builder::new()
            .with_http_connector(GuardedConnector(Arc::clone(&self.guard)))
            .with_client_options(ClientOptions::new().with_allow_http(true))
            .with_retry(retry)
            .with_region(&settings.region)
            .with_bucket_name(&settings.bucket)
            .with_access_key_id(&settings.access_key)
            .with_secret_access_key(secret.expose_secret())
            .with_virtual_hosted_style_request(!settings.path_style);
        match &settings.endpoint {
            Some(endpoint) => builder.with_endpoint(endpoint).build(),
            None => builder.build(),
        }
    }
}

#[async_trait]
impl ConnectionProbe for S3Probe {
    async fn probe(&self, settings: &Settings, secret: Option<&SecretString>) -> ProbeReport {
        let (Settings::S3(settings), Some(secret)) = (settings, secret) else {
            return ProbeReport::new(ProbeOutcome::Failed, "this is no bucket with a secret");
        };
        match timeout(PATIENCE, self.attempt(settings, secret)).await {
            Ok(report) => report,
            Err(_) => ProbeReport::new(
                ProbeOutcome::Unreachable,
                format!("there was no answer within {} seconds", PATIENCE.as_secs()),
            ),
        }
    }
}

/// Connects through the guard.
struct GuardedConnector(Arc<dyn AddressGuard>);

impl fmt::Debug for GuardedConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GuardedConnector")
    }
}

impl HttpConnector for GuardedConnector {
    fn connect(&self, _options: &ClientOptions) -> Result<HttpClient, object_store::Error> {
        let client = reqwest::Client::builder()
            .dns_resolver(Arc::new(GuardedNames(Arc::clone(&self.0))))
            .no_proxy()
            .redirect(Policy::none())
            .build()
            .map_err(|error| object_store::Error::Generic {
                store: "bucket",
                source: error.into(),
            })?;
        Ok(HttpClient::new(client))
    }
}

/// Resolves names to addresses that the guard has judged.
struct GuardedNames(Arc<dyn AddressGuard>);

impl Resolve for GuardedNames {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = Arc::clone(&self.0);
        Box::pin(async move {
            // The client puts in the port of the address.
            let permitted = guard.permitted(name.as_str(), 0).await?;
            Ok(Box::new(permitted.into_iter()) as Addrs)
        })
    }
}

fn told_refused(refused: &AddressRefused) -> ProbeReport {
    let outcome = match refused {
        AddressRefused::Forbidden { .. } => ProbeOutcome::Forbidden,
        AddressRefused::Unknown { .. } => ProbeOutcome::Unreachable,
    };
    ProbeReport::new(outcome, refused.to_string())
}

fn told(error: &object_store::Error) -> ProbeReport {
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        if let Some(refused) = inner.downcast_ref::<AddressRefused>() {
            return told_refused(refused);
        }
        source = inner.source();
    }
    let outcome = match error {
        object_store::Error::PermissionDenied { .. }
        | object_store::Error::Unauthenticated { .. } => ProbeOutcome::Unauthorized,
        object_store::Error::NotFound { .. } => ProbeOutcome::Failed,
        _ if crate::cause::is_silence(error) => ProbeOutcome::Unreachable,
        _ => ProbeOutcome::Failed,
    };
    let message = match error {
        object_store::Error::NotFound { .. } => "there is no such bucket",
        other => in_words(other),
    };
    ProbeReport::new(outcome, message)
}
