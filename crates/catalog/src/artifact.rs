//! Artifacts as the catalogue keeps them.

use chrono::{DateTime, Utc};
use installhub_artifact::{ArtifactType, Json};
use installhub_checksum::Digest;
use semver::Version;

/// An artifact that is to be made; nothing of it has been looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewArtifact {
    /// A name of the type catalogue, such as `AtlasForm`.
    pub artifact_type: String,
    /// 1 to 200 characters in one line.
    pub name: String,
    /// 1 to 128 characters of `A-Z a-z 0-9 . _ -`; `None` makes one that begins as ids of the type do.
    pub id: Option<String>,
    /// SemVer; `None` takes what the document says, or 1.0.0.
    pub version: Option<String>,
    /// The document: a JSON object. What it says about itself must not contradict the members above.
    pub content: Json,
}

/// The next version of an artifact; nothing of it has been looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewArtifactVersion {
    /// `None` keeps the name.
    pub name: Option<String>,
    /// SemVer, greater than the current version.
    pub version: String,
    /// The document: a JSON object.
    pub content: Json,
}

/// What every answer about an artifact says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtifactSummary {
    /// Its id, unique in the tenant.
    pub id: String,
    /// Its type.
    pub artifact_type: ArtifactType,
    /// Its name.
    pub name: String,
    /// Its current version.
    pub version: Version,
    /// SHA-256 over the canonical document.
    pub digest: Digest,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// By whom.
    pub created_by: String,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// By whom.
    pub updated_by: String,
    /// Counts changes from 1; what an edit expects.
    pub revision: u64,
}

/// An artifact with its whole document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtifactRecord {
    /// What it is.
    pub summary: ArtifactSummary,
    /// The document, with the envelope members set (package format 1.0, Artifact types).
    pub content: Json,
}

/// A version of an artifact: the current one, or one that was kept when the next came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtifactVersionSummary {
    /// The version.
    pub version: Version,
    /// The artifact's name in that version.
    pub name: String,
    /// SHA-256 over the canonical document.
    pub digest: Digest,
    /// When it was written.
    pub written_at: DateTime<Utc>,
    /// By whom.
    pub written_by: String,
    /// The artifact's revision at that time.
    pub revision: u64,
}

/// Which artifacts are wanted; what is `None` does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ArtifactFilter {
    /// Of this type.
    pub artifact_type: Option<ArtifactType>,
    /// Whose name contains this, whatever the case.
    pub name: Option<String>,
    /// In which order.
    pub order: ArtifactOrder,
}

/// The order of a list of artifacts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ArtifactOrder {
    /// The one that changed last comes first.
    #[default]
    UpdatedAt,
    /// By name, whatever the case.
    Name,
}

impl ArtifactRecord {
    /// This version as the list of versions shows it.
    pub fn as_version(&self) -> ArtifactVersionSummary {
        let summary = &self.summary;
        ArtifactVersionSummary {
            version: summary.version.clone(),
            name: summary.name.clone(),
            digest: summary.digest,
            written_at: summary.updated_at,
            written_by: summary.updated_by.clone(),
            revision: summary.revision,
        }
    }
}
