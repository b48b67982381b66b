//! The files of a folder, in a fixed order.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use installhub_exporting::ports::{Notice, SourceError};

use crate::problem::{Problem, named, notice};

/// Folders of other tools that hold nothing of the person's own.
const FOREIGN_FOLDERS: &[&str] = &["node_modules"];

/// How many names a notice lists.
const MOST_NAMES: usize = 5;

/// A file to read.
#[derive(Debug, Clone)]
pub(crate) struct FoundFile {
    /// Relative to the folder, with `/`.
    pub(crate) name: String,
    /// Where it is opened.
    pub(crate) path: PathBuf,
    /// What its extension says it is.
    pub(crate) kind: FileKind,
}

/// What an extension says about a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileKind {
    /// `.json`
    Document,
    /// `.ndjson`
    Data,
}

/// What a folder holds.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    /// Sorted by name.
    pub(crate) files: Vec<FoundFile>,
    /// What was left out.
    pub(crate) notices: Vec<Notice>,
    /// Folders below that cannot be read.
    pub(crate) problems: Vec<Problem>,
}

/// Lists every `.json` and `.ndjson` file below `root`. Hidden files and folders are left out, but for `wanted` ones; links are
/// followed to files inside the folder only.
///
/// Names in the listing are relative to `root` and start with `prefix`; those of `wanted` do too.
pub(crate) fn list(
    root: &Path,
    prefix: &str,
    wanted: &BTreeSet<String>,
) -> Result<Listing, SourceError> {
    let first = open_root(root)?;
    let mut walk = Walk {
        wanted,
        found: BTreeMap::new(),
        links: Vec::new(),
        others: BTreeSet::new(),
        listing: Listing::default(),
    };
    let mut folders = Vec::new();
    walk.take_folder(first, prefix, &mut folders);
    while let Some((path, name)) = folders.pop() {
        match fs::read_dir(&path) {
            Ok(entries) => walk.take_folder(entries, &name, &mut folders),
            Err(error) => {
                let folder = name.trim_end_matches('/');
                let problem = Problem::new(folder, format!("cannot read the folder: {error}"));
                walk.listing.problems.push(problem);
            }
        }
    }
    walk.resolve_links(root);
    Ok(walk.finish(prefix))
}

fn open_root(root: &Path) -> Result<fs::ReadDir, SourceError> {
    let unreachable = |message: String, error: Option<io::Error>| SourceError::Unreachable {
        message,
        source: error.map(Into::into),
    };
    let shown = root.display();
    match fs::metadata(root) {
        Ok(found) if found.is_dir() => fs::read_dir(root).map_err(|error| {
            let advice = "make it readable for this user";
            unreachable(
                format!("cannot read the folder '{shown}': {advice}"),
                Some(error),
            )
        }),
        Ok(_) => Err(unreachable(
            format!("'{shown}' is a file: expected the folder that holds the artifacts"),
            None,
        )),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(unreachable(
            format!("there is no folder '{shown}': check the path"),
            Some(error),
        )),
        Err(error) => Err(unreachable(
            format!("cannot reach the folder '{shown}'"),
            Some(error),
        )),
    }
}

struct Walk<'w> {
    wanted: &'w BTreeSet<String>,
    found: BTreeMap<String, (PathBuf, FileKind)>,
    links: Vec<(String, PathBuf)>,
    others: BTreeSet<String>,
    listing: Listing,
}

impl Walk<'_> {
    fn take_folder(
        &mut self,
        entries: fs::ReadDir,
        folder: &str,
        folders: &mut Vec<(PathBuf, String)>,
    ) {
        for entry in entries {
            let (entry, kind) =
                match entry.and_then(|entry| entry.file_type().map(|kind| (entry, kind))) {
                    Ok(found) => found,
                    Err(error) => {
                        let message = format!("cannot read the folder: {error}");
                        let folder = folder.trim_end_matches('/');
                        self.listing.problems.push(Problem::new(folder, message));
                        continue;
                    }
                };
            let base = entry.file_name();
            let base = base.to_string_lossy();
            let name = format!("{folder}{base}");
            let passed_over = base.starts_with('.') || FOREIGN_FOLDERS.contains(&base.as_ref());
            if passed_over && !self.wanted.contains(&name) {
                continue;
            }
            if kind.is_dir() {
                folders.push((entry.path(), format!("{name}/")));
            } else if kind.is_symlink() {
                self.links.push((name, entry.path()));
            } else if kind.is_file() {
                self.take_file(name, entry.path());
            } else {
                self.others.insert(name);
            }
        }
    }

    fn take_file(&mut self, name: String, path: PathBuf) {
        match file_kind(&name) {
            Some(kind) => {
                self.found.insert(name, (path, kind));
            }
            None => {
                self.others.insert(name);
            }
        }
    }

    /// Takes files that links inside the folder lead to, unless the file was met anyway.
    fn resolve_links(&mut self, root: &Path) {
        if self.links.is_empty() {
            return;
        }
        let root = fs::canonicalize(root).unwrap_or_else(|_| root.to_owned());
        let met: BTreeSet<PathBuf> = self
            .found
            .values()
            .filter_map(|(path, _)| fs::canonicalize(path).ok())
            .collect();
        let mut links = std::mem::take(&mut self.links);
        links.sort();
        for (name, path) in links {
            let why = match fs::canonicalize(&path) {
                Err(_) => "is a link that leads nowhere",
                Ok(target) if !target.starts_with(&root) => "is a link to outside the folder",
                Ok(target) if target.is_dir() => "is a link to a folder",
                Ok(target) if met.contains(&target) => continue,
                Ok(target) if target.is_file() => {
                    self.take_file(name, target);
                    continue;
                }
                Ok(_) => "is a link to something that is no file",
            };
            let message = format!("{why}, which is not followed; it is left out");
            self.listing
                .notices
                .push(notice("NotCarried", &name, message));
        }
    }

    fn finish(self, prefix: &str) -> Listing {
        let mut listing = self.listing;
        let files = self.found.into_iter();
        listing.files = files
            .map(|(name, (path, kind))| FoundFile { name, path, kind })
            .collect();
        if !self.others.is_empty() {
            let message = format!(
                "left out, being neither .json nor .ndjson: {}",
                named(self.others.iter().map(String::as_str), MOST_NAMES)
            );
            let object = match prefix.trim_end_matches('/') {
                "" => ".",
                folder => folder,
            };
            listing.notices.push(notice("NotCarried", object, message));
        }
        listing
    }
}

fn file_kind(name: &str) -> Option<FileKind> {
    let extension = Path::new(name).extension()?;
    if extension.eq_ignore_ascii_case("json") {
        Some(FileKind::Document)
    } else if extension.eq_ignore_ascii_case("ndjson") {
        Some(FileKind::Data)
    } else {
        None
    }
}

#[cfg(test)]
#[path = "walk_tests.rs"]
mod tests;
