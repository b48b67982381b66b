//! What the manifest declares against what the archive holds.

use std::borrow::Cow;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use installhub_checksum::Digest;
use installhub_manifest::{Code, DeclaredEntry, DiagnosticSink, Parsed};

use super::content::Declaration;
use super::inventory::{Inventory, Named, report};
use crate::framing::Kind;
use crate::layout::{DATA_EXTENSION, Place};
use crate::names::{leaves_the_package, quoted};

/// The declared artifacts whose files are in the archive.
#[derive(Debug, Default)]
pub(crate) struct Declarations {
    pub(crate) files: Vec<DeclaredFile>,
    /// The number of the first file that declares an id.
    pub(crate) ids: HashMap<String, u32>,
    /// The numbers of files whose id another one declares too.
    pub(crate) repeated: HashSet<u32>,
    /// The number of the file that a member is.
    by_member: HashMap<usize, usize>,
    /// Declared names that several members have.
    ambiguous: HashSet<String>,
    /// Place in the install order, per file.
    pub(crate) places: Vec<Option<usize>>,
    /// Whether every declared artifact is here, so that there can be a bundle.
    pub(crate) complete: bool,
}

/// A declared artifact whose file is in the archive.
#[derive(Debug)]
pub(crate) struct DeclaredFile {
    pub(crate) member: usize,
    pub(crate) declaration: Declaration,
    pub(crate) hash: Option<Digest>,
}

impl Declarations {
    /// Compares both ways, and reports what only one of them has.
    pub(crate) fn compare(
        inventory: &Inventory<'_>,
        parsed: Option<&Parsed<'_>>,
        sink: &mut DiagnosticSink,
    ) -> Self {
        let mut declarations = Self {
            complete: parsed.is_some_and(Parsed::order_is_complete),
            ..Self::default()
        };
        for entry in parsed.into_iter().flat_map(Parsed::declared) {
            declarations.find(&entry, inventory, sink);
        }
        // Only a list of artifacts tells what is not in it.
        let listed = parsed
            .and_then(|parsed| parsed.raw.as_ref())
            .is_some_and(|raw| raw.artifacts.items().is_some());
        for index in 0..inventory.members.len() {
            declarations.report_stray(index, listed, inventory, sink);
        }
        if let Some(parsed) = parsed {
            declarations.find_places(parsed);
        }
        declarations
    }

    /// The declaration of a member, when it has one.
    pub(crate) fn of_member(&self, member: usize) -> Option<&DeclaredFile> {
        self.by_member
            .get(&member)
            .map(|number| &self.files[*number])
    }

    /// Whether a member is a declared data file, which has no limit of its own.
    pub(crate) fn is_data(&self, member: usize, name: &str) -> bool {
        self.by_member.contains_key(&member) && name.ends_with(DATA_EXTENSION)
    }

    /// The numbers of the files in install order, then of those that have no place in it.
    pub(crate) fn in_install_order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.files.len()).collect();
        order.sort_by_key(|number| self.places[*number].unwrap_or(usize::MAX));
        order
    }

    fn find(
        &mut self,
        entry: &DeclaredEntry<'_>,
        inventory: &Inventory<'_>,
        sink: &mut DiagnosticSink,
    ) {
        let Some(file) = entry.file.as_deref() else {
            self.complete = false;
            return;
        };
        let path = || format!("artifacts[{}].file", entry.index);
        if let Some(how) = leaves_the_package(file) {
            sink.report(Code::PathTraversalDetected, Some(&path()), || {
                format!("{} {}: {how}", path(), quoted(file))
            });
        }
        match inventory.find(file) {
            Some(Named::One(member)) => self.add(entry, member),
            // The archive has it more than once, which has been reported.
            Some(Named::Several) => {
                self.complete = false;
                self.ambiguous.insert(file.to_owned());
            }
            None => {
                self.complete = false;
                report(sink, Code::ArtifactFileMissing, file, || {
                    format!(
                        "file {} declared in manifest but not found in ZIP",
                        quoted(file)
                    )
                });
            }
        }
    }

    fn add(&mut self, entry: &DeclaredEntry<'_>, member: usize) {
        let number = self.files.len();
        match self.by_member.entry(member) {
            Entry::Vacant(vacant) => vacant.insert(number),
            // A file that is declared twice is judged by its first declaration.
            Entry::Occupied(_) => {
                self.complete = false;
                return;
            }
        };
        if let Some(id) = &entry.id {
            let number = u32::try_from(number).unwrap_or(u32::MAX);
            match self.ids.entry(id.clone().into_owned()) {
                Entry::Vacant(vacant) => {
                    vacant.insert(number);
                }
                Entry::Occupied(first) => {
                    self.repeated.insert(*first.get());
                }
            }
        }
        self.files.push(DeclaredFile {
            member,
            declaration: Declaration {
                artifact_type: entry.artifact_type,
                id: entry.id.clone().map(Cow::into_owned),
            },
            hash: entry.hash,
        });
        self.places.push(None);
    }

    /// Reports a file that a package has no place for.
    fn report_stray(
        &self,
        index: usize,
        listed: bool,
        inventory: &Inventory<'_>,
        sink: &mut DiagnosticSink,
    ) {
        let name = inventory.names[index].as_str();
        // Folders are no content; what has been declared has been found.
        let is_folder = inventory.members[index].kind == Kind::Directory;
        if is_folder || self.by_member.contains_key(&index) || self.ambiguous.contains(name) {
            return;
        }
        match inventory.place(index) {
            Some(Place::Artifact) if listed => {
                report(sink, Code::UndeclaredArtifact, name, || {
                    format!(
                        "file {} is under artifacts/ but not declared in manifest",
                        quoted(name)
                    )
                });
            }
            Some(Place::Elsewhere) => report(sink, Code::UnexpectedEntry, name, || {
                format!(
                    "entry {} has no place in a package — expected manifest.json, README.md, artifacts/ and signatures/*.json",
                    quoted(name)
                )
            }),
            _ => {}
        }
    }

    fn find_places(&mut self, parsed: &Parsed<'_>) {
        for (place, id) in parsed.install_order().enumerate() {
            if let Some(number) = self.ids.get(&*id) {
                self.places[*number as usize].get_or_insert(place);
            }
        }
    }
}
