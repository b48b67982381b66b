//! What must hold of an artifact before it is kept; everything that does not is said at once.

use installhub_access::FieldError;
use installhub_artifact::{Artifact, ArtifactId, ArtifactType, Identity, Json, check};
use semver::Version;
use uuid::Uuid;

use crate::{ArtifactSummary, CatalogError, NewArtifact, NewArtifactVersion};

/// The most characters of an artifact's name.
const MAX_NAME: usize = 200;

/// Takes values that hold and the errors of those that do not.
#[derive(Default)]
struct Errors(Vec<FieldError>);

impl Errors {
    fn add(&mut self, field: &'static str, code: &'static str, message: impl Into<String>) {
        self.0.push(FieldError::new(field, code, message));
    }

    fn keep<T>(&mut self, result: Result<T, FieldError>) -> Option<T> {
        result.map_err(|error| self.0.push(error)).ok()
    }
}

/// An artifact that can be kept.
pub(super) fn new_artifact(
    new: NewArtifact,
    limit: u64,
    fresh_id: impl FnOnce() -> Uuid,
) -> Result<Artifact, CatalogError> {
    let mut errors = Errors::default();
    let said = Said::of(&new.content);
    let artifact_type = errors.keep(artifact_type(&new.artifact_type));
    let name = errors.keep(name(&new.name));
    let id = match new.id.as_deref().or(said.id.as_deref()) {
        Some(id) => errors.keep(artifact_id(id)),
        None => artifact_type.map(|kind| generated_id(kind, fresh_id())),
    };
    let version = match new.version.as_deref().or(said.version.as_deref()) {
        Some(text) => errors.keep(version(text)),
        None => Some(Version::new(1, 0, 0)),
    };
    let who = Who {
        artifact_type,
        id: id.as_deref(),
        name: name.as_deref(),
        version: version.as_ref(),
    };
    said.compare(&who, &mut errors);
    let (Some(artifact_type), Some(id), Some(name), Some(version)) =
        (artifact_type, id, name, version)
    else {
        return Err(CatalogError::Invalid(errors.0));
    };
    let artifact = Artifact {
        artifact_type,
        id,
        name,
        version,
        content: new.content,
    };
    finished(artifact, limit, errors)
}

/// The next version of an artifact that can be kept.
pub(super) fn next_version(
    current: &ArtifactSummary,
    new: NewArtifactVersion,
    limit: u64,
) -> Result<Artifact, CatalogError> {
    let mut errors = Errors::default();
    let said = Said::of(&new.content);
    let name = match new.name.as_deref().or(said.name.as_deref()) {
        Some(text) => errors.keep(name(text)),
        None => Some(current.name.clone()),
    };
    let next = errors.keep(version(&new.version)).filter(|next| {
        let greater = next.cmp_precedence(&current.version).is_gt();
        if !greater {
            let message = format!(
                "{next} does not come after {}: expected a greater version",
                current.version
            );
            errors.add("version", "notGreater", message);
        }
        greater
    });
    let who = Who {
        artifact_type: Some(current.artifact_type),
        id: Some(&current.id),
        name: name.as_deref(),
        version: next.as_ref(),
    };
    said.compare(&who, &mut errors);
    let (Some(name), Some(version)) = (name, next) else {
        return Err(CatalogError::Invalid(errors.0));
    };
    let artifact = Artifact {
        artifact_type: current.artifact_type,
        id: current.id.clone(),
        name,
        version,
        content: new.content,
    };
    finished(artifact, limit, errors)
}

/// Judges the document as it will be written.
fn finished(artifact: Artifact, limit: u64, mut errors: Errors) -> Result<Artifact, CatalogError> {
    if artifact.content.as_object().is_none() {
        let message = format!(
            "the content is {}: expected a JSON object",
            artifact.content.kind_name()
        );
        errors.add("content", "notAnObject", message);
        return Err(CatalogError::Invalid(errors.0));
    }
    let bytes = artifact.canonical_bytes();
    if bytes.len() as u64 > limit {
        return Err(CatalogError::TooLarge {
            what: "the artifact's document",
            limit,
        });
    }
    // A value that was not read by our own reader may be nested deeper than readers of packages allow.
    if let Err(error) = check(&bytes) {
        errors.add("content", "invalidJson", error.kind.to_string());
    }
    if errors.0.is_empty() {
        Ok(artifact)
    } else {
        Err(CatalogError::Invalid(errors.0))
    }
}

