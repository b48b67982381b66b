//! Writing packages: streaming, reproducible, on all cores (package format 1.0, Archive).

mod archive;
mod artifact;
mod closing;
mod deflate;
mod entry;
mod error;
mod pool;
mod spool;

use std::collections::HashMap;
use std::io::{Read, Seek, Write};
use std::num::NonZeroUsize;

use installhub_artifact::{ArtifactId, ArtifactType, artifact_file};
use installhub_checksum::{BundleHasher, Digest};
use installhub_manifest::{ArtifactEntry, ManifestHeader, UnknownMembers};
use semver::Version;

pub use artifact::ArtifactWriter;
pub use closing::{Closing, SignatureFile, Written};
pub use error::WriteError;

#[cfg(test)]
pub(crate) use archive::{ArchiveSink, write_end};
#[cfg(test)]
pub(crate) use entry::Entry;

use crate::limits::Limits;
use crate::names::{self, NameFault};
use artifact::OpenArtifact;
use pool::DeflatePool;
use spool::Spool;

/// Who an artifact is; the writer adds the place and the digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtifactMeta {
    /// Its type, which decides the folder.
    pub artifact_type: ArtifactType,
    /// Its id: 1–128 characters of `A-Z a-z 0-9 . _ -`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: Version,
}

/// How a package is written; nothing here changes its bytes.
#[derive(Debug, Clone, Copy, Default)]
pub struct WriterOptions {
    /// Threads that deflate; by default as many as the machine runs at once.
    pub threads: Option<NonZeroUsize>,
}

/// Writes one package.
///
/// Artifacts come one after the other in install order, each in as many pieces as it likes. They are hashed as they pass
/// and deflated into `spool`, a temporary file that only this writer uses; the archive itself is written by
/// [`finish`](Self::finish), because its first entry, the manifest, is known last. Memory does not grow with the package
/// but for what the manifest needs about each artifact.
///
/// The same header and artifacts give the same bytes, whatever the pieces and the number of threads.
#[derive(Debug)]
pub struct PackageWriter<W, S: Write> {
    out: W,
    header: ManifestHeader,
    spool: Spool<S>,
    pool: DeflatePool,
    bundle: BundleHasher,
    artifacts: Vec<ArtifactEntry>,
    /// Ids that are taken, without case.
    ids: HashMap<String, String>,
    open: Option<OpenArtifact>,
}

impl<W: Write, S: Read + Write + Seek> PackageWriter<W, S> {
    /// A writer of a package with this header, which is judged at once.
    pub fn new(
        out: W,
        spool: S,
        header: ManifestHeader,
        options: WriterOptions,
    ) -> Result<Self, WriteError> {
        header.check()?;
        let threads = options
            .threads
            .or_else(|| std::thread::available_parallelism().ok())
            .unwrap_or(NonZeroUsize::MIN);
        Ok(Self {
            out,
            header,
            spool: Spool::new(spool)?,
            pool: DeflatePool::new(threads)?,
            bundle: BundleHasher::new(),
            artifacts: Vec::new(),
            ids: HashMap::new(),
            open: None,
        })
    }

    /// Adds an artifact whose bytes are at hand, and gives their digest.
    pub fn add_document(&mut self, meta: ArtifactMeta, bytes: &[u8]) -> Result<Digest, WriteError> {
        let mut artifact = self.start_artifact(meta)?;
        artifact.write_all(bytes)?;
        artifact.finish()
    }

    /// Starts the next artifact in install order. Write its bytes, then call [`ArtifactWriter::finish`].
    pub fn start_artifact(
        &mut self,
        meta: ArtifactMeta,
    ) -> Result<ArtifactWriter<'_, W, S>, WriteError> {
        self.nothing_open()?;
        ArtifactId::new(meta.id.as_str())?;
        check_name(&artifact_file(meta.artifact_type, &meta.id))?;
        let taken = self
            .ids
            .insert(meta.id.to_ascii_lowercase(), meta.id.clone());
        if let Some(other) = taken {
            self.ids.insert(other.to_ascii_lowercase(), other.clone());
            return Err(WriteError::DuplicateId { id: meta.id, other });
        }
        let buffer = self.pool.spare_buffer();
        self.open = Some(OpenArtifact::new(meta, buffer));
        Ok(ArtifactWriter { writer: self })
    }

    /// Bytes of artifacts in the spool, deflated; what is still at work is not counted.
    pub fn spooled_bytes(&self) -> u64 {
        self.spool.bytes()
    }

    fn nothing_open(&self) -> Result<(), WriteError> {
        match &self.open {
            Some(open) => Err(WriteError::Unfinished(open.meta.id.clone())),
            None => Ok(()),
        }
    }

    /// Takes the artifact that has been finished into the manifest.
    fn record(&mut self, meta: ArtifactMeta, hash: Digest) {
        self.artifacts.push(ArtifactEntry {
            artifact_type: meta.artifact_type,
            file: artifact_file(meta.artifact_type, &meta.id),
            id: meta.id,
            name: meta.name,
            version: meta.version,
            hash,
            unknown: UnknownMembers::new(),
        });
    }
}

/// Refuses a file name that validation would refuse: a table may well be called `aux`.
fn check_name(file: &str) -> Result<(), WriteError> {
    let limits = Limits::default();
    let Some(fault) = names::judge(file.as_bytes(), true, limits.max_name_bytes).pop() else {
        return Ok(());
    };
    let (NameFault::Traversal(reason)
    | NameFault::Forbidden(reason)
    | NameFault::NestedArchive(reason)
    | NameFault::Invalid(reason)) = fault;
    Err(WriteError::FileName {
        file: file.to_owned(),
        reason,
    })
}
