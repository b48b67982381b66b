//! The members of the server's answers that commands show or need.
//!
//! Programs get what the server said, whole; so lists are kept as JSON beside what is read here.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One finding about a package or a request.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Finding {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<String>,
    pub code: String,
    pub message: String,
    /// The member of the manifest, the entry of the archive, or the field of the request.
    #[serde(default, alias = "field", skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

/// One page of a list.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Page {
    pub items: Vec<Value>,
    #[serde(default)]
    pub next_cursor: Option<String>,
}

/// Who a token belongs to.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SignedIn {
    pub csrf_token: String,
}

/// A token, with the secret that is shown once.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct IssuedToken {
    pub secret: String,
    pub token: Token,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Token {
    pub id: String,
    #[serde(default)]
    pub expires_at: Option<String>,
}

/// An upload on its way.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Upload {
    pub id: String,
    /// How many there will be.
    pub bytes: u64,
    /// How many bytes the server has.
    pub offset: u64,
    pub state: UploadState,
    /// The job that looks at it, once all bytes are there.
    #[serde(default, rename = "jobId", alias = "job")]
    pub job: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum UploadState {
    Receiving,
    Admitting,
    Admitted,
    Rejected,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Package {
    pub id: String,
    pub name: String,
    #[serde(rename = "type", alias = "packageType")]
    pub kind: String,
    #[serde(default)]
    pub latest_version: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PackageVersion {
    pub id: String,
    pub name: String,
    pub version: String,
    pub digest: String,
    pub bytes: u64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Artifact {
    pub id: String,
    #[serde(rename = "type", alias = "artifactType")]
    pub kind: String,
    pub name: String,
    pub version: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Job {
    pub id: String,
    pub kind: String,
    pub state: JobState,
    pub created_at: String,
    #[serde(default)]
    pub progress: Progress,
    #[serde(default)]
    pub result: Option<Value>,
    #[serde(default)]
    pub error: Option<JobFailure>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum JobState {
    Queued,
    Running,
    Succeeded,
    Failed,
    Cancelled,
}

impl JobState {
    pub(crate) fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled)
    }

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Progress {
    #[serde(default)]
    pub done: u64,
    #[serde(default)]
    pub total: Option<u64>,
    #[serde(default)]
    pub message: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct JobFailure {
    pub code: String,
    pub message: String,
    #[serde(default)]
    pub details: Value,
}

impl JobFailure {
    /// What was found wrong with a package, and how many findings there are in all; more than are listed, if very many.
    pub(crate) fn findings(&self) -> (Vec<Finding>, usize) {
        let listed = self.details.get("errors").unwrap_or(&self.details);
        let findings = Vec::<Finding>::deserialize(listed).unwrap_or_default();
        let total = self.details.get("total").and_then(Value::as_u64);
        let total = total.and_then(|total| usize::try_from(total).ok());
        let total = total.unwrap_or(findings.len());
        (findings, total)
    }
}
