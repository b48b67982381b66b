//! The artifacts: entry by entry, and what only shows across entries.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use installhub_artifact::{ArtifactType, artifact_file};
use installhub_checksum::Digest;
use serde_json::value::RawValue;

use super::dependencies::{Stated, StatedHashes};
use super::{not_an_object, required_list};
use crate::codes::Code;
use crate::diagnostic::DiagnosticSink;
use crate::excerpt::shown;
use crate::manifest::ArtifactEntry;
use crate::place::At;
use crate::raw::{self, Field};
use crate::rules::{self, LONGEST_TEXT, Reported, Text};
use crate::unknown::UnknownMembers;

const LIST: &str = "artifacts";
const TEXT: Text = Text {
    longest: LONGEST_TEXT,
};

/// What `artifacts` turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Missing, or no list.
    Unreadable,
    /// A list without items.
    Empty,
    /// A list in which some item has no readable id.
    SomeIdsUnreadable,
    /// A list in which every item has an id.
    Listed,
}

/// An id that is declared.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Declared {
    /// The first item that declares it.
    pub(crate) index: usize,
    /// Whether another item declares it too.
    pub(crate) is_repeated: bool,
}

/// The artifacts as far as they could be read.
pub(crate) struct Artifacts<'a> {
    pub(crate) state: State,
    pub(crate) ids: HashMap<Cow<'a, str>, Declared>,
    /// How many items there are.
    pub(crate) count: usize,
    /// The types that were reported as unknown, by id.
    pub(crate) unknown_types: HashMap<Cow<'a, str>, Cow<'a, str>>,
    /// Complete only when nothing was reported.
    pub(crate) entries: Vec<ArtifactEntry>,
    files: HashMap<Cow<'a, str>, usize>,
}

pub(crate) fn lower<'a>(
    field: &Field<'a>,
    stated: &StatedHashes<'a>,
    sink: &mut DiagnosticSink,
) -> Artifacts<'a> {
    let mut artifacts = Artifacts {
        state: State::Unreadable,
        ids: HashMap::new(),
        count: 0,
        unknown_types: HashMap::new(),
        entries: Vec::new(),
        files: HashMap::new(),
    };
    let Ok(items) = required_list(field, LIST, sink) else {
        return artifacts;
    };
    artifacts.state = State::Listed;
    let before = sink.total();
    for (index, item) in items.enumerate() {
        artifacts.count = index + 1;
        let entry = artifacts.add(index, item, stated, sink);
        if sink.total() == before {
            artifacts.entries.extend(entry);
        } else if !artifacts.entries.is_empty() {
            artifacts.entries = Vec::new();
        }
    }
    if artifacts.count == 0 {
        artifacts.state = State::Empty;
        let at = At::Field(LIST);
        sink.report_at(Code::EmptyArtifactList, at, || {
            format!("{at} is empty — expected at least one artifact")
        });
    }
    artifacts
}

impl<'a> Artifacts<'a> {
    fn add(
        &mut self,
        index: usize,
        item: &'a RawValue,
        stated: &StatedHashes<'a>,
        sink: &mut DiagnosticSink,
    ) -> Result<ArtifactEntry, Reported> {
        let at = |member| At::Member(LIST, index, member);
        let Some(raw) = raw::ArtifactEntry::of(item) else {
            not_an_object(item, At::Item(LIST, index), sink);
            self.state = State::SomeIdsUnreadable;
            return Err(Reported);
        };
        let id = TEXT.required(raw.id, at("id"), sink);
        let artifact_type =
            self.artifact_type(raw.artifact_type, id.as_ref().ok(), at("type"), sink);
        let name = TEXT.required(raw.name, at("name"), sink);
        let version = rules::VERSION.required(raw.version, at("version"), sink);
        let file = TEXT.required(raw.file, at("file"), sink);
        let hash = hash(raw.hash, id.as_ref().ok(), stated, at("hash"), sink);

        match &id {
            Ok(id) => self.declare_id(id.clone(), index, sink),
            Err(Reported) => self.state = State::SomeIdsUnreadable,
        }
        if let Ok(file) = &file {
            self.declare_file(file.clone(), index, sink);
        }
        let (artifact_type, id, file) = (artifact_type?, id?, file?);
        let expected = artifact_file(artifact_type, &id);
        if file != expected {
            let at = at("file");
            sink.report_at(Code::ArtifactPathMismatch, at, || {
                format!(
                    "{at} '{}' is not the place of {artifact_type} '{}' — expected '{}'",
                    shown(&file),
                    shown(&id),
                    shown(&expected)
                )
            });
        }
        Ok(ArtifactEntry {
            artifact_type,
            id: id.into_owned(),
            name: name?.into_owned(),
            version: version?,
            file: file.into_owned(),
            hash: hash?,
            unknown: UnknownMembers::of(item.get(), raw::ArtifactEntry::MEMBERS),
        })
    }

    fn artifact_type(
        &mut self,
        field: Field<'a>,
        id: Option<&Cow<'a, str>>,
        at: At,
        sink: &mut DiagnosticSink,
    ) -> Result<ArtifactType, Reported> {
        let text = field.clone().into_filled_text();
        let known = rules::ARTIFACT_TYPE.required(field, at, sink);
        if let (Err(Reported), Some(text), Some(id)) = (known, text, id) {
            self.unknown_types.insert(id.clone(), text);
        }
        known
    }

    fn declare_id(&mut self, id: Cow<'a, str>, index: usize, sink: &mut DiagnosticSink) {
        match self.ids.entry(id) {
            Entry::Vacant(vacant) => {
                vacant.insert(Declared {
                    index,
                    is_repeated: false,
                });
            }
            Entry::Occupied(mut first) => {
                first.get_mut().is_repeated = true;
                let (id, first) = (first.key(), first.get().index);
                let at = At::Member(LIST, index, "id");
                sink.report_at(Code::DuplicateArtifactId, at, || {
                    format!(
                        "{at} '{}' is the id of {LIST}[{first}] too — expected each id once",
                        shown(id)
                    )
                });
            }
        }
    }

    fn declare_file(&mut self, file: Cow<'a, str>, index: usize, sink: &mut DiagnosticSink) {
        match self.files.entry(file) {
            Entry::Vacant(vacant) => {
                vacant.insert(index);
            }
            Entry::Occupied(first) => {
                let (file, first) = (first.key(), *first.get());
                let at = At::Member(LIST, index, "file");
                sink.report_at(Code::DuplicateArtifactFile, at, || {
                    format!(
                        "{at} '{}' is the file of {LIST}[{first}] too — expected each file once",
                        shown(file)
                    )
                });
            }
        }
    }
}

/// The digest an entry states, or the one that the dependency of the same id states for it.
fn hash(
    field: Field<'_>,
    id: Option<&Cow<'_, str>>,
    stated: &StatedHashes<'_>,
    at: At,
    sink: &mut DiagnosticSink,
) -> Result<Digest, Reported> {
    let is_missing = match &field {
        Field::Absent | Field::Null => true,
        field => field.text().is_some_and(|text| text.trim().is_empty()),
    };
    if !is_missing {
        return rules::DIGEST.required(field, at, sink);
    }
    // Which dependency would state it cannot be told without the id, and that is reported.
    match stated.get(id.ok_or(Reported)?) {
        Some(Stated::Digest(digest)) => Ok(*digest),
        // Reported where it stands.
        Some(Stated::Malformed) => Err(Reported),
        None => {
            sink.report_at(Code::ManifestFieldMissing, at, || {
                format!("{at} is missing, and no dependency of the same id states one — expected a digest")
            });
            Err(Reported)
        }
    }
}
