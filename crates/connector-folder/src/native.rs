//! Artifact documents as packages carry them (package format 1.0, Artifact types).

use std::collections::BTreeMap;

use installhub_artifact::{
    Artifact, ArtifactId, ArtifactType, Identity, Json, Object, parse, references,
    to_canonical_bytes,
};
use installhub_checksum::Digest;
use semver::Version;

use crate::data::read_data;
use crate::document::{Document, Piece};
use crate::problem::{Failure, Problem, shown};
use crate::read::read_document;
use crate::spool::Spool;
use crate::walk::{FileKind, FoundFile};

/// What a manifest says about a file of a directory form: it stands in where the file does not say so itself.
#[derive(Debug, Clone)]
pub(crate) struct Declared {
    pub(crate) artifact_type: ArtifactType,
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) version: Version,
}

/// By file, relative to the folder.
pub(crate) type DeclaredFiles = BTreeMap<String, Declared>;

/// Reads one file into the spool.
pub(crate) fn read_artifact(
    file: &FoundFile,
    declared: &DeclaredFiles,
    spool: &Spool,
) -> Result<Document, Failure> {
    let declared = declared.get(&file.name);
    let document = match file.kind {
        FileKind::Document => read_json(file, declared, spool),
        FileKind::Data => read_data(file, declared, spool),
    }?;
    check_identity(&document)?;
    Ok(document)
}

fn read_json(
    file: &FoundFile,
    declared: Option<&Declared>,
    spool: &Spool,
) -> Result<Document, Failure> {
    let bytes = read_document(file)?;
    let problem = |message: String| Problem::new(&file.name, message);
    let content = parse(&bytes).map_err(|error| problem(format!("is not strict JSON: {error}")))?;
    drop(bytes);
    let Json::Object(mut members) = content else {
        let message = format!(
            "holds {}: expected an artifact's JSON object",
            content.kind_name()
        );
        return Err(problem(message).into());
    };
    if let Some(declared) = declared {
        members = complete(members, declared);
    }
    let content = Json::Object(members);
    if let Some(missing) = what_is_missing(&content) {
        return Err(problem(missing).into());
    }
    let artifact = Artifact::from_json(content).map_err(|error| problem(error.to_string()))?;
    if artifact.artifact_type.spec().extension != "json" {
        let message = format!(
            "is of type {}: expected its rows in a .{} file",
            artifact.artifact_type,
            artifact.artifact_type.spec().extension
        );
        return Err(problem(message).into());
    }
    let (artifact, bytes) = canonical(artifact);
    Ok(Document {
        file: file.name.clone(),
        references: references(artifact.artifact_type, &artifact.content),
        artifact_type: artifact.artifact_type,
        id: artifact.id,
        name: artifact.name,
        version: artifact.version,
        digest: Digest::of(&bytes),
        body: vec![Piece::Slice(spool.append(&bytes).map_err(Failure::Spool)?)],
    })
}

/// The artifact with its document as it is written, and that document's bytes.
pub(crate) fn canonical(mut artifact: Artifact) -> (Artifact, Vec<u8>) {
    // The document can be large: its envelope is set in place, taken from that of an empty one.
    let mut content = std::mem::take(&mut artifact.content);
    artifact.content = Json::Object(Object::new());
    if let (Json::Object(members), Json::Object(envelope)) = (&mut content, artifact.to_json()) {
        members.remove("_exportedAt");
        members.extend(envelope);
    }
    artifact.content = content;
    let bytes = to_canonical_bytes(&artifact.content);
    (artifact, bytes)
}

/// Adds what only the manifest says.
fn complete(members: Object, declared: &Declared) -> Object {
    let mut document = Json::Object(members);
    let said = Identity::of(&document);
    let absent: Vec<(&str, String)> = [
        (
            "_type",
            said.artifact_type,
            declared.artifact_type.to_string(),
        ),
        ("id", said.id, declared.id.clone()),
        ("name", said.name, declared.name.clone()),
        ("_version", said.version, declared.version.to_string()),
    ]
    .into_iter()
    .filter_map(|(key, said, declared)| said.is_none().then_some((key, declared)))
    .collect();
    match &mut document {
        Json::Object(members) => {
            let mut members = std::mem::take(members);
            let absent = absent.into_iter();
            members.extend(absent.map(|(key, value)| (key.to_owned(), Json::from(value))));
            members
        }
        _ => Object::new(),
    }
}

/// What keeps a document from being an artifact, all of it.
fn what_is_missing(content: &Json) -> Option<String> {
    let said = Identity::of(content);
    let artifact_type = said.artifact_type.map(str::parse::<ArtifactType>);
    let mut findings = Vec::new();
    match &artifact_type {
        None => findings.push("has no '_type'".to_owned()),
        Some(Err(error)) => findings.push(error.to_string()),
        Some(Ok(_)) => {}
    }
    if said.id.is_none() {
        findings.push("has no 'id'".to_owned());
    }
    if findings.is_empty() {
        return None;
    }
    let is_list = |key| {
        content
            .get(key)
            .is_some_and(|value| value.as_array().is_some())
    };
    let advice = match artifact_type {
        None if is_list("nodes") && content.get("connections").is_some() => {
            "it looks like a workflow of n8n, for which the format is n8n"
        }
        _ => "expected an artifact document with '_type', 'id', 'name' and '_version'",
    };
    Some(format!("{}: {advice}", findings.join(" and ")))
}

/// Checks what the manifest will have to say about the artifact.
fn check_identity(document: &Document) -> Result<(), Problem> {
    let problem = |message: String| Problem::new(&document.file, message);
    ArtifactId::new(&*document.id).map_err(|error| problem(error.to_string()))?;
    if document.name.chars().any(char::is_control) {
        let message = format!(
            "has the name '{}': expected one without control characters",
            shown(&document.name)
        );
        return Err(problem(message));
    }
    Ok(())
}
