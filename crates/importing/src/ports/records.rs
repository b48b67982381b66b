//! What is remembered of imports and installations.

use chrono::{DateTime, Utc};
use installhub_artifact::{ArtifactType, Json, JsonError, parse, to_compact_string};
use installhub_checksum::Digest;
use installhub_kernel::{Actor, ImportId, InstallationId, SnapshotId};
use semver::Version;
use serde::{Deserialize, Serialize};

use super::{Fingerprint, TargetKind};
use crate::state::ImportState;

/// How far the work on the target has come, written before each step so that another process can settle the import
/// after a crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum JournalPhase {
    /// The target has not been opened for writing.
    Planned,
    /// The snapshot is being taken; the target is untouched.
    Snapshotting,
    /// Handlers run inside the target's transaction.
    Applying,
    /// The state afterwards is recorded and the target's transaction is about to commit.
    Committing,
    /// The target has committed and the import is recorded.
    Recorded,
    /// A snapshot is being put back.
    RollingBack,
}

/// One import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportRecord {
    /// Its id.
    pub id: ImportId,
    /// The package's name.
    pub package_name: String,
    /// The package's version.
    pub package_version: Version,
    /// The manifest's package id.
    pub package_id: String,
    /// SHA-256 over the manifest's bytes, which pin every artifact.
    pub package_digest: Digest,
    /// Store or database.
    pub target_kind: TargetKind,
    /// [`ImportTarget::identity`](super::ImportTarget::identity).
    pub target: String,
    /// One of the eight states.
    pub state: ImportState,
    /// How far the work on the target has come.
    pub phase: JournalPhase,
    /// Who asked for it.
    pub actor: Actor,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// The plan as it was confirmed ([`crate::ImportPlan`] as JSON).
    pub plan: Option<Json>,
    /// The target before; set with [`JournalPhase::Applying`], for a store when it ends.
    pub before: Option<Fingerprint>,
    /// The target afterwards; set with [`JournalPhase::Committing`], for a store when it completes.
    pub after: Option<Fingerprint>,
    /// The snapshot taken before.
    pub snapshot: Option<SnapshotId>,
    /// The installation to be recorded; set with [`JournalPhase::Committing`].
    pub outcome: Option<InstallationRecord>,
    /// Why it failed.
    pub error: Option<String>,
}

/// One move from state to state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Transition {
    /// `None` for the first.
    pub from: Option<ImportState>,
    /// The state entered.
    pub to: ImportState,
    /// When.
    pub at: DateTime<Utc>,
    /// Why, for a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Whether an installation is the one in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum InstallationStatus {
    /// This is what is installed.
    Active,
    /// A later import of the same package took its place.
    Superseded,
    /// It was undone.
    RolledBack,
}

/// A package version as installed into one target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InstallationRecord {
    /// Its id.
    pub id: InstallationId,
    /// The import that made it.
    pub import: ImportId,
    /// The package's name.
    pub package_name: String,
    /// The package's version.
    pub package_version: Version,
    /// The manifest's package id.
    pub package_id: String,
    /// The target's identity.
    pub target: String,
    /// Whether it is in force.
    pub status: InstallationStatus,
    /// The installation whose place it took.
    pub supersedes: Option<InstallationId>,
    /// When.
    pub installed_at: DateTime<Utc>,
    /// By whom.
    pub installed_by: Actor,
    /// What came of every artifact.
    pub artifacts: Vec<InstalledArtifact>,
    /// References allowed to point nowhere for now.
    pub open_references: Vec<OpenReference>,
}

/// What came of one artifact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InstalledArtifact {
    /// Its type.
    pub artifact_type: ArtifactType,
    /// Its id in the package.
    pub source_id: String,
    /// Its id in the target.
    pub target_id: String,
    /// Its name as installed.
    pub name: String,
    /// The digest of the package's file.
    pub hash: Digest,
    /// The incoming document as installed (references rewritten): the base of the next three-way merge. None for tables and
    /// their rows, which are compared directly.
    pub base: Option<BaseDocument>,
}

/// A document as text. An installation has one for every artifact, most of which nobody reads again; a tree of each would take
/// ten times the memory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BaseDocument(Box<str>);

impl BaseDocument {
    /// The text of a document; equal documents have equal texts.
    pub fn of(document: &Json) -> Self {
        Self(to_compact_string(document).into())
    }

    /// A text that was [`as_str`](Self::as_str) before; it is not looked at until somebody reads it.
    pub fn from_text(text: impl Into<Box<str>>) -> Self {
        Self(text.into())
    }

    /// The text, for keeping.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The document.
    pub fn read(&self) -> Result<Json, JsonError> {
        parse(self.0.as_bytes())
    }
}

/// A reference that pointed nowhere and was allowed to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OpenReference {
    /// The artifact that refers, by its id in the package.
    pub source_id: String,
    /// Where in it, as a JSON pointer.
    pub pointer: String,
    /// What it refers to.
    pub missing_id: String,
}
