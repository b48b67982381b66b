//! From single documents to the content of a package: ids are unique, and stay so where a file system ignores case.

use std::collections::BTreeMap;
use std::io;

use installhub_artifact::{
    Artifact, ArtifactType, DataHeader, parse, references, rewrite_references,
};
use installhub_checksum::Digest;
use installhub_exporting::ports::Notice;

use crate::document::{Document, Piece};
use crate::duplicates::{Claim, Verdict, judge};
use crate::native::{DeclaredFiles, canonical};
use crate::options::OnDuplicateId;
use crate::problem::{Failure, Problem, notice, shown};
use crate::spool::Spool;

/// How many digits of its digest a renamed document gets.
const SHORT: usize = 8;
/// The longest id that is written.
const MAX_ID: usize = 128;

/// Judges documents that claim one id, in the order of their files.
pub(crate) fn settle(
    documents: Vec<Document>,
    rule: OnDuplicateId,
    spool: &mut Spool,
) -> Result<(Vec<Document>, Vec<Notice>), Vec<Failure>> {
    let claims: Vec<Claim<'_>> = documents
        .iter()
        .map(|document| Claim {
            id: &document.id,
            digest: document.digest,
        })
        .collect();
    let verdicts = judge(&claims, rule);
    let files: Vec<String> = documents
        .iter()
        .map(|document| document.file.clone())
        .collect();
    let mut kept = Vec::with_capacity(documents.len());
    let mut notices = Vec::new();
    let mut failures = Vec::new();
    for (document, verdict) in documents.into_iter().zip(verdicts) {
        match verdict {
            Verdict::Kept => kept.push(document),
            Verdict::SameAs(first) => {
                let message = format!("says the same as '{}' and is taken once", files[first]);
                notices.push(notice("Duplicate", &document.file, message));
            }
            Verdict::Refused { first } => {
                let message = format!(
                    "has the id '{}', which '{}' has too with other content: \
                     give one of them another id, leave one out, or let the later one be renamed",
                    shown(&document.id),
                    files[first]
                );
                failures.push(Problem::new(&document.file, message).into());
            }
            Verdict::Renamed { first } => match rename(document, spool) {
                Ok((document, old)) => {
                    let message = format!(
                        "has the id '{}', which '{}' has too with other content: \
                         it becomes '{}', and references to the id mean '{}'",
                        shown(&old),
                        files[first],
                        document.id,
                        files[first]
                    );
                    notices.push(notice("Renamed", &document.file, message));
                    kept.push(document);
                }
                Err(error) => failures.push(Failure::Spool(error)),
            },
        }
    }
    if failures.is_empty() {
        Ok((kept, notices))
    } else {
        Err(failures)
    }
}

/// Gives a document an id made from its content, and tells the one it had. What it says about itself follows.
fn rename(document: Document, spool: &mut Spool) -> io::Result<(Document, String)> {
    let old = document.id.clone();
    let hash = &document.digest.to_hex()[..SHORT];
    let room: String = old.chars().take(MAX_ID - SHORT - 1).collect();
    let new = format!("{room}-{hash}");
    let renamed = match document.artifact_type {
        ArtifactType::Data => rename_data(document, new, spool)?,
        _ => rename_document(document, &new, spool)?,
    };
    Ok((renamed, old))
}

fn rename_document(document: Document, new: &str, spool: &mut Spool) -> io::Result<Document> {
    let bytes = read_all(&document.body, spool)?;
    let mut content = parse(&bytes).map_err(io::Error::other)?;
    let to_new = |id: &str| (id == document.id).then(|| new.to_owned());
    rewrite_references(document.artifact_type, &mut content, &to_new);
    let artifact = Artifact {
        artifact_type: document.artifact_type,
        id: new.to_owned(),
        name: document.name,
        version: document.version,
        content,
    };
    let (artifact, bytes) = canonical(artifact);
    Ok(Document {
        file: document.file,
        references: references(artifact.artifact_type, &artifact.content),
        artifact_type: artifact.artifact_type,
        id: artifact.id,
        name: artifact.name,
        version: artifact.version,
        digest: Digest::of(&bytes),
        body: vec![Piece::Slice(spool.append(&bytes)?)],
    })
}

/// Exchanges the header line; the rows stay as they are.
fn rename_data(mut document: Document, new: String, spool: &mut Spool) -> io::Result<Document> {
    let mut header = Vec::new();
    let mut rows = Vec::new();
    for piece in document.body {
        let Piece::Slice(slice) = piece else { continue };
        if !rows.is_empty() {
            rows.push(Piece::Slice(slice));
            continue;
        }
        let bytes = spool.read(slice)?;
        match bytes.iter().position(|byte| *byte == b'\n') {
            Some(end) => {
                header.extend_from_slice(&bytes[..end]);
                rows.push(Piece::Slice(slice.part(end, bytes.len())));
            }
            None => header.extend_from_slice(&bytes),
        }
    }
    let mut said = DataHeader::parse_line(&header).map_err(io::Error::other)?;
    said.id.clone_from(&new);
    said.name.clone_from(&document.name);
    document.body = vec![Piece::Bytes(said.to_line().into_bytes())];
    document.body.append(&mut rows);
    document.id = new;
    Ok(document)
}

fn read_all(body: &[Piece], spool: &mut Spool) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    for piece in body {
        match piece {
            Piece::Bytes(own) => bytes.extend_from_slice(own),
            Piece::Slice(slice) => bytes.append(&mut spool.read(*slice)?),
        }
    }
    Ok(bytes)
}

/// Ids that differ in case only: where a file system ignores it, their files would be one.
pub(crate) fn look_alikes(documents: &[Document]) -> Vec<Problem> {
    let mut taken: BTreeMap<String, &Document> = BTreeMap::new();
    let mut problems = Vec::new();
    for document in documents {
        let folded = document.id.to_ascii_lowercase();
        if let Some(first) = taken.get(&folded) {
            let message = format!(
                "has the id '{}', which differs from '{}' of '{}' in case only: give one of them another id",
                shown(&document.id),
                shown(&first.id),
                first.file
            );
            problems.push(Problem::new(&document.file, message));
        } else {
            taken.insert(folded, document);
        }
    }
    problems
}

/// How the documents differ from those a manifest lists.
pub(crate) fn compare(documents: &[Document], declared: &DeclaredFiles) -> Vec<Notice> {
    if declared.is_empty() {
        return Vec::new();
    }
    let present: BTreeMap<&str, &Document> = documents
        .iter()
        .map(|document| (document.id.as_str(), document))
        .collect();
    let listed: BTreeMap<&str, &String> = declared
        .iter()
        .map(|(file, declared)| (declared.id.as_str(), file))
        .collect();
    let removed = listed
        .iter()
        .filter(|(id, _)| !present.contains_key(*id))
        .map(|(id, file)| {
            let message = format!(
                "'{}' is in manifest.json and its file is gone: it is left out",
                shown(id)
            );
            notice("ArtifactRemoved", file, message)
        });
    let added = present
        .iter()
        .filter(|(id, _)| !listed.contains_key(*id))
        .map(|(id, document)| {
            let message = format!("'{}' is not in manifest.json: it is added", shown(id));
            notice("ArtifactAdded", &document.file, message)
        });
    removed.chain(added).collect()
}
