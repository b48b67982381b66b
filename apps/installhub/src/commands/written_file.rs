//! Files that appear whole or not at all: written beside, made durable, then renamed.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::failure::Failure;

/// A file on its way to its place. Dropped, it leaves nothing.
pub(super) struct WrittenFile {
    file: NamedTempFile,
    path: PathBuf,
}

impl WrittenFile {
    /// Begins a file that will be `path`.
    pub(super) fn create(path: &Path) -> Result<Self, Failure> {
        if path.is_dir() {
            return Err(Failure::new(
                "CannotWrite",
                format!("cannot write {}: it is a folder", path.display()),
            )
            .help("give -o the name of a file"));
        }
        let file = tempfile::Builder::new()
            .prefix(".installhub-")
            .suffix(".partial")
            .tempfile_in(folder(path))
            .map_err(|source| cannot_write(path, &source))?;
        Ok(Self {
            file,
            path: path.to_owned(),
        })
    }

    /// A temporary file without a name on the same disk, for intermediate bytes.
    pub(super) fn spool(&self) -> Result<File, Failure> {
        tempfile::tempfile_in(folder(&self.path))
            .map_err(|source| cannot_write(&self.path, &source))
    }

    /// The file to write to.
    pub(super) fn handle(&mut self) -> &mut File {
        self.file.as_file_mut()
    }

    /// Puts the file in its place.
    pub(super) fn finish(self) -> Result<(), Failure> {
        let Self { file, path } = self;
        file.as_file()
            .sync_all()
            .map_err(|source| cannot_write(&path, &source))?;
        readable_by_others(file.as_file()).map_err(|source| cannot_write(&path, &source))?;
        file.persist(&path)
            .map_err(|refused| cannot_write(&path, &refused.error))?;
        Ok(())
    }
}

/// The folder a relative or absolute path lies in.
fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// A file or folder that could not be written.
pub(super) fn cannot_write(path: &Path, source: &io::Error) -> Failure {
    let failure =
        Failure::new("CannotWrite", format!("cannot write {}", path.display())).because(source);
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::FileTooLarge | io::ErrorKind::QuotaExceeded => {
            failure.help("the disk is full: make room, or write to another one")
        }
        io::ErrorKind::NotFound => failure.help("its folder does not exist: create it first"),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => failure
            .help("the folder cannot be written to: check its permissions, or choose another one"),
        _ => failure,
    }
}

/// Temporary files are private; a package is made to be handed on.
#[cfg(unix)]
fn readable_by_others(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable_by_others(_file: &File) -> io::Result<()> {
    Ok(())
}
