//! An artifact that lies in the spool.

use installhub_artifact::{ArtifactType, Reference};
use installhub_checksum::Digest;
use installhub_exporting::ports::ArtifactOutline;
use semver::Version;

use crate::spool::Slice;

/// An artifact whose content lies in the spool.
#[derive(Debug)]
pub(crate) struct Document {
    /// Where it was found, relative to the folder.
    pub(crate) file: String,
    pub(crate) artifact_type: ArtifactType,
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) version: Version,
    pub(crate) references: Vec<Reference>,
    /// Of the bytes that are written.
    pub(crate) digest: Digest,
    pub(crate) body: Vec<Piece>,
}

/// A part of what is written.
#[derive(Debug)]
pub(crate) enum Piece {
    /// These bytes.
    Bytes(Vec<u8>),
    /// Those at this place in the spool.
    Slice(Slice),
}

impl Document {
    pub(crate) fn outline(&self) -> ArtifactOutline {
        ArtifactOutline {
            artifact_type: self.artifact_type,
            id: self.id.clone(),
            name: self.name.clone(),
            version: self.version.clone(),
            references: self.references.clone(),
        }
    }
}
