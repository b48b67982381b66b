//! What the disk said, in words, and without the path it said it about.

use std::error::Error;
use std::io;

use object_store::client::{HttpError, HttpErrorKind};

/// The first I/O error behind `error`.
fn io_error(error: &object_store::Error) -> Option<&io::Error> {
    let mut source = error.source();
    while let Some(inner) = source {
        if let Some(io) = inner.downcast_ref::<io::Error>() {
            return Some(io);
        }
        source = inner.source();
    }
    None
}

/// Whether the service behind a bucket did not answer.
pub(crate) fn is_silence(error: &object_store::Error) -> bool {
    let mut source = error.source();
    while let Some(inner) = source {
        if let Some(http) = inner.downcast_ref::<HttpError>() {
            return !matches!(http.kind(), HttpErrorKind::Decode);
        }
        source = inner.source();
    }
    false
}

/// Why an object could not be written or read, as the end of a sentence.
pub(crate) fn in_words(error: &object_store::Error) -> &'static str {
    use io::ErrorKind;
    match (error, io_error(error).map(io::Error::kind)) {
        (object_store::Error::NotFound { .. }, _) => "it is not there",
        (_, Some(ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge)) => {
            "the disk is full; free some space and try again"
        }
        (_, Some(ErrorKind::ReadOnlyFilesystem)) => "the disk is read-only",
        (_, Some(ErrorKind::PermissionDenied)) => {
            "the folder does not allow it; check its owner and permissions"
        }
        (_, Some(ErrorKind::NotADirectory)) => "a file is where a folder should be",
        (
            object_store::Error::PermissionDenied { .. }
            | object_store::Error::Unauthenticated { .. },
            _,
        ) => "the store does not allow it; check the credentials",
        _ if is_silence(error) => "the object store does not answer; try again later",
        _ => "the object store failed",
    }
}

/// The same error for those who speak `std::io`, with the kind kept.
pub(crate) fn into_io(error: object_store::Error) -> io::Error {
    let kind = io_error(&error).map_or(io::ErrorKind::Other, io::Error::kind);
    io::Error::new(kind, error)
}

/// An error of the file system as one of the store.
pub(crate) fn from_io(error: io::Error) -> object_store::Error {
    object_store::Error::Generic {
        store: "folder",
        source: error.into(),
    }
}
