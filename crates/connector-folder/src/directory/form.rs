//! Reading a directory form for an export.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use installhub_exporting::EarlierPackage;
use installhub_exporting::ports::SourceError;
use installhub_manifest::{Manifest, ManifestHeader, Origin, PackageName};
use installhub_package_format::{SignatureFile, generate_readme};

use super::{ARTIFACTS, MANIFEST, README, SIGNATURES, manifest_file};
use crate::native::{Declared, DeclaredFiles};
use crate::options::{FolderFormat, FolderOptions};
use crate::problem::{Problem, all_together};
use crate::read::{cannot_read, read_document};
use crate::source::FolderSource;
use crate::walk::{FileKind, FoundFile};

/// A package as a folder: its manifest says what the package is, its files say what is in it.
///
/// An unchanged folder gives the same package again. Whatever follows from the files – hashes, checksum, dependencies, order – is
/// made anew, so that artifacts can be edited, added and removed without touching the manifest.
#[derive(Debug)]
pub struct DirectoryForm {
    manifest: Manifest,
    manifest_bytes: Vec<u8>,
    readme: Option<String>,
    signatures: Vec<SignatureFile>,
    source: FolderSource,
}

impl DirectoryForm {
    /// The directory form in `folder`; `None` if the folder has no `manifest.json`, or one that is an artifact and no manifest.
    ///
    /// A manifest that is meant to be one and is not in order is an error with all its findings. The format in `options` does
    /// not matter: a directory form is native.
    pub fn find(folder: &Path, options: FolderOptions) -> Result<Option<Self>, SourceError> {
        let Some(manifest_bytes) = read_optional(folder, MANIFEST)? else {
            return Ok(None);
        };
        if is_artifact(&manifest_bytes) {
            return Ok(None);
        }
        let (manifest, notice) = manifest_file::read(&manifest_bytes)?;
        let source = FolderSource::of_directory_form(
            folder.join(ARTIFACTS),
            &format!("{ARTIFACTS}/"),
            declared(&manifest),
            FolderOptions {
                format: FolderFormat::Native,
                ..options
            },
            notice,
        );
        Ok(Some(Self {
            readme: read_readme(folder)?,
            signatures: read_signatures(folder)?,
            manifest,
            manifest_bytes,
            source,
        }))
    }

    /// The manifest as it stands in the folder. Its artifacts, dependencies and digests may be out of date.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The text of `README.md`, if there is one.
    pub fn readme(&self) -> Option<&str> {
        self.readme.as_deref()
    }

    /// The text of `README.md` if its author is a person: a README that was generated from the manifest and `header` (see
    /// [`header`](Self::header)) describes the package as it was, and is better generated again.
    pub fn authored_readme(&self, header: &ManifestHeader) -> Option<&str> {
        let generated = generate_readme(header, &self.manifest.artifacts, self.manifest.checksum);
        self.readme().filter(|readme| *readme != generated)
    }

    /// What the manifest says about the package. Manifests of other writers may leave out who exported them from which platform:
    /// `fallback` says it then. Fails if the package has a name that may be read but not written.
    pub fn header(&self, fallback: &Origin) -> Result<ManifestHeader, SourceError> {
        let manifest = self.manifest.clone();
        let refused = |error: &dyn std::error::Error| {
            SourceError::from(Problem::new(MANIFEST, error.to_string()))
        };
        let name = manifest
            .name
            .parse::<PackageName>()
            .map_err(|error| refused(&error))?;
        let origin = Origin {
            exported_at: manifest.exported_at,
            exported_by: match manifest.exported_by {
                Some(actor) => actor.parse().map_err(|error| refused(&error))?,
                None => fallback.exported_by.clone(),
            },
            tenant_id: manifest.tenant_id,
            platform_version: match manifest.platform_version {
                Some(version) => version,
                None => fallback.platform_version.clone(),
            },
        };
        let (id, kind, version) = (manifest.package_id, manifest.package_type, manifest.version);
        Ok(ManifestHeader {
            description: manifest.description,
            author: manifest.author,
            organization: manifest.organization,
            author_email: manifest.author_email,
            license: manifest.license,
            homepage: manifest.homepage,
            tags: manifest.tags,
            package_dependencies: manifest.package_dependencies,
            unknown: manifest.unknown,
            ..ManifestHeader::new(id, name, kind, version, origin)
        })
    }

    /// The artifacts, and what of the former package an export keeps where it still fits: order and signatures.
    pub fn into_parts(self) -> (FolderSource, EarlierPackage) {
        let earlier = EarlierPackage {
            install_order: self.manifest.install_order,
            manifest: self.manifest_bytes,
            signatures: self.signatures,
        };
        (self.source, earlier)
    }
}

fn declared(manifest: &Manifest) -> DeclaredFiles {
    manifest
        .artifacts
        .iter()
        .map(|entry| {
            let declared = Declared {
                artifact_type: entry.artifact_type,
                id: entry.id.clone(),
                name: entry.name.clone(),
                version: entry.version.clone(),
            };
            (entry.file.clone(), declared)
        })
        .collect()
}

fn is_artifact(manifest: &[u8]) -> bool {
    !manifest_file::is_manifest(manifest)
        && installhub_artifact::parse_ref(manifest).is_ok_and(|document| {
            document.get("_type").is_some() && document.get("manifestVersion").is_none()
        })
}

fn read_readme(folder: &Path) -> Result<Option<String>, SourceError> {
    let Some(bytes) = read_optional(folder, README)? else {
        return Ok(None);
    };
    String::from_utf8(bytes).map(Some).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Problem::new(
            README,
            format!("is not UTF-8 at byte {at}: save it as UTF-8"),
        )
        .into()
    })
}

fn read_signatures(folder: &Path) -> Result<Vec<SignatureFile>, SourceError> {
    let entries = match fs::read_dir(folder.join(SIGNATURES)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(cannot_read(SIGNATURES, &error).into()),
    };
    let mut key_ids = BTreeSet::new();
    for entry in entries {
        let entry = entry.map_err(|error| cannot_read(SIGNATURES, &error))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if let Some(key_id) = name.strip_suffix(".json").filter(|id| !id.starts_with('.')) {
            key_ids.insert(key_id.to_owned());
        }
    }
    let mut signatures = Vec::with_capacity(key_ids.len());
    let mut problems = Vec::new();
    for key_id in key_ids {
        let name = format!("{SIGNATURES}/{key_id}.json");
        match read_document(&found(folder, &name)) {
            Ok(bytes) => signatures.push(SignatureFile { key_id, bytes }),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() {
        Ok(signatures)
    } else {
        Err(all_together(problems))
    }
}

fn read_optional(folder: &Path, name: &str) -> Result<Option<Vec<u8>>, SourceError> {
    let path = folder.join(name);
    match fs::symlink_metadata(&path) {
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            Ok(None)
        }
        Err(error) => Err(cannot_read(name, &error).into()),
        Ok(_) => Ok(Some(read_document(&found(folder, name))?)),
    }
}

fn found(folder: &Path, name: &str) -> FoundFile {
    let path: PathBuf = folder.join(name);
    FoundFile {
        name: name.to_owned(),
        path,
        kind: FileKind::Document,
    }
}
