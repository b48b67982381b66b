//! One exported workflow: what matters about it, and its content in the spool.

use std::path::Path;

use installhub_artifact::{
    ArtifactType, Json, Object, Reference, ReferenceKind, parse, references, to_canonical_bytes,
};
use installhub_checksum::{Digest, Hasher};

use super::calls::{Call, calls};
use crate::document::Piece;
use crate::problem::{Failure, Problem, shown};
use crate::read::read_document;
use crate::spool::{Slice, Spool};
use crate::walk::FoundFile;

/// The members an artifact gets, in the order of canonical JSON.
pub(crate) const ENVELOPE: [&str; 7] = [
    "_schemaVersion",
    "_source",
    "_type",
    "_version",
    "id",
    "name",
    "references",
];

/// Members of a workflow that mean something else in an artifact. They are kept under `_source`.
const DISPLACED: [&str; 10] = [
    "_exportedAt",
    "_schemaVersion",
    "_source",
    "_type",
    "_version",
    "dependsOn",
    "id",
    "references",
    "type",
    "version",
];

/// Members that change without anybody editing the workflow: an id made from the content leaves them out.
const VOLATILE: [&str; 19] = [
    "active",
    "activeVersion",
    "activeVersionId",
    "createdAt",
    "homeProject",
    "isArchived",
    "meta",
    "parentFolder",
    "parentFolderId",
    "scopes",
    "shared",
    "sharedWithProjects",
    "staticData",
    "tags",
    "triggerCount",
    "updatedAt",
    "usedCredentials",
    "versionCounter",
    "versionId",
];

/// How many hexadecimal digits of a digest make an id.
const CONTENT_ID: usize = 16;

/// Between two members of the content.
const SEPARATOR: &[u8] = b",\n";

/// A workflow whose content lies in the spool.
#[derive(Debug)]
pub(crate) struct Workflow {
    /// The file, and where several workflows share one, which of them.
    pub(crate) label: String,
    /// Its own id.
    pub(crate) source_id: Option<String>,
    /// An id made from its content, which the file's name and volatile members have no part in.
    pub(crate) content_id: String,
    /// Of all its members but the id.
    pub(crate) digest: Digest,
    pub(crate) name: String,
    pub(crate) calls: Vec<Call>,
    /// What it names in the fields of a process and of a thread.
    pub(crate) fields: [Vec<Reference>; 2],
    /// What goes under `_source`.
    pub(crate) displaced: Object,
    content: Content,
}

/// The members of a workflow as lines of canonical JSON, each followed by a separator.
#[derive(Debug)]
struct Content {
    slice: Slice,
    /// For each member of the envelope, where it goes.
    gaps: [usize; ENVELOPE.len()],
}

/// Reads the workflow of a file, or all if it holds an array of them.
pub(crate) fn read_workflows(file: &FoundFile, spool: &Spool) -> Result<Vec<Workflow>, Failure> {
    let bytes = read_document(file)?;
    // Editors on Windows put a byte order mark in front; it says nothing about the workflow.
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let parsed = parse(text)
        .map_err(|error| Problem::new(&file.name, format!("is not strict JSON: {error}")))?;
    drop(bytes);
    let Json::Array(several) = parsed else {
        return Ok(vec![read_workflow(
            file.name.clone(),
            &file.name,
            parsed,
            spool,
        )?]);
    };
    if several.is_empty() {
        let message = "holds an empty array: expected a workflow, or an array of workflows";
        return Err(Problem::new(&file.name, message).into());
    }
    let numbered = several.into_iter().zip(1..);
    numbered
        .map(|(workflow, n)| {
            read_workflow(
                format!("{}, workflow {n}", file.name),
                &file.name,
                workflow,
                spool,
            )
        })
        .collect()
}

fn read_workflow(
    label: String,
    file: &str,
    workflow: Json,
    spool: &Spool,
) -> Result<Workflow, Failure> {
    check_shape(&label, &workflow)?;
    let source_id = source_id(&label, &workflow)?;
    let name = name(&label, file, &workflow)?;
    let calls = calls(&workflow);
    let fields = [
        ArtifactType::ProcessDefinition,
        ArtifactType::ThreadDefinition,
    ]
    .map(|artifact_type| fields(artifact_type, &workflow));
    let mut rendered = Rendered::default();
    if let Json::Object(members) = workflow {
        for (key, value) in members {
            rendered.take(&key, value, &name);
        }
    }
    rendered.close_gaps(None);
    let lasting = &rendered.lasting;
    let mut all = lasting.clone();
    all.update(&rendered.volatile);
    Ok(Workflow {
        label,
        source_id,
        content_id: lasting.clone().finalize().to_hex()[..CONTENT_ID].to_owned(),
        digest: all.finalize(),
        name,
        calls,
        fields,
        displaced: rendered.displaced,
        content: Content {
            slice: spool.append(&rendered.text).map_err(Failure::Spool)?,
            gaps: rendered.gaps,
        },
    })
}

fn check_shape(label: &str, workflow: &Json) -> Result<(), Problem> {
    let nodes = workflow.get("nodes").and_then(Json::as_array);
    let connections = workflow.get("connections").and_then(Json::as_object);
    if nodes.is_some() && connections.is_some() {
        return Ok(());
    }
    let found = match workflow {
        Json::Object(_) if workflow.get("_type").is_some() => {
            "is an artifact document, which the n8n format is not for".to_owned()
        }
        Json::Object(_) => {
            let parts = [
                ("no list of nodes", nodes.is_none()),
                ("no connections", connections.is_none()),
            ];
            let lacking = parts
                .into_iter()
                .filter_map(|(what, is_lacking)| is_lacking.then_some(what));
            let lacking: Vec<&str> = lacking.collect();
            format!("is no workflow, it has {}", lacking.join(" and "))
        }
        other => format!("holds {}", other.kind_name()),
    };
    let expected = "expected a workflow as n8n exports it, with 'nodes' and 'connections'";
    Err(Problem::new(label, format!("{found}: {expected}")))
}

