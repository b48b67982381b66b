//! The end of writing: README, manifest, signatures, and the archive around everything.

use std::io::{BufReader, Read, Seek, Write};

use installhub_artifact::ArtifactId;
use installhub_checksum::Digest;
use installhub_manifest::{DependencyEntry, Manifest, ManifestContent, UnknownMembers};

use super::archive::ArchiveSink;
use super::deflate::{Effort, deflate};
use super::entry::Entry;
use super::{PackageWriter, WriteError};
use crate::layout::{MANIFEST, README, README_BYTES, signature_file};
use crate::readme;

/// What a package gets besides its header and its artifacts.
#[derive(Debug, Clone, Default)]
pub struct Closing {
    /// What the artifacts need and the package does not have; everything it has is listed anyway.
    pub outside: Vec<DependencyEntry>,
    /// The author's README, kept as it is; without one it is generated.
    pub readme: Option<String>,
}

/// A signature to be put into the package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureFile {
    /// Names the key; becomes `signatures/{key_id}.json`.
    pub key_id: String,
    /// The file.
    pub bytes: Vec<u8>,
}

/// What a package came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The manifest as it stands in the package.
    pub manifest: Manifest,
    /// Bytes of the archive.
    pub bytes: u64,
    /// Digest of the archive, under which it is stored.
    pub digest: Digest,
}

impl<W: Write, S: Read + Write + Seek> PackageWriter<W, S> {
    /// Writes the archive.
    pub fn finish(self, closing: Closing) -> Result<Written, WriteError> {
        self.finish_signed(closing, |_| Ok(Vec::new()))
    }

    /// Writes the archive with the signatures that `sign` makes over the exact bytes of the manifest.
    pub fn finish_signed<F>(mut self, closing: Closing, sign: F) -> Result<Written, WriteError>
    where
        F: FnOnce(&[u8]) -> Result<Vec<SignatureFile>, Box<dyn std::error::Error + Send + Sync>>,
    {
        self.nothing_open()?;
        let spool = &mut self.spool;
        self.pool.drain(&mut |deflated| spool.take(deflated))?;
        let checksum = std::mem::take(&mut self.bundle).finish();
        let dependencies = self.closure(closing.outside);
        let readme = match closing.readme {
            Some(readme) => readme,
            None => readme::generate_readme(&self.header, &self.artifacts, checksum),
        };
        if readme.len() > README_BYTES {
            let (found, limit) = (readme.len(), README_BYTES);
            return Err(WriteError::ReadmeTooLong { found, limit });
        }
        let manifest = self.header.into_manifest(ManifestContent {
            install_order: self
                .artifacts
                .iter()
                .map(|entry| entry.id.clone())
                .collect(),
            artifacts: self.artifacts,
            dependencies,
            checksum,
            readme_hash: Some(Digest::of(readme.as_bytes())),
        })?;
        let manifest_bytes = manifest.to_canonical_bytes();
        let signatures = sign(&manifest_bytes).map_err(WriteError::Sign)?;

        let mut archive = ArchiveSink::new(self.out);
        archive.entry(&stored(MANIFEST, &manifest_bytes), &manifest_bytes)?;
        write_deflated(&mut archive, README.to_owned(), readme.as_bytes())?;
        let (entries, file) = self.spool.into_entries()?;
        let mut file = BufReader::with_capacity(256 * 1024, file);
        for entry in &entries {
            archive.entry_from(entry, &mut file)?;
        }
        for signature in signatures {
            let name = ArtifactId::new(signature.key_id.as_str())
                .map(|key_id| signature_file(key_id.as_str()))
                .map_err(|_| WriteError::KeyId(signature.key_id))?;
            write_deflated(&mut archive, name, &signature.bytes)?;
        }
        let written = archive.finish()?;
        Ok(Written {
            manifest,
            bytes: written.bytes,
            digest: written.digest,
        })
    }

    /// The manifest's dependencies: every artifact of the package, and what has to be in the target already.
    fn closure(&self, outside: Vec<DependencyEntry>) -> Vec<DependencyEntry> {
        let packaged = self.artifacts.iter().map(|entry| DependencyEntry {
            artifact_type: entry.artifact_type,
            id: entry.id.clone(),
            name: entry.name.clone(),
            version: entry.version.clone(),
            hash: entry.hash,
            unknown: UnknownMembers::new(),
        });
        packaged.chain(outside).collect()
    }
}

fn stored(name: &str, bytes: &[u8]) -> Entry {
    Entry {
        name: name.to_owned(),
        deflated: false,
        crc: crc32fast::hash(bytes),
        compressed: bytes.len() as u64,
        uncompressed: bytes.len() as u64,
    }
}

fn write_deflated<W: Write>(
    archive: &mut ArchiveSink<W>,
    name: String,
    bytes: &[u8],
) -> Result<(), WriteError> {
    let mut data = Vec::new();
    deflate(Effort::Plain, &[], bytes, true, &mut data).map_err(std::io::Error::other)?;
    let entry = Entry {
        name,
        deflated: true,
        crc: crc32fast::hash(bytes),
        compressed: data.len() as u64,
        uncompressed: bytes.len() as u64,
    };
    Ok(archive.entry(&entry, &data)?)
}
