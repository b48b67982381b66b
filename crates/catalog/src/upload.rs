//! Uploads in pieces, which go on where they were cut off.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use installhub_checksum::Digest;
use installhub_kernel::{JobId, PackageVersionId, UploadId};
use uuid::Uuid;

/// An upload that is to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewUpload {
    /// How many bytes will come.
    pub bytes: u64,
    /// The digest they will have, where the client knows it.
    pub digest: Option<Digest>,
}

/// An upload in pieces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// Its id.
    pub id: UploadId,
    /// How many bytes will have come at the end.
    pub bytes: u64,
    /// The digest they will have, where the client said so.
    pub digest: Option<Digest>,
    /// How many bytes have come, and so where the next piece begins.
    pub offset: u64,
    /// In how many pieces they came.
    pub pieces: u32,
    /// Where it stands.
    pub state: UploadState,
    /// The job that takes the package in, once all bytes have come.
    pub job: Option<JobId>,
    /// What became of it.
    pub version: Option<PackageVersionId>,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// Who began it.
    pub created_by: String,
    /// When it goes unless it is complete by then.
    pub expires_at: DateTime<Utc>,
}

/// Where an upload stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UploadState {
    /// Pieces may come.
    Receiving,
    /// All bytes are there, and a job looks at them.
    Admitting,
    /// It has become a version of a package.
    Admitted,
    /// It was no package.
    Rejected,
}

/// A text that is no [`UploadState`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{}' is no state of an upload: expected receiving, admitting, admitted or rejected", .0.escape_debug())]
pub struct UploadStateError(String);

impl UploadState {
    /// The state as written in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Receiving => "receiving",
            Self::Admitting => "admitting",
            Self::Admitted => "admitted",
            Self::Rejected => "rejected",
        }
    }
}

impl fmt::Display for UploadState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for UploadState {
    type Err = UploadStateError;

    fn from_str(text: &str) -> Result<Self, UploadStateError> {
        [
            Self::Receiving,
            Self::Admitting,
            Self::Admitted,
            Self::Rejected,
        ]
        .into_iter()
        .find(|state| state.as_str() == text)
        .ok_or_else(|| UploadStateError(text.to_owned()))
    }
}

/// A piece of an upload.
///
/// Its object is named by an id of its own: of two clients that send the same piece at the same time one wins, and what
/// the other sends never lands in the winner's object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UploadPiece {
    /// The name of its object.
    pub id: Uuid,
    /// Where it begins.
    pub offset: u64,
    /// Its bytes.
    pub bytes: u64,
    /// Their digest.
    pub digest: Digest,
}
