//! Leases as locks on files, which the operating system frees when their process ends, however it ends.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use installhub_importing::ports::{ImportLease, LeaseGuard, StoreError};
use installhub_kernel::ImportId;
use same_file::Handle;

use crate::failure::{Cause, Failure, store_error};

/// Leases in a folder, one locked file for each import at work. The folder must be on a file system of this machine.
#[derive(Debug, Clone)]
pub struct LockFiles {
    folder: PathBuf,
}

impl LockFiles {
    /// Leases in `folder`, which is created with the first one.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }
}

#[async_trait]
impl ImportLease for LockFiles {
    async fn acquire(&self, import: ImportId) -> Result<Option<Box<dyn LeaseGuard>>, StoreError> {
        let path = self.folder.join(format!("{import}.lock"));
        match lock(&path) {
            Ok(Some(file)) => Ok(Some(Box::new(Guard { path, _file: file }))),
            Ok(None) => Ok(None),
            Err(error) => Err(store_error(
                &format!("cannot take import {import} in hand"),
                Failure::new(cause_of(&error), error),
            )),
        }
    }
}

/// Locks the file at `path`, or says that another has it.
fn lock(path: &Path) -> io::Result<Option<File>> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    loop {
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .read(true)
            .open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        // Whoever had the lease until now may have removed the file between opening and locking it; a lock on a removed file
        // keeps nobody out.
        match Handle::from_path(path) {
            Ok(named) if named == Handle::from_file(file.try_clone()?)? => return Ok(Some(file)),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
}

fn cause_of(error: &io::Error) -> Cause {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Cause::Full,
        io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => Cause::ReadOnly,
        _ => Cause::NotOpened,
    }
}

/// A lease until dropped.
struct Guard {
    path: PathBuf,
    _file: File,
}

impl LeaseGuard for Guard {}

impl Drop for Guard {
    fn drop(&mut self) {
        // Removed while it is still locked, so that nobody's lock but ours goes with it. A file that stays does no harm.
        drop(fs::remove_file(&self.path));
    }
}
