//! A folder as a source of artifacts.

use std::collections::{BTreeSet, HashMap};
use std::io::Write;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use installhub_exporting::ports::{ArtifactSource, Notice, SourceContents, SourceError};

use crate::assemble::{compare, look_alikes, settle};
use crate::document::{Document, Piece};
use crate::n8n::{read_workflows, resolve};
use crate::native::{DeclaredFiles, read_artifact};
use crate::options::{FolderFormat, FolderOptions};
use crate::parallel;
use crate::problem::{Failure, Problem, all_together, notice, spool_failed};
use crate::spool::{CopyError, Spool};
use crate::walk::{FileKind, FoundFile, Listing, list};

/// Every artifact in a folder and the folders below it.
///
/// Reading and writing happen on the calling thread (and, while preparing, on as many others as there are processors): in a
/// server, poll it where blocking is allowed. Content is kept in an unnamed temporary file in between, so that memory holds an
/// index only and later changes in the folder are not seen.
#[derive(Debug)]
pub struct FolderSource {
    root: PathBuf,
    prefix: String,
    declared: DeclaredFiles,
    /// What was noticed before the artifacts were looked at.
    noticed: Option<Notice>,
    options: FolderOptions,
    prepared: Option<Prepared>,
}

#[derive(Debug)]
struct Prepared {
    spool: Spool,
    bodies: HashMap<String, Vec<Piece>>,
}

impl FolderSource {
    /// The folder `root`, read as `options` say. Nothing is touched before [`prepare`](ArtifactSource::prepare).
    pub fn new(root: impl Into<PathBuf>, options: FolderOptions) -> Self {
        Self {
            root: root.into(),
            prefix: String::new(),
            declared: DeclaredFiles::new(),
            noticed: None,
            options,
            prepared: None,
        }
    }

    /// The artifacts of a directory form: files are named with `prefix`, and what they do not say, `declared` does.
    pub(crate) fn of_directory_form(
        root: PathBuf,
        prefix: &str,
        declared: DeclaredFiles,
        options: FolderOptions,
        noticed: Option<Notice>,
    ) -> Self {
        Self {
            prefix: prefix.to_owned(),
            declared,
            noticed,
            ..Self::new(root, options)
        }
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    fn read(&self) -> Result<(Prepared, SourceContents), SourceError> {
        let wanted: BTreeSet<String> = self.declared.keys().cloned().collect();
        let mut listing = list(&self.root, &self.prefix, &wanted)?;
        let mut spool = Spool::new(self.options.spool_folder.as_deref()).map_err(spool_failed)?;
        let (documents, notices) = match self.options.format {
            FolderFormat::Native => self.read_native(&mut listing, &mut spool),
            FolderFormat::N8n => self.read_n8n(&mut listing, &spool),
        }?;
        let look_alikes = look_alikes(&documents);
        if !look_alikes.is_empty() {
            return Err(all_together(look_alikes));
        }
        let mut contents = SourceContents {
            artifacts: documents.iter().map(Document::outline).collect(),
            notices: listing.notices,
        };
        contents.notices.extend(self.noticed.clone());
        contents.notices.extend(notices);
        contents.notices.extend(compare(&documents, &self.declared));
        contents
            .notices
            .sort_by(|a, b| (&a.object, a.code, &a.message).cmp(&(&b.object, b.code, &b.message)));
        let bodies = documents.into_iter();
        let bodies = bodies
            .map(|document| (document.id, document.body))
            .collect();
        Ok((Prepared { spool, bodies }, contents))
    }

    fn read_native(
        &self,
        listing: &mut Listing,
        spool: &mut Spool,
    ) -> Result<(Vec<Document>, Vec<Notice>), SourceError> {
        self.refuse_emptiness(listing)?;
        let shared = &*spool;
        let results = parallel::map(&listing.files, |file| {
            read_artifact(file, &self.declared, shared)
        });
        let documents = successes(results, std::mem::take(&mut listing.problems))?;
        settle(documents, self.options.on_duplicate_id, spool)
            .map_err(|failures| failed(failures, Vec::new()))
    }

    fn read_n8n(
        &self,
        listing: &mut Listing,
        spool: &Spool,
    ) -> Result<(Vec<Document>, Vec<Notice>), SourceError> {
        let (documents, rows) = std::mem::take(&mut listing.files)
            .into_iter()
            .partition(|file| file.kind == FileKind::Document);
        listing.files = documents;
        let rows: Vec<FoundFile> = rows;
        listing.notices.extend(rows.iter().map(|file| {
            notice(
                "NotCarried",
                &file.name,
                "holds rows, which are nothing n8n exports; it is left out",
            )
        }));
        self.refuse_emptiness(listing)?;
        let results = parallel::map(&listing.files, |file| read_workflows(file, spool));
        let workflows = successes(results, std::mem::take(&mut listing.problems))?;
        let workflows: Vec<_> = workflows.into_iter().flatten().collect();
        resolve(&workflows, self.options.on_duplicate_id).map_err(all_together)
    }

    fn refuse_emptiness(&self, listing: &Listing) -> Result<(), SourceError> {
        if !listing.files.is_empty() || !listing.problems.is_empty() {
            return Ok(());
        }
        let expected = match self.options.format {
            FolderFormat::Native => "a .json or .ndjson file",
            FolderFormat::N8n => "a .json file with a workflow",
        };
        Err(SourceError::Unreachable {
            message: format!(
                "the folder '{}' holds no artifacts: expected {expected} in it or in a folder below",
                self.root.display()
            ),
            source: None,
        })
    }
}

/// What was read, or all that went wrong.
fn successes<T>(
    results: Vec<Result<T, Failure>>,
    problems: Vec<Problem>,
) -> Result<Vec<T>, SourceError> {
    let mut read = Vec::with_capacity(results.len());
    let mut failures = Vec::new();
    for result in results {
        match result {
            Ok(one) => read.push(one),
            Err(failure) => failures.push(failure),
        }
    }
    if failures.is_empty() && problems.is_empty() {
        return Ok(read);
    }
    Err(failed(failures, problems))
}

fn failed(failures: Vec<Failure>, mut problems: Vec<Problem>) -> SourceError {
    for failure in failures {
        match failure {
            Failure::Problem(problem) => problems.push(problem),
            // Whatever else was found, it was found on a machine without room.
            Failure::Spool(error) => return spool_failed(error),
        }
    }
    all_together(problems)
}

#[async_trait]
impl ArtifactSource for FolderSource {
    async fn prepare(&mut self) -> Result<SourceContents, SourceError> {
        self.prepared = None;
        let (prepared, contents) = self.read()?;
        self.prepared = Some(prepared);
        Ok(contents)
    }

    async fn write(&mut self, id: &str, out: &mut (dyn Write + Send)) -> Result<(), SourceError> {
        let unknown = || SourceError::Unreadable {
            object: id.to_owned(),
            message:
                "was not found when the folder was read: expected the id of a prepared artifact"
                    .to_owned(),
        };
        let Prepared { spool, bodies } = self.prepared.as_mut().ok_or_else(unknown)?;
        for piece in bodies.get(id).ok_or_else(unknown)? {
            match piece {
                Piece::Bytes(bytes) => out.write_all(bytes)?,
                Piece::Slice(slice) => spool.copy(*slice, out).map_err(|error| match error {
                    CopyError::Read(error) => spool_failed(error),
                    CopyError::Write(error) => SourceError::Write(error),
                })?,
            }
        }
        Ok(())
    }
}
