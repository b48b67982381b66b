//! The dependencies: the closure with its digests.

use std::borrow::Cow;
use std::collections::HashMap;

use installhub_checksum::Digest;
use serde_json::value::RawValue;

use super::artifacts::{Artifacts, State};
use super::{empty_list, not_an_object, required_list};
use crate::diagnostic::DiagnosticSink;
use crate::manifest::DependencyEntry;
use crate::place::At;
use crate::raw::{self, Field};
use crate::rules::{self, LONGEST_TEXT, Reported, Text};
use crate::unknown::UnknownMembers;

const LIST: &str = "dependencies";
const TEXT: Text = Text {
    longest: LONGEST_TEXT,
};

/// What a dependency states as the digest of its artifact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stated {
    Digest(Digest),
    /// Something that is not a digest.
    Malformed,
}

/// The digests by artifact id; the first readable one of an id counts.
pub(crate) type StatedHashes<'a> = HashMap<Cow<'a, str>, Stated>;

/// The digests that dependencies state, without judging anything: artifacts without one of their own take these.
pub(crate) fn stated_hashes<'a>(field: &Field<'a>) -> StatedHashes<'a> {
    let mut stated = StatedHashes::new();
    for raw in field
        .items()
        .into_iter()
        .flatten()
        .filter_map(raw::DependencyEntry::of)
    {
        let Some(id) = raw.id.into_filled_text() else {
            continue;
        };
        let found = match raw.hash {
            Field::Absent | Field::Null => continue,
            Field::Text(text) if text.trim().is_empty() => continue,
            Field::Text(text) => text.parse().map_or(Stated::Malformed, Stated::Digest),
            Field::Other(_) => Stated::Malformed,
        };
        let first = stated.entry(id).or_insert(found);
        if *first == Stated::Malformed {
            *first = found;
        }
    }
    stated
}

/// The dependencies; complete only when nothing was reported.
pub(crate) fn lower(
    field: &Field<'_>,
    artifacts: &Artifacts<'_>,
    sink: &mut DiagnosticSink,
) -> Vec<DependencyEntry> {
    let mut entries = Vec::new();
    let Ok(items) = required_list(field, LIST, sink) else {
        return entries;
    };
    let before = sink.total();
    let mut count = 0;
    for (index, item) in items.enumerate() {
        count = index + 1;
        let entry = lower_entry(index, item, artifacts, sink);
        if sink.total() == before {
            entries.extend(entry);
        } else if !entries.is_empty() {
            entries = Vec::new();
        }
    }
    // Without artifacts there is no closure to list.
    if count == 0 && artifacts.state != State::Empty {
        empty_list(LIST, "every artifact of the closure", sink);
    }
    entries
}

fn lower_entry(
    index: usize,
    item: &RawValue,
    artifacts: &Artifacts<'_>,
    sink: &mut DiagnosticSink,
) -> Result<DependencyEntry, Reported> {
    let at = |member| At::Member(LIST, index, member);
    let Some(raw) = raw::DependencyEntry::of(item) else {
        not_an_object(item, At::Item(LIST, index), sink);
        return Err(Reported);
    };
    let id = TEXT.required(raw.id, at("id"), sink);
    // The artifact of the same id says the same, and has been reported for it.
    let is_reported = id
        .as_ref()
        .ok()
        .and_then(|id| artifacts.unknown_types.get(id))
        .is_some_and(|unknown| raw.artifact_type.text() == Some(unknown));
    let artifact_type = if is_reported {
        Err(Reported)
    } else {
        rules::ARTIFACT_TYPE.required(raw.artifact_type, at("type"), sink)
    };
    let name = TEXT.required(raw.name, at("name"), sink);
    let version = rules::VERSION.required(raw.version, at("version"), sink);
    let hash = rules::DIGEST.required(raw.hash, at("hash"), sink);
    Ok(DependencyEntry {
        artifact_type: artifact_type?,
        id: id?.into_owned(),
        name: name?.into_owned(),
        version: version?,
        hash: hash?,
        unknown: UnknownMembers::of(item.get(), raw::DependencyEntry::MEMBERS),
    })
}
