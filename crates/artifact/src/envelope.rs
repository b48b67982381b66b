//! The members every artifact document has (package format 1.0, Artifact types).

use semver::Version;

use crate::catalogue::{ArtifactType, UnknownType};
use crate::json::{Json, JsonRef, Object, to_canonical_bytes};
use crate::tree::Node;

/// The `_schemaVersion` of what is written.
pub(crate) const SCHEMA_VERSION: &str = "1.0";
/// The member that would make equal content differ: accepted, never written.
pub(crate) const EXPORTED_AT: &str = "_exportedAt";

/// An artifact: who it is, and its whole document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// Its type.
    pub artifact_type: ArtifactType,
    /// Its id, unique in a package.
    pub id: String,
    /// Its name, by which people know it.
    pub name: String,
    /// Its own version.
    pub version: Version,
    /// The full document, foreign members included. The envelope's members in it are set anew when it is written.
    pub content: Json,
}

/// A document that is no artifact.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// The document is not an object.
    #[error("found {0}, expected an artifact's JSON object")]
    NotAnObject(&'static str),
    /// A member is absent, blank or neither text nor number.
    #[error("the artifact has no member '{0}' that says something")]
    Missing(&'static str),
    /// `_type`, or without it `type`, is not in the catalogue.
    #[error(transparent)]
    UnknownType(#[from] UnknownType),
    /// `_version` is not a version.
    #[error("'{found}' is not a version: expected SemVer 2.0.0 in '_version'")]
    Version {
        /// What `_version` says.
        found: String,
        /// Why it is not a version.
        source: VersionError,
    },
}

/// Why a text is not a version; comparable, unlike the error it stands for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct VersionError(String);

/// What a document says about itself, as far as it says anything.
///
/// Numbers count as their lexemes. Blank texts count as nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity<'a> {
    /// `_type`, or without it `type`.
    pub artifact_type: Option<&'a str>,
    /// `id`
    pub id: Option<&'a str>,
    /// `name`
    pub name: Option<&'a str>,
    /// `_version`, or without it `version`.
    pub version: Option<&'a str>,
}

impl<'a> Identity<'a> {
    /// What `document` says about itself.
    pub fn of(document: &'a Json) -> Self {
        Self::read(document)
    }

    /// Like [`Identity::of`], for a borrowed tree.
    pub fn of_ref(document: &'a JsonRef<'_>) -> Self {
        Self::read(document)
    }

    fn read<N: Node>(document: &'a N) -> Self {
        let said = |key| {
            document
                .member(key)
                .and_then(Node::text_or_number)
                .filter(|text| !text.trim().is_empty())
        };
        Self {
            artifact_type: said("_type").or_else(|| said("type")),
            id: said("id"),
            name: said("name"),
            version: said("_version").or_else(|| said("version")),
        }
    }
}

impl Artifact {
    /// Reads an artifact from its document, which stays whole.
    ///
    /// Type and id must be there. A missing name is the id. A missing `_version`, or a `version` that is not SemVer and so a
    /// member of the type's own, is 1.0.0.
    pub fn from_json(content: Json) -> Result<Self, EnvelopeError> {
        if content.as_object().is_none() {
            return Err(EnvelopeError::NotAnObject(content.kind_name()));
        }
        let said = Identity::of(&content);
        let artifact_type = said
            .artifact_type
            .ok_or(EnvelopeError::Missing("_type"))?
            .parse()?;
        let id = said.id.ok_or(EnvelopeError::Missing("id"))?.to_owned();
        let name = said.name.unwrap_or(&id).to_owned();
        let version = version(&content, said.version)?;
        Ok(Self {
            artifact_type,
            id,
            name,
            version,
            content,
        })
    }

    /// The document as it is written: envelope set, `_exportedAt` dropped, all else as it is.
    ///
    /// Content that is not an object goes under the member `content`.
    pub fn to_json(&self) -> Json {
        let mut members = match &self.content {
            Json::Object(members) => members.clone(),
            other => Object::from_iter([("content", other.clone())]),
        };
        members.remove(EXPORTED_AT);
        let envelope = [
            ("_type", self.artifact_type.as_str()),
            ("_version", &self.version.to_string()),
            ("_schemaVersion", SCHEMA_VERSION),
            ("id", &self.id),
            ("name", &self.name),
        ];
        members.extend(envelope.map(|(key, value)| (key.to_owned(), value.into())));
        Json::Object(members)
    }

    /// The bytes of the artifact's file.
    pub fn canonical_bytes(&self) -> Vec<u8> {
        to_canonical_bytes(&self.to_json())
    }
}

/// The version a document states. A wrong `_version` is an error; a `version` that is none is somebody else's member.
pub(crate) fn version(document: &Json, said: Option<&str>) -> Result<Version, EnvelopeError> {
    const FIRST: Version = Version::new(1, 0, 0);
    let Some(said) = said else { return Ok(FIRST) };
    let is_ours = document
        .get("_version")
        .is_some_and(|own| own.text_or_number() == Some(said));
    match Version::parse(said) {
        Ok(version) => Ok(version),
        Err(_) if !is_ours => Ok(FIRST),
        Err(error) => {
            let found = said.chars().take(80).flat_map(char::escape_debug).collect();
            Err(EnvelopeError::Version {
                found,
                source: VersionError(error.to_string()),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::parse;

    fn read(text: &str) -> Result<Artifact, EnvelopeError> {
        Artifact::from_json(parse(text.as_bytes()).expect("strict JSON"))
    }

    #[test]
    fn both_spellings_of_the_envelope_are_read() {
        let ours = read(r#"{"_type":"AtlasForm","_version":"2.1.0","id":"form-1","name":"Form"}"#)
            .expect("ours");
        let plain = read(r#"{"type":"AtlasForm","version":"2.1.0","id":"form-1","name":"Form"}"#)
            .expect("plain");
        assert_eq!(
            (ours.artifact_type, &ours.id, &ours.name),
            (plain.artifact_type, &plain.id, &plain.name)
        );
        assert_eq!(ours.version, plain.version);
        let bare = read(r#"{"type":"Config","id":7}"#).expect("bare");
        assert_eq!(
            (bare.id.as_str(), bare.name.as_str(), bare.version),
            ("7", "7", Version::new(1, 0, 0))
        );
    }

    #[test]
    fn with_the_underscored_members_the_plain_ones_are_content() {
        let artifact =
            read(r#"{"_type":"Config","type":"smtp","version":3,"id":"c","name":"Mail"}"#)
                .expect("reads");
        assert_eq!(
            (artifact.artifact_type, artifact.version.to_string()),
            (ArtifactType::Config, "1.0.0".to_owned())
        );
        let written = artifact.to_json();
        assert_eq!(written.pointer("/type"), Some(&"smtp".into()));
        assert_eq!(written.pointer("/version"), Some(&3u64.into()));
    }

    #[test]
    fn what_cannot_be_told_is_an_error() {
        assert_eq!(read("[]"), Err(EnvelopeError::NotAnObject("an array")));
        assert_eq!(read(r#"{"id":"a"}"#), Err(EnvelopeError::Missing("_type")));
        assert_eq!(
            read(r#"{"_type":"View","id":"  "}"#),
            Err(EnvelopeError::Missing("id"))
        );
        let unknown = read(r#"{"_type":"view","id":"a"}"#).expect_err("names are exact");
        assert!(
            unknown
                .to_string()
                .starts_with("'view' is not an artifact type"),
            "{unknown}"
        );
        let version =
            read(r#"{"_type":"View","id":"a","_version":"1.0"}"#).expect_err("not SemVer");
        assert_eq!(
            version.to_string(),
            "'1.0' is not a version: expected SemVer 2.0.0 in '_version'"
        );
    }

    #[test]
    fn writing_sets_the_envelope_and_keeps_the_rest() {
        let text = r#"{"_exportedAt":"2026-01-01T00:00:00Z","type":"View","id":5,"x":{"n":1.0,"e":[],"z":null}}"#;
        let mut artifact = read(text).expect("reads");
        artifact.id = "view-9".to_owned();
        let written = concat!(
            "{\n  \"_schemaVersion\": \"1.0\",\n  \"_type\": \"View\",\n  \"_version\": \"1.0.0\",\n  \"id\": \"view-9\",\n",
            "  \"name\": \"5\",\n  \"type\": \"View\",\n  \"x\": {\n    \"e\": [],\n    \"n\": 1.0,\n    \"z\": null\n  }\n}\n"
        );
        assert_eq!(
            String::from_utf8(artifact.canonical_bytes()).expect("UTF-8"),
            written
        );
        let again = read(written).expect("what is written is read");
        assert_eq!(again.canonical_bytes(), artifact.canonical_bytes());
    }

    #[test]
    fn content_that_is_no_object_is_not_lost() {
        let artifact = Artifact {
            artifact_type: ArtifactType::Custom,
            id: "a".to_owned(),
            name: "A".to_owned(),
            version: Version::new(1, 2, 3),
            content: Json::Array(vec![1u64.into()]),
        };
        assert_eq!(artifact.to_json().pointer("/content/0"), Some(&1u64.into()));
    }

    #[test]
    fn both_trees_say_the_same() {
        let text = br#"{"_type":"View","id":12,"name":" ","version":"1.0.0"}"#;
        let owned = parse(text).expect("strict");
        let borrowed = crate::json::parse_ref(text).expect("strict");
        assert_eq!(Identity::of(&owned), Identity::of_ref(&borrowed));
        let expected = Identity {
            artifact_type: Some("View"),
            id: Some("12"),
            name: None,
            version: Some("1.0.0"),
        };
        assert_eq!(Identity::of(&owned), expected);
    }
}
