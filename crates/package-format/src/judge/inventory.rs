//! What is in the archive, and what is wrong with it by names and attributes alone.

use std::collections::{HashMap, HashSet};
use std::fmt::Display;

use installhub_manifest::{Code, DiagnosticSink, Warning};

use crate::framing::{Archive, Coding, Feature, Kind, Member};
use crate::layout::{MANIFEST, Place, README};
use crate::limits::{Bytes, Limits};
use crate::names::{self, NameFault, quoted};

/// The code of the warning about a long README.
const README_TOO_LARGE: &str = "ReadmeTooLarge";

/// The members of an archive, looked at from outside.
pub(crate) struct Inventory<'a> {
    pub(crate) members: &'a [Member],
    /// The names as text.
    pub(crate) names: Vec<String>,
    /// Whose data can be read: files and folders, stored in a way that packages use.
    pub(crate) readable: Vec<bool>,
    /// Whose name leads elsewhere, so that there is no telling where it is.
    astray: HashSet<usize>,
    /// What has been said about a member for its name or attributes, and need not be said for its content.
    told: HashSet<(usize, Code)>,
    /// The member with exactly this name, unless there are several.
    by_name: HashMap<&'a [u8], Named>,
}

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Named {
    One(usize),
    /// Readers differ in which of them they take, so none is looked into.
    Several,
}

impl<'a> Inventory<'a> {
    /// Judges names and attributes of all members.
    pub(crate) fn take(archive: &'a Archive, limits: &Limits, sink: &mut DiagnosticSink) -> Self {
        let members = archive.members.as_slice();
        let mut by_name = HashMap::with_capacity(members.len());
        for (index, member) in members.iter().enumerate() {
            by_name
                .entry(&*member.name)
                .and_modify(|named| *named = Named::Several)
                .or_insert(Named::One(index));
        }
        let mut inventory = Self {
            names: members.iter().map(Member::display_name).collect(),
            readable: vec![false; members.len()],
            astray: HashSet::new(),
            told: HashSet::new(),
            members,
            by_name,
        };
        for index in 0..members.len() {
            inventory.judge_name(index, limits, sink);
            inventory.judge_attributes(index, sink);
        }
        inventory.report_clashes(limits, sink);
        inventory.report_missing(sink);
        inventory
    }

    /// What stands under exactly this name.
    pub(crate) fn find(&self, name: &str) -> Option<Named> {
        self.by_name.get(name.as_bytes()).copied()
    }

    /// The one member with this name, when its data can be read.
    pub(crate) fn find_readable(&self, name: &str) -> Option<usize> {
        match self.find(name)? {
            Named::One(index) if self.readable[index] => Some(index),
            _ => None,
        }
    }

    /// Where the member is in a package; nowhere when its name leads elsewhere.
    pub(crate) fn place(&self, index: usize) -> Option<Place> {
        (!self.astray.contains(&index)).then(|| Place::of(&self.names[index]))
    }

    /// The warning about a README that is longer than packages are written with.
    pub(crate) fn readme_warning(&self, limits: &Limits) -> Option<Warning> {
        let readme = &self.members[self.find_readable(README)?];
        let (found, limit) = (readme.uncompressed, limits.max_readme_bytes);
        (found > limit).then(|| {
            let message = format!(
                "{README} has {found} bytes — expected at most {}",
                Bytes(limit)
            );
            Warning::new(README_TOO_LARGE, message)
        })
    }

    fn judge_name(&mut self, index: usize, limits: &Limits, sink: &mut DiagnosticSink) {
        let (member, name) = (&self.members[index], &self.names[index]);
        for fault in names::judge(&member.name, member.utf8, limits.max_name_bytes) {
            let (code, why) = match fault {
                NameFault::Traversal(how) => {
                    self.astray.insert(index);
                    (Code::PathTraversalDetected, how)
                }
                NameFault::Forbidden(extension) => {
                    (Code::ForbiddenContent, format!("it ends in {extension}"))
                }
                NameFault::NestedArchive(extension) => (
                    Code::NestedArchiveDetected,
                    format!("it ends in {extension}"),
                ),
                NameFault::Invalid(why) => (Code::InvalidEntryName, why),
            };
            self.told.insert((index, code));
            report(sink, code, name, || {
                format!("entry {}: {why}", quoted(name))
            });
        }
    }

    fn judge_attributes(&mut self, index: usize, sink: &mut DiagnosticSink) {
        let (member, name) = (&self.members[index], &self.names[index]);
        self.readable[index] = true;
        if let Kind::Irregular(what) = member.kind {
            self.readable[index] = false;
            if self.told.insert((index, Code::ForbiddenContent)) {
                report(sink, Code::ForbiddenContent, name, || {
                    format!("entry {} is a {what} — expected a file", quoted(name))
                });
            }
        }
        if let Coding::Unsupported(feature) = member.coding {
            self.readable[index] = false;
            report(sink, Code::UnsupportedZipFeature, name, || {
                let what = match feature {
                    Feature::Encryption => "is encrypted".to_owned(),
                    Feature::PatchedData => "is patched data".to_owned(),
                    Feature::Method(method) => format!("is compressed with method {method}"),
                };
                format!(
                    "entry {} {what} — expected stored (0) or deflate (8)",
                    quoted(name)
                )
            });
        }
    }

    /// Whether a finding has been reported for the member's name or attributes.
    pub(crate) fn has_told(&self, index: usize, code: Code) -> bool {
        self.told.contains(&(index, code))
    }

    fn report_clashes(&self, limits: &Limits, sink: &mut DiagnosticSink) {
        // Names that are too long have been refused without a closer look.
        let names = self.names.iter().map(String::as_str);
        let names: Vec<&str> = names
            .filter(|name| name.len() <= limits.max_name_bytes)
            .collect();
        for clash in names::clashes(&names) {
            report(sink, Code::DuplicateEntry, names[clash.entry], || {
                clash.message
            });
        }
    }

    fn report_missing(&self, sink: &mut DiagnosticSink) {
        for (name, code) in [
            (MANIFEST, Code::ManifestMissing),
            (README, Code::ReadmeMissing),
        ] {
            if self.find(name).is_none() {
                report(sink, code, name, || {
                    format!("there is no file {name} at the root")
                });
            }
        }
    }
}

/// Reports a finding about an entry.
pub(crate) fn report(
    sink: &mut DiagnosticSink,
    code: Code,
    path: &str,
    message: impl FnOnce() -> String,
) {
    sink.report(code, Some(&path as &dyn Display), message);
}
