//! The configuration: one set of typed values, whatever layer each came from.

mod checks;
mod layers;
mod secret;
mod shown;

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use layers::{Layers, SettingsError};
pub use secret::Secret;
pub use shown::ShownSetting;

/// Everything that can be configured. Zero configuration starts on SQLite and a local folder.
///
/// Names in a file are `section.key`, in the environment `INSTALLHUB_SECTION__KEY`, on the command line `--set section.key=value`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Where and how the services listen.
    pub server: ServerSettings,
    /// The service's own memory.
    pub database: DatabaseSettings,
    /// Where packages, uploads and snapshots lie.
    pub storage: StorageSettings,
    /// Signing in.
    pub access: AccessSettings,
    /// Signing in through an OpenID Connect provider.
    pub oidc: OidcSettings,
    /// Keys of the service.
    pub keys: KeySettings,
    /// Background work.
    pub jobs: JobSettings,
    /// Requests that the service sends to others.
    pub outgoing: OutgoingSettings,
    /// What the service says of itself.
    pub telemetry: TelemetrySettings,
}

/// Where and how the services listen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ServerSettings {
    /// Address and port; port 0 takes any free one.
    pub listen: SocketAddr,
    /// How the service is reached from outside, as in links it hands out; the listening address otherwise.
    pub public_url: Option<String>,
    /// Origins of web pages that may call the service; none by default.
    pub cors_origins: Vec<String>,
    /// Seconds until a request that is not a stream is given up.
    pub request_timeout_seconds: u64,
    /// Seconds that running requests and jobs get when the service is told to stop.
    pub shutdown_seconds: u64,
    /// The largest JSON body, in bytes.
    pub max_json_bytes: u64,
    /// The largest package, in bytes.
    pub max_package_bytes: u64,
    /// Requests of one tenant that this process answers at once; more are told to come back.
    pub max_concurrent_requests: usize,
    /// Requests a minute for each user or token.
    pub requests_per_minute_per_user: u32,
    /// Requests a minute for each tenant.
    pub requests_per_minute_per_tenant: u32,
    /// Requests a minute from each address that has not signed in.
    pub requests_per_minute_per_address: u32,
    /// Whether a proxy in front says in `X-Forwarded-For` and `X-Forwarded-Proto` who calls.
    pub behind_proxy: bool,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_url: None,
            cors_origins: Vec::new(),
            request_timeout_seconds: 30,
            shutdown_seconds: 20,
            max_json_bytes: 1024 * 1024,
            max_package_bytes: 2 * 1024 * 1024 * 1024,
            max_concurrent_requests: 512,
            requests_per_minute_per_user: 6_000,
            requests_per_minute_per_tenant: 30_000,
            requests_per_minute_per_address: 600,
            behind_proxy: false,
        }
    }
}

/// The service's own memory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DatabaseSettings {
    /// `postgres://…` as the role that serves (neither owner nor superuser); SQLite in the home folder otherwise.
    pub url: Option<Secret>,
    /// `postgres://…` as the role that owns the tables. With it, the service brings the schema up to date when it starts.
    pub migration_url: Option<Secret>,
    /// Connections that this process holds at the most.
    pub pool_size: u32,
}

impl Default for DatabaseSettings {
    fn default() -> Self {
        Self {
            url: None,
            migration_url: None,
            pool_size: 16,
        }
    }
}

/// Where packages, uploads and snapshots lie: a bucket when one is named, a folder otherwise.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct StorageSettings {
    /// A folder; `objects` in the home folder otherwise.
    pub folder: Option<PathBuf>,
    /// The bucket of an S3-compatible store.
    pub bucket: Option<String>,
    /// Where the store is, for stores other than Amazon's.
    pub endpoint: Option<String>,
    /// Its region; `auto` for R2.
    pub region: Option<String>,
    /// What all keys begin with.
    pub prefix: Option<String>,
    /// The key's name.
    pub access_key: Option<String>,
    /// The key's secret.
    pub secret_key: Option<Secret>,
    /// Whether the bucket stands in the path and not in the host's name.
    pub path_style: bool,
    /// Whether the store may be spoken to without TLS.
    pub allow_http: bool,
}

/// Signing in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AccessSettings {
    /// Hours without a request after which a session ends.
    pub session_idle_hours: u32,
    /// Days after which a session ends in any case.
    pub session_days: u32,
    /// Whether browsers send the session's cookie over TLS only; by default when `server.public_url` is https.
    pub secure_cookie: Option<bool>,
}

impl Default for AccessSettings {
    fn default() -> Self {
        Self {
            session_idle_hours: 12,
            session_days: 30,
            secure_cookie: None,
        }
    }
}

/// Signing in through an OpenID Connect provider; off while there is no issuer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct OidcSettings {
    /// The provider's issuer URL.
    pub issuer: Option<String>,
    /// This service at the provider.
    pub client_id: Option<String>,
    /// And its secret.
    pub client_secret: Option<Secret>,
}

/// Keys of the service. Without them, keys are made in the home folder at the first start; several machines need the same ones.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct KeySettings {
    /// Seals secrets of connections: `id:base64[,id:base64…]` of 32 bytes each; the first seals, the others still open.
    pub sealing: Option<Secret>,
    /// Signs download tickets: base64 of 32 bytes.
    pub tickets: Option<Secret>,
    /// Signs checkpoints of the audit log: an Ed25519 key as PKCS#8 PEM.
    pub audit: Option<Secret>,
    /// Public keys that signed checkpoints before that one, as PEM, one behind the other.
    pub audit_former: Option<String>,
}

/// Background work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct JobSettings {
    /// Jobs that this process runs at once; 0 leaves them to other processes.
    pub workers: u32,
    /// Seconds without a sign of life after which another worker takes a job over; 30 on PostgreSQL, 120 on SQLite, where a
    /// sign of life waits for whoever writes.
    pub lease_seconds: Option<u32>,
}

impl Default for JobSettings {
    fn default() -> Self {
        Self {
            workers: 4,
            lease_seconds: None,
        }
    }
}

/// Requests that the service sends to others.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct OutgoingSettings {
    /// Networks (`10.1.0.0/16`) and hosts that may be reached although they are not public.
    pub allow: Vec<String>,
}

/// What the service says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TelemetrySettings {
    /// What is logged: `info`, or directives such as `warn,installhub=debug`.
    pub log: String,
    /// `json` for programs, `text` for people.
    pub log_format: LogFormat,
    /// Where traces go, as OTLP over HTTP: `http://collector:4318`; nowhere otherwise.
    pub otlp_endpoint: Option<String>,
}

impl Default for TelemetrySettings {
    fn default() -> Self {
        Self {
            log: "info".to_owned(),
            log_format: LogFormat::Json,
            otlp_endpoint: None,
        }
    }
}

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One JSON object.
    Json,
    /// Words.
    Text,
}