fn artifact_type(text: &str) -> Result<ArtifactType, FieldError> {
    let field = "artifactType";
    let found: ArtifactType = text
        .parse()
        .map_err(|error| FieldError::new(field, "unknownType", format!("{error}")))?;
    if found.spec().extension == "ndjson" {
        let message =
            format!("{found} is made of rows: expected a type whose content is a document");
        return Err(FieldError::new(field, "notADocument", message));
    }
    Ok(found)
}

fn name(text: &str) -> Result<String, FieldError> {
    let characters = text.chars().count();
    let message = if text.trim().is_empty() {
        "the name is blank: expected 1 to 200 characters".to_owned()
    } else if characters > MAX_NAME {
        format!("the name has {characters} characters: expected at most {MAX_NAME}")
    } else if text.chars().any(char::is_control) {
        "the name has a control character: expected a name in one line".to_owned()
    } else {
        return Ok(text.to_owned());
    };
    Err(FieldError::new("name", "invalid", message))
}

fn artifact_id(text: &str) -> Result<String, FieldError> {
    ArtifactId::new(text)
        .map(String::from)
        .map_err(|error| FieldError::new("id", "invalid", error.to_string()))
}

fn generated_id(artifact_type: ArtifactType, id: Uuid) -> String {
    match artifact_type.spec().id_prefix {
        Some(prefix) => format!("{prefix}{id}"),
        None => format!("{}-{id}", artifact_type.as_str().to_lowercase()),
    }
}

fn version(text: &str) -> Result<Version, FieldError> {
    let short: String = text.chars().take(80).flat_map(char::escape_debug).collect();
    let wrong = |expected: &str| {
        let message = format!("'{short}' is not a version: expected {expected}");
        FieldError::new("version", "invalid", message)
    };
    if text.len() > 200 {
        return Err(wrong("at most 200 characters"));
    }
    Version::parse(text).map_err(|_| wrong("SemVer 2.0.0 such as 1.2.0"))
}

/// Who an artifact is to be, as far as that is known.
struct Who<'a> {
    artifact_type: Option<ArtifactType>,
    id: Option<&'a str>,
    name: Option<&'a str>,
    version: Option<&'a Version>,
}

/// Who a document says it is. `type` and `version` without underscore are envelope members where they can be, else the
/// document's own.
#[derive(Default)]
struct Said {
    artifact_type: Option<String>,
    id: Option<String>,
    name: Option<String>,
    version: Option<String>,
}

impl Said {
    fn of(content: &Json) -> Self {
        let said = Identity::of(content);
        let has = |member| content.get(member).is_some();
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Self {
            artifact_type: owned(
                said.artifact_type
                    .filter(|text| has("_type") || text.parse::<ArtifactType>().is_ok()),
            ),
            id: owned(said.id),
            name: owned(said.name),
            version: owned(
                said.version
                    .filter(|text| has("_version") || Version::parse(text).is_ok()),
            ),
        }
    }

    fn compare(&self, who: &Who<'_>, errors: &mut Errors) {
        let version = who.version.map(Version::to_string);
        let pairs = [
            (
                "type",
                &self.artifact_type,
                who.artifact_type.map(ArtifactType::as_str),
            ),
            ("id", &self.id, who.id),
            ("name", &self.name, who.name),
            ("version", &self.version, version.as_deref()),
        ];
        for (what, said, expected) in pairs {
            if let (Some(said), Some(expected)) = (said.as_deref(), expected)
                && said != expected
            {
                let said: String = said.chars().take(80).flat_map(char::escape_debug).collect();
                let message = format!(
                    "the content says its {what} is '{said}': expected '{expected}' or nothing"
                );
                errors.add("content", "contradicts", message);
            }
        }
    }
}
