//! Trying a connection out.

use std::sync::Arc;

use async_trait::async_trait;
use secrecy::SecretString;
use serde::Serialize;

use crate::{ConnectionKind, Settings};

/// How a trial went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ProbeOutcome {
    /// It answered and took the secret.
    Works,
    /// The service does not connect there.
    Forbidden,
    /// Nobody answered in time.
    Unreachable,
    /// It answered and did not take the secret.
    Unauthorized,
    /// It answered something else than expected.
    Failed,
}

impl ProbeOutcome {
    /// The outcome as written in answers and events.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Works => "works",
            Self::Forbidden => "forbidden",
            Self::Unreachable => "unreachable",
            Self::Unauthorized => "unauthorized",
            Self::Failed => "failed",
        }
    }
}

/// What came of a trial. It never holds a secret, nor what the other side said in full.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProbeReport {
    /// How it went.
    pub outcome: ProbeOutcome,
    /// What was found, for people.
    pub message: String,
}

impl ProbeReport {
    /// A report.
    pub fn new(outcome: ProbeOutcome, message: impl Into<String>) -> Self {
        Self {
            outcome,
            message: message.into(),
        }
    }
}

/// Tries connections out, each trial within some seconds. A connection that does not work is a report and no error.
#[async_trait]
pub trait ConnectionProbe: Send + Sync {
    /// Connects, shows the secret, changes nothing, and says how it went.
    async fn probe(&self, settings: &Settings, secret: Option<&SecretString>) -> ProbeReport;
}

/// One probe for each kind.
pub struct ProbeByKind {
    /// For PostgreSQL databases.
    pub postgresql: Arc<dyn ConnectionProbe>,
    /// For HTTP endpoints.
    pub http: Arc<dyn ConnectionProbe>,
    /// For buckets.
    pub s3: Arc<dyn ConnectionProbe>,
}

#[async_trait]
impl ConnectionProbe for ProbeByKind {
    async fn probe(&self, settings: &Settings, secret: Option<&SecretString>) -> ProbeReport {
        let probe = match settings.kind() {
            ConnectionKind::PostgreSql => &self.postgresql,
            ConnectionKind::Http => &self.http,
            ConnectionKind::S3 => &self.s3,
        };
        probe.probe(settings, secret).await
    }
}
