//! Why a package could not be written.

use std::io;

use installhub_artifact::IdError;
use installhub_manifest::InvalidManifest;

/// What stops a writer. Nothing of the archive has been written before [`finish`](crate::PackageWriter::finish), so a
/// refused artifact leaves no half package behind.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The manifest, or its header alone, would not pass validation.
    #[error("the package's manifest would be refused")]
    Manifest(#[from] InvalidManifest),
    /// An artifact's id is not one that packages are written with.
    #[error("an artifact cannot be written under its id")]
    Id(#[from] IdError),
    /// An artifact's id makes a file name that not every system can have.
    #[error("artifact file '{file}' cannot be written: {reason}")]
    FileName {
        /// The file.
        file: String,
        /// Why not.
        reason: String,
    },
    /// An artifact has an id that another one has, or one that differs by case alone.
    #[error(
        "artifact '{id}' cannot be written: '{other}' is in the package, and file systems without case take both for one"
    )]
    DuplicateId {
        /// The later id.
        id: String,
        /// The earlier id.
        other: String,
    },
    /// An artifact was started and dropped before it was finished.
    #[error("artifact '{0}' was started and not finished: the package cannot be completed")]
    Unfinished(String),
    /// The README is longer than packages are written with.
    #[error("the README has {found} bytes; a package is written with {limit} at most")]
    ReadmeTooLong {
        /// Its bytes.
        found: usize,
        /// The most there may be.
        limit: usize,
    },
    /// A signature's key id does not make a file name.
    #[error("'{0}' is no key id: expected 1-128 letters, digits, '.', '_' and '-'")]
    KeyId(String),
    /// The signer failed.
    #[error("the package could not be signed")]
    Sign(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The archive or the temporary file could not be written or read.
    #[error("the package could not be written")]
    Io(#[from] io::Error),
}
