//! What an artifact's file says, against what the manifest says about it (validation, `InvalidArtifactContent`).

use installhub_artifact::{ArtifactType, ReferenceKind, Sighting, inspect};

use crate::names::quoted;

/// What the manifest declares about one file, as far as it is readable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Declaration {
    pub(crate) artifact_type: Option<ArtifactType>,
    pub(crate) id: Option<String>,
}

/// Takes the ids an artifact depends on, with the place that names each.
pub(crate) type Told<'t> = dyn FnMut(&str, &str) + 't;

/// Judges a document: one strict JSON object that does not contradict the manifest.
pub(crate) fn look_at(
    bytes: &[u8],
    declared: &Declaration,
    told: &mut Told<'_>,
) -> Result<(), String> {
    // Without a type there are no reference fields; the envelope is the same for all.
    let artifact_type = declared.artifact_type.unwrap_or(ArtifactType::Custom);
    let own = declared.id.as_deref();
    let said = inspect(artifact_type, bytes, &mut |found: Sighting<'_>| {
        if is_dependency(own, &found) {
            told(found.id, found.pointer);
        }
    })
    .map_err(|error| error.to_string())?;
    if !said.is_object {
        return Err("it is not a JSON object".to_owned());
    }
    let differs = |what: &str, found: Option<&str>, expected: Option<&str>| match (found, expected)
    {
        (Some(found), Some(expected)) if found != expected => Some(format!(
            "its {what} is {}; the manifest says {}",
            quoted(found),
            quoted(expected)
        )),
        _ => None,
    };
    let kind = declared.artifact_type.map(ArtifactType::as_str);
    let wrong = differs("id", said.id.as_deref(), own)
        .or_else(|| differs("type", said.artifact_type.as_deref(), kind));
    wrong.map_or(Ok(()), Err)
}

/// A field that points at its own artifact (a workflow that calls itself) is no dependency; a declared reference is one,
/// and so a cycle (package format 1.0, Artifact types).
fn is_dependency(own: Option<&str>, found: &Sighting<'_>) -> bool {
    match found.kind {
        ReferenceKind::Field | ReferenceKind::Expression => own != Some(found.id),
        ReferenceKind::Declared | ReferenceKind::DependsOn => true,
    }
}