fn source_id(label: &str, workflow: &Json) -> Result<Option<String>, Problem> {
    match workflow.get("id") {
        None | Some(Json::Null) => Ok(None),
        Some(Json::Number(number)) => Ok(Some(number.as_str().to_owned())),
        Some(Json::String(id)) if id.trim().is_empty() => Ok(None),
        Some(Json::String(id)) => Ok(Some(id.clone())),
        Some(other) => {
            let message = format!(
                "has {} as 'id': expected a text or a number",
                other.kind_name()
            );
            Err(Problem::new(label, message))
        }
    }
}

/// The name in the manifest: the workflow's own, without what a manifest cannot say, else that of the file.
fn name(label: &str, file: &str, workflow: &Json) -> Result<String, Problem> {
    let own = match workflow.get("name") {
        None | Some(Json::Null) => "",
        Some(Json::String(name)) => name,
        Some(other) => {
            let message = format!("has {} as 'name': expected a text", other.kind_name());
            return Err(Problem::new(label, message));
        }
    };
    let printable = own.replace(char::is_control, " ");
    if !printable.trim().is_empty() {
        return Ok(printable);
    }
    let stem = Path::new(file).file_stem().unwrap_or_default();
    Ok(shown(&stem.to_string_lossy()))
}

fn fields(artifact_type: ArtifactType, workflow: &Json) -> Vec<Reference> {
    let mut found = references(artifact_type, workflow);
    found.retain(|reference| reference.kind == ReferenceKind::Field);
    found
}

/// The members of a workflow, rendered and hashed one by one in their order.
#[derive(Default)]
struct Rendered {
    text: Vec<u8>,
    gaps: [usize; ENVELOPE.len()],
    gaps_known: usize,
    displaced: Object,
    lasting: Hasher,
    volatile: Vec<u8>,
}

/// What a member means for the identity of a workflow.
enum Kind {
    Id,
    Lasting,
    Volatile,
}

impl Rendered {
    fn take(&mut self, key: &str, value: Json, name: &str) {
        let is_kept_name = key == "name" && value.as_str() == Some(name);
        let is_displaced = !is_kept_name && (key == "name" || DISPLACED.contains(&key));
        let key_kind = match key {
            "id" => Kind::Id,
            key if VOLATILE.contains(&key) => Kind::Volatile,
            _ => Kind::Lasting,
        };
        if is_displaced {
            self.displaced.insert(key.to_owned(), value.clone());
        } else if !is_kept_name {
            self.close_gaps(Some(key));
        }
        let mut line = member(key, value);
        line.extend_from_slice(SEPARATOR);
        match key_kind {
            Kind::Id => {}
            Kind::Lasting => self.lasting.update(&line),
            Kind::Volatile => self.volatile.extend_from_slice(&line),
        }
        if !is_displaced && !is_kept_name {
            self.text.append(&mut line);
        }
    }

    /// Members of the envelope that sort before `key` go here; before nothing, the remaining ones.
    fn close_gaps(&mut self, key: Option<&str>) {
        while self.gaps_known < ENVELOPE.len()
            && key.is_none_or(|key| ENVELOPE[self.gaps_known] < key)
        {
            self.gaps[self.gaps_known] = self.text.len();
            self.gaps_known += 1;
        }
    }
}

/// A member as it stands in the canonical form of the object around it, without separator.
pub(super) fn member(key: &str, value: Json) -> Vec<u8> {
    let alone = Json::Object(Object::from_iter([(key, value)]));
    let mut text = to_canonical_bytes(&alone);
    text.truncate(text.len() - "\n}\n".len());
    text.drain(.."{\n".len());
    text
}

impl Workflow {
    /// The document with this envelope: canonical JSON, pieced together without reading the content again.
    pub(super) fn body(&self, envelope: [Option<Json>; ENVELOPE.len()]) -> Vec<Piece> {
        let Content { slice, gaps } = &self.content;
        let mut body = vec![Piece::Bytes(b"{\n".to_vec())];
        let mut from = 0;
        for ((key, value), gap) in ENVELOPE.into_iter().zip(envelope).zip(gaps) {
            push_slice(&mut body, *slice, from, *gap);
            from = *gap;
            if let Some(value) = value {
                let mut line = member(key, value);
                line.extend_from_slice(SEPARATOR);
                push_bytes(&mut body, line);
            }
        }
        let end = usize::try_from(slice.len()).unwrap_or(from);
        push_slice(&mut body, *slice, from, end);
        drop_last_separator(&mut body);
        push_bytes(&mut body, b"\n}\n".to_vec());
        body
    }
}

fn push_slice(body: &mut Vec<Piece>, slice: Slice, from: usize, to: usize) {
    if from < to {
        body.push(Piece::Slice(slice.part(from, to)));
    }
}

fn push_bytes(body: &mut Vec<Piece>, mut bytes: Vec<u8>) {
    match body.last_mut() {
        Some(Piece::Bytes(last)) => last.append(&mut bytes),
        _ => body.push(Piece::Bytes(bytes)),
    }
}

fn drop_last_separator(body: &mut [Piece]) {
    match body.last_mut() {
        Some(Piece::Bytes(last)) => last.truncate(last.len() - SEPARATOR.len()),
        Some(Piece::Slice(last)) => {
            let end = usize::try_from(last.len()).unwrap_or(usize::MAX);
            *last = last.part(0, end - SEPARATOR.len());
        }
        None => {}
    }
}
