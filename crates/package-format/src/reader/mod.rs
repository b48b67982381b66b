//! Access to a package that has been judged.

mod artifact;
mod second_opinion;

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::sync::Arc;

use installhub_artifact::{Json, JsonError, parse};
use installhub_manifest::{ArtifactEntry, Code, Diagnostic, Manifest, Warning};

pub use artifact::ArtifactReader;

use crate::framing::{Kind, Member};
use crate::judge::{Report, judge};
use crate::layout::{Place, README, SIGNATURES};
use crate::limits::Limits;
use crate::source::ByteSource;
use crate::writer::SignatureFile;

/// Bytes of a README that are kept; a longer one is cut. Packages are written with far less.
const README_KEPT: usize = 1024 * 1024;

/// A package that has passed validation. Cheap to clone; clones share the source.
///
/// Artifacts are read by position, so that any number of readers can be open at once.
pub struct PackageReader<S: ?Sized> {
    package: Arc<Package>,
    source: Arc<S>,
}

/// What is known about an opened package.
#[derive(Debug)]
struct Package {
    manifest: Manifest,
    manifest_bytes: Vec<u8>,
    readme: String,
    warnings: Vec<Warning>,
    members: Vec<Member>,
    entries: Vec<PackageEntry>,
    /// For each artifact id its place in the manifest and its member.
    artifacts: HashMap<String, (usize, usize)>,
}

/// One file of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageEntry {
    /// Its name in the archive.
    pub name: String,
    /// Its bytes.
    pub bytes: u64,
    /// Its bytes in the archive.
    pub compressed_bytes: u64,
}

/// Why a package cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The source cannot be read.
    #[error("the package cannot be read")]
    Source(#[from] io::Error),
    /// The package does not pass validation.
    #[error("the package was refused with {} findings", .0.total)]
    Refused(Box<Report>),
}

/// Why something in a package cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// No artifact has this id.
    #[error("there is no artifact '{0}' in the package")]
    Unknown(String),
    /// The artifact is a table's rows, not a document.
    #[error("artifact '{0}' is a data file, not a document")]
    NotADocument(String),
    /// The source cannot be read, or is not what was judged.
    #[error("the package cannot be read")]
    Source(#[from] io::Error),
    /// The document is not what was judged.
    #[error("artifact '{id}' is not the document that was judged")]
    Changed {
        /// The artifact.
        id: String,
        /// What is there now.
        source: JsonError,
    },
}

