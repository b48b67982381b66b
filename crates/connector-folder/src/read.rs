//! Reading one document, with every way in which that fails.

use std::fs::{self, File};
use std::io::{self, Read};

use crate::problem::Problem;
use crate::walk::FoundFile;

/// The largest document a package carries (validation, `ResourceLimitExceeded`), in bytes.
const MAX_DOCUMENT: u64 = 128 * 1024 * 1024;

/// The bytes of a document.
pub(crate) fn read_document(file: &FoundFile) -> Result<Vec<u8>, Problem> {
    let opened = open(file)?;
    let failed = |error: io::Error| cannot_read(&file.name, &error);
    let too_large = || {
        let message = format!(
            "is larger than {} MiB, the most one document of a package can have",
            MAX_DOCUMENT / 1024 / 1024
        );
        Problem::new(&file.name, message)
    };
    let size = opened.metadata().map_err(failed)?.len();
    if size > MAX_DOCUMENT {
        return Err(too_large());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0) + 1);
    // A file can grow while it is read.
    let mut limited = opened.take(MAX_DOCUMENT + 1);
    limited.read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MAX_DOCUMENT {
        return Err(too_large());
    }
    Ok(bytes)
}

/// Opens a file of a listing. What is no longer a plain file, such as a pipe that would wait for a writer, is refused.
pub(crate) fn open(file: &FoundFile) -> Result<File, Problem> {
    let failed = |error: io::Error| cannot_read(&file.name, &error);
    if !fs::symlink_metadata(&file.path).map_err(failed)?.is_file() {
        let message =
            "was a plain file and is none any more: pack again when nothing writes to the folder";
        return Err(Problem::new(&file.name, message));
    }
    File::open(&file.path).map_err(failed)
}

pub(crate) fn cannot_read(name: &str, error: &io::Error) -> Problem {
    let message = match error.kind() {
        io::ErrorKind::NotFound => {
            "vanished while the folder was read: pack again when nothing writes to the folder"
                .to_owned()
        }
        io::ErrorKind::PermissionDenied => {
            "cannot be read by this user: make it readable, or move it out of the folder".to_owned()
        }
        _ => format!("cannot be read: {error}"),
    };
    Problem::new(name, message)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::walk::FileKind;

    fn found(path: &Path) -> FoundFile {
        FoundFile {
            name: "a.json".to_owned(),
            path: path.to_owned(),
            kind: FileKind::Document,
        }
    }

    #[test]
    fn a_file_that_is_gone_says_so() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let problem = read_document(&found(&folder.path().join("gone.json"))).expect_err("gone");
        assert!(problem.message.starts_with("vanished while"), "{problem:?}");
        let problem = read_document(&found(folder.path())).expect_err("a folder");
        assert!(
            problem.message.starts_with("was a plain file"),
            "{problem:?}"
        );
    }

    #[test]
    fn a_document_beyond_the_limit_is_refused_without_taking_its_room() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("large.json");
        let file = File::create(&path).expect("a file");
        file.set_len(MAX_DOCUMENT * 16).expect("a sparse file");
        let problem = read_document(&found(&path)).expect_err("too large");
        assert!(problem.message.contains("128 MiB"), "{problem:?}");
    }
}
