//! From a package to its directory form.

use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use installhub_package_format::{ByteSource, PackageReader, ReadError};

use super::staging::Staging;
use super::{MANIFEST, README, SIGNATURES};

/// Bytes copied at a time.
const PIECE: usize = 256 * 1024;

/// What unpacking came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unpacked {
    /// How many files were written.
    pub files: u64,
    /// How many bytes they have together.
    pub bytes: u64,
    /// Whether they took the place of an earlier directory form.
    pub replaced: bool,
}

/// Why a package was not unpacked. Nothing has changed then.
#[derive(Debug, thiserror::Error)]
pub enum UnpackError {
    /// The place is a link.
    #[error("'{}' is a link, which is not followed: give the folder it leads to", .path.display())]
    Link {
        /// The place.
        path: PathBuf,
    },
    /// The place is taken by a file.
    #[error("'{}' is no folder: expected one, or a name that is free", .path.display())]
    NotAFolder {
        /// The place.
        path: PathBuf,
    },
    /// The folder holds something else than a directory form.
    #[error(
        "the folder '{}' holds {found} and no unpacked package: expected an empty folder, one that was unpacked before, or a name that is free",
        .path.display()
    )]
    NotEmpty {
        /// The folder.
        path: PathBuf,
        /// Some of what it holds.
        found: String,
    },
    /// A file or folder could not be written.
    #[error("cannot write '{}'", .path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// An entry of the package could not be read.
    #[error("cannot read '{entry}' from the package")]
    Read {
        /// Which.
        entry: String,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl UnpackError {
    pub(super) fn at(path: &Path) -> impl Fn(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Write {
            path: path.clone(),
            source,
        }
    }
}

/// Writes the files of a package into `folder`, each with exactly its bytes.
///
/// The folder may be absent, empty, or an earlier directory form, which is replaced: files that are gone are removed. Hidden
/// entries such as `.git`, and files beside an earlier form, do not count and stay. Links are never followed.
///
/// All files are complete before the first takes its place. A folder that did not exist appears as a whole; in one that did, the
/// manifest is exchanged last, and a failure before that puts everything back.
pub fn unpack<S: ByteSource + ?Sized + 'static>(
    package: &PackageReader<S>,
    folder: &Path,
) -> Result<Unpacked, UnpackError> {
    let mut unpacking = Unpacking::into_folder(folder)?;
    let unreadable = |entry: &str| {
        let entry = entry.to_owned();
        move |error: ReadError| UnpackError::Read {
            entry,
            source: error.into(),
        }
    };
    unpacking.add(MANIFEST, package.manifest_bytes())?;
    unpacking.add(README, package.readme().as_bytes())?;
    for entry in &package.manifest().artifacts {
        let content = package.open_artifact(&entry.id);
        unpacking.add(&entry.file, content.map_err(unreadable(&entry.file))?)?;
    }
    for signature in package.signatures().map_err(unreadable(SIGNATURES))? {
        let name = format!("{SIGNATURES}/{}.json", signature.key_id);
        unpacking.add(&name, signature.bytes.as_slice())?;
    }
    unpacking.publish()
}

/// Files that are being unpacked.
pub(super) struct Unpacking {
    staging: Staging,
    files: u64,
    bytes: u64,
}

impl Unpacking {
    pub(super) fn into_folder(folder: &Path) -> Result<Self, UnpackError> {
        Ok(Self {
            staging: Staging::begin(folder)?,
            files: 0,
            bytes: 0,
        })
    }

    /// Adds the file `name` with these bytes.
    pub(super) fn add(&mut self, name: &str, content: impl Read) -> Result<(), UnpackError> {
        let mut file = self.staging.create(name)?;
        let unreadable = |error: io::Error| UnpackError::Read {
            entry: name.to_owned(),
            source: error.into(),
        };
        let mut content = BufReader::with_capacity(PIECE, content);
        loop {
            let piece = io::BufRead::fill_buf(&mut content).map_err(unreadable)?;
            if piece.is_empty() {
                break;
            }
            file.write_all(piece)
                .map_err(UnpackError::at(Path::new(name)))?;
            let length = piece.len();
            self.bytes += length as u64;
            io::BufRead::consume(&mut content, length);
        }
        self.files += 1;
        Ok(())
    }

    pub(super) fn publish(self) -> Result<Unpacked, UnpackError> {
        Ok(Unpacked {
            files: self.files,
            bytes: self.bytes,
            replaced: self.staging.publish()?,
        })
    }
}

#[cfg(test)]
#[path = "unpack_tests.rs"]
mod tests;