impl<S: ByteSource + ?Sized + 'static> PackageReader<S> {
    /// Judges the package and opens it when nothing is wrong with it.
    ///
    /// A second, independent reader of ZIP files has to see the same members.
    pub fn open(source: Arc<S>, limits: &Limits) -> Result<Self, OpenError> {
        let judged = judge(&source, limits)?;
        let report = judged.report;
        let Some(manifest) = report.manifest.clone() else {
            return Err(OpenError::Refused(Box::new(report)));
        };
        let members = judged.archive.members;
        if let Some(difference) = second_opinion::differs(&source, &members) {
            let finding = Diagnostic::new(Code::InvalidZip, None, difference);
            return Err(OpenError::Refused(Box::new(Report {
                diagnostics: vec![finding],
                total: 1,
                warnings: report.warnings,
                manifest: None,
            })));
        }
        let names = members.iter().enumerate();
        let by_name: HashMap<&[u8], usize> = names
            .map(|(index, member)| (&*member.name, index))
            .collect();
        let entries = manifest.artifacts.iter().enumerate();
        let artifacts = entries.filter_map(|(place, entry)| {
            let member = by_name.get(entry.file.as_bytes())?;
            Some((entry.id.clone(), (place, *member)))
        });
        let mut package = Package {
            artifacts: artifacts.collect(),
            entries: members.iter().filter_map(PackageEntry::of).collect(),
            readme: String::new(),
            manifest,
            manifest_bytes: judged.manifest_bytes,
            warnings: report.warnings,
            members,
        };
        if let Some(readme) = package
            .members
            .iter()
            .find(|member| &*member.name == README.as_bytes())
        {
            let reader = ArtifactReader::new(Arc::clone(&source), readme);
            package.readme = String::from_utf8_lossy(&reader.read_up_to(README_KEPT)?).into_owned();
        }
        Ok(Self {
            package: Arc::new(package),
            source,
        })
    }

    /// The bytes of an artifact's file, as a stream that checks size and CRC on the way.
    pub fn open_artifact(&self, id: &str) -> Result<ArtifactReader<S>, ReadError> {
        let (_, member) = self.find(id)?;
        Ok(ArtifactReader::new(
            Arc::clone(&self.source),
            &self.package.members[member],
        ))
    }

    /// An artifact's document. Data files are no documents: read those as a stream.
    pub fn read_document(&self, id: &str) -> Result<Json, ReadError> {
        let (place, member) = self.find(id)?;
        let spec = self.package.manifest.artifacts[place].artifact_type.spec();
        if spec.extension != "json" {
            return Err(ReadError::NotADocument(id.to_owned()));
        }
        let reader = ArtifactReader::new(Arc::clone(&self.source), &self.package.members[member]);
        let bytes = reader.read_up_to(usize::MAX)?;
        parse(&bytes).map_err(|source| ReadError::Changed {
            id: id.to_owned(),
            source,
        })
    }

    /// The signatures in the package, by the name of their key.
    pub fn signatures(&self) -> Result<Vec<SignatureFile>, ReadError> {
        let mut signatures = Vec::new();
        for member in &self.package.members {
            let name = member.display_name();
            if Place::of(&name) != Place::Signature {
                continue;
            }
            let key_id = name
                .strip_prefix(SIGNATURES)
                .and_then(|file| file.strip_suffix(".json"));
            let reader = ArtifactReader::new(Arc::clone(&self.source), member);
            signatures.push(SignatureFile {
                key_id: key_id.unwrap_or_default().to_owned(),
                bytes: reader.read_up_to(usize::MAX)?,
            });
        }
        signatures.sort_by(|a, b| a.key_id.cmp(&b.key_id));
        Ok(signatures)
    }
}

impl<S: ?Sized> PackageReader<S> {
    /// The manifest.
    pub fn manifest(&self) -> &Manifest {
        &self.package.manifest
    }

    /// The manifest's exact bytes, which signatures cover.
    pub fn manifest_bytes(&self) -> &[u8] {
        &self.package.manifest_bytes
    }

    /// The README, what is not UTF-8 replaced, cut after its first mebibyte.
    pub fn readme(&self) -> &str {
        &self.package.readme
    }

    /// What validation warned about.
    pub fn warnings(&self) -> &[Warning] {
        &self.package.warnings
    }

    /// All files of the package, in the order of its directory.
    pub fn entries(&self) -> &[PackageEntry] {
        &self.package.entries
    }

    /// What the manifest says about an artifact.
    pub fn artifact(&self, id: &str) -> Option<&ArtifactEntry> {
        let (place, _) = self.package.artifacts.get(id)?;
        self.package.manifest.artifacts.get(*place)
    }

    fn find(&self, id: &str) -> Result<(usize, usize), ReadError> {
        let found = self.package.artifacts.get(id).copied();
        found.ok_or_else(|| ReadError::Unknown(id.to_owned()))
    }
}

impl<S: ?Sized> Clone for PackageReader<S> {
    fn clone(&self) -> Self {
        Self {
            package: Arc::clone(&self.package),
            source: Arc::clone(&self.source),
        }
    }
}

impl<S: ?Sized> fmt::Debug for PackageReader<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PackageReader")
            .field("name", &self.package.manifest.name)
            .field("version", &self.package.manifest.version)
            .field("entries", &self.package.entries.len())
            .finish_non_exhaustive()
    }
}

impl PackageEntry {
    fn of(member: &Member) -> Option<Self> {
        (member.kind == Kind::File).then(|| Self {
            name: member.display_name(),
            bytes: member.uncompressed,
            compressed_bytes: member.compressed,
        })
    }
}
