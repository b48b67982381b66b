//! What requests and answers about artifacts look like.

use std::borrow::Cow;
use std::collections::BTreeMap;

use installhub_artifact::{Json, to_compact_string};
use installhub_catalog::{
    ArtifactRecord, ArtifactSummary, ArtifactVersionSummary, NewArtifact, NewArtifactVersion,
};
use installhub_http_kit::{Text, Timestamp};
use poem_openapi::Object;
use poem_openapi::registry::{MetaSchemaRef, Registry};
use poem_openapi::types::{ToJSON, Type};
use serde_json::Value;

/// A document as the description of the API shows it.
type Document = BTreeMap<String, Value>;

/// An artifact to be.
#[derive(Object)]
#[oai(rename = "NewArtifact", rename_all = "camelCase")]
pub(super) struct ArtifactInput {
    #[oai(flatten)]
    header: ArtifactInputHeader,
    /// The document, kept with its numbers as they are written. What it says about itself must not contradict the other
    /// members.
    content: Document,
}

/// The members of an artifact to be, but for its document.
#[derive(Object)]
#[oai(rename_all = "camelCase")]
pub(super) struct ArtifactInputHeader {
    /// A name of the type catalogue, such as `AtlasForm`.
    #[oai(rename = "type")]
    artifact_type: Text,
    /// What people call it.
    #[oai(validator(min_length = 1, max_length = 200))]
    name: Text,
    /// Without it one is made.
    #[oai(validator(min_length = 1, max_length = 128))]
    id: Option<Text>,
    /// SemVer; without it what the document says, or 1.0.0.
    version: Option<Text>,
}

impl ArtifactInputHeader {
    pub(super) fn with(self, content: Json) -> NewArtifact {
        NewArtifact {
            artifact_type: self.artifact_type.into(),
            name: self.name.into(),
            id: self.id.map(Into::into),
            version: self.version.map(Into::into),
            content,
        }
    }
}

/// The next version of an artifact.
#[derive(Object)]
#[oai(rename = "NewArtifactVersion", rename_all = "camelCase")]
pub(super) struct VersionInput {
    #[oai(flatten)]
    header: VersionInputHeader,
    /// The document, kept with its numbers as they are written.
    content: Document,
}

/// The members of the next version of an artifact, but for its document.
#[derive(Object)]
#[oai(rename_all = "camelCase")]
pub(super) struct VersionInputHeader {
    /// Without it the name stays.
    #[oai(validator(min_length = 1, max_length = 200))]
    name: Option<Text>,
    /// SemVer, greater than the current version.
    version: Text,
}

impl VersionInputHeader {
    pub(super) fn with(self, content: Json) -> NewArtifactVersion {
        NewArtifactVersion {
            name: self.name.map(Into::into),
            version: self.version.into(),
            content,
        }
    }
}

/// An artifact without its document.
#[derive(Object)]
#[oai(rename = "ArtifactSummary", rename_all = "camelCase")]
pub(super) struct SummaryView {
    /// The id, unique in the tenant.
    id: String,
    /// The type.
    #[oai(rename = "type")]
    artifact_type: String,
    /// What people call it.
    name: String,
    /// The current version, in SemVer.
    version: String,
    /// SHA-256 over the canonical document.
    digest: String,
    /// When it was made.
    created_at: Timestamp,
    /// By whom.
    created_by: String,
    /// When it last changed.
    updated_at: Timestamp,
    /// By whom.
    updated_by: String,
    /// Counts changes from 1.
    revision: u64,
}

impl From<ArtifactSummary> for SummaryView {
    fn from(summary: ArtifactSummary) -> Self {
        Self {
            id: summary.id,
            artifact_type: summary.artifact_type.to_string(),
            name: summary.name,
            version: summary.version.to_string(),
            digest: summary.digest.to_string(),
            created_at: summary.created_at.into(),
            created_by: summary.created_by,
            updated_at: summary.updated_at.into(),
            updated_by: summary.updated_by,
            revision: summary.revision,
        }
    }
}

/// A version of an artifact.
#[derive(Object)]
#[oai(rename = "ArtifactVersion", rename_all = "camelCase")]
pub(super) struct VersionView {
    /// SemVer.
    version: String,
    /// The artifact's name in that version.
    name: String,
    /// SHA-256 over the canonical document.
    digest: String,
    /// When it was written.
    written_at: Timestamp,
    /// By whom.
    written_by: String,
    /// The artifact's revision at that time.
    revision: u64,
}

impl From<ArtifactVersionSummary> for VersionView {
    fn from(version: ArtifactVersionSummary) -> Self {
        Self {
            version: version.version.to_string(),
            name: version.name,
            digest: version.digest.to_string(),
            written_at: version.written_at.into(),
            written_by: version.written_by,
            revision: version.revision,
        }
    }
}

/// An artifact with its document, as the description of the API shows it.
#[derive(Object)]
#[oai(rename = "Artifact", rename_all = "camelCase")]
struct ArtifactShape {
    #[oai(flatten)]
    summary: SummaryView,
    /// The document, with its numbers as they were written.
    content: Document,
}

/// An artifact with its document. The framework's JSON would change numbers, so the document is written by itself.
pub(super) struct ArtifactView {
    summary: SummaryView,
    content: Json,
}

impl From<ArtifactRecord> for ArtifactView {
    fn from(record: ArtifactRecord) -> Self {
        Self {
            summary: record.summary.into(),
            content: record.content,
        }
    }
}

impl Type for ArtifactView {
    const IS_REQUIRED: bool = true;

    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> Cow<'static, str> {
        ArtifactShape::name()
    }

    fn schema_ref() -> MetaSchemaRef {
        ArtifactShape::schema_ref()
    }

    fn register(registry: &mut Registry) {
        ArtifactShape::register(registry);
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
        Box::new(std::iter::once(self))
    }
}

impl ToJSON for ArtifactView {
    fn to_json(&self) -> Option<Value> {
        serde_json::from_str(&self.to_json_string()).ok()
    }

    fn to_json_string(&self) -> String {
        let mut text = self.summary.to_json_string();
        text.pop();
        text.push_str(",\"content\":");
        text.push_str(&to_compact_string(&self.content));
        text.push('}');
        text
    }
}
