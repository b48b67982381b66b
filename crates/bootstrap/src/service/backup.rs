//! A copy of what the service keeps on this machine.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{Service, ServiceError};

/// Where a copy waits until it is whole.
const UNFINISHED: &str = ".unfinished";

/// What was copied.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BackupReport {
    /// Objects copied now.
    pub objects: u64,
    /// Their bytes, and those of the database.
    pub bytes: u64,
    /// Objects that an earlier backup had copied.
    pub already_there: u64,
}

impl Service {
    /// Copies the database as of one moment and then every object, into a folder that is a home again once it is copied back.
    ///
    /// The database first: objects are written before rows refer to them, and never changed. It may run while the service
    /// does.
    ///
    /// # Errors
    ///
    /// Refused when database or objects are elsewhere than on this machine: they have tools of their own for that.
    pub async fn backup(&self, into: &Path, with_keys: bool) -> Result<BackupReport, ServiceError> {
        if self.settings.database.url.is_some() || self.settings.storage.bucket.is_some() {
            return Err(ServiceError::Other(
                "this backs up SQLite and a folder: for PostgreSQL use pg_dump first and then copy the bucket".to_owned(),
            ));
        }
        let failed = |path: &Path| {
            let attempted = format!("back up into {}", path.display());
            move |source| ServiceError::File { attempted, source }
        };
        if !self.home.join("installhub.db").is_file() {
            let home = self.home.display();
            return Err(ServiceError::Other(format!(
                "there is no database in {home}: give the home folder with --home DIR"
            )));
        }
        crate::keys::create_folder(into).map_err(failed(into))?;
        self.refuse_itself(into).map_err(failed(into))??;
        let unfinished = into.join(UNFINISHED);
        remove_if_there(&unfinished).map_err(failed(into))?;
        self.store.copy_to(&unfinished).await?;
        keep_to_owner(&unfinished).map_err(failed(into))?;
        let database = into.join("installhub.db");
        let mut report = BackupReport {
            bytes: fs::metadata(&unfinished).map_err(failed(into))?.len(),
            ..BackupReport::default()
        };
        fs::rename(&unfinished, &database).map_err(failed(into))?;
        let from = self.settings.storage.folder.clone();
        let from = from.unwrap_or_else(|| self.home.join("objects"));
        let copied = Copy {
            report: &mut report,
            unfinished,
        };
        fs::File::open(into)
            .and_then(|folder| folder.sync_all())
            .map_err(failed(into))?;
        copied
            .tree(&from.join("tenants"), &into.join("objects").join("tenants"))
            .map_err(failed(into))?;
        if with_keys {
            copy_keys(&self.home.join("keys"), &into.join("keys")).map_err(failed(into))?;
        }
        Ok(report)
    }

    /// A copy over what is copied would destroy it.
    fn refuse_itself(&self, into: &Path) -> io::Result<Result<(), ServiceError>> {
        let (into, home) = (into.canonicalize()?, self.home.canonicalize()?);
        if into.starts_with(&home) || home.starts_with(&into) {
            let (into, home) = (into.display(), home.display());
            return Ok(Err(ServiceError::Other(format!(
                "a backup in {into} would lie within the home {home}, or the other way round: choose a folder elsewhere"
            ))));
        }
        Ok(Ok(()))
    }
}

struct Copy<'a> {
    report: &'a mut BackupReport,
    unfinished: PathBuf,
}

impl Copy<'_> {
    /// Copies what is not there yet. Deeper than a home ever is, it ends.
    fn tree(self, from: &Path, into: &Path) -> io::Result<()> {
        let mut folders = vec![(from.to_owned(), into.to_owned())];
        while let Some((from, into)) = folders.pop() {
            let entries = match fs::read_dir(&from) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                entries => entries?,
            };
            for entry in entries {
                let entry = entry?;
                let target = into.join(entry.file_name());
                if entry.file_type()?.is_dir() {
                    // What is being written is nobody's yet.
                    if entry.file_name() != "uploads" {
                        folders.push((entry.path(), target));
                    }
                } else if target.exists() {
                    self.report.already_there += 1;
                } else {
                    fs::create_dir_all(&into)?;
                    match fs::copy(entry.path(), &self.unfinished) {
                        // Swept in the meantime.
                        Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                        copied => self.report.bytes += copied?,
                    }
                    fs::File::open(&self.unfinished)?.sync_all()?;
                    fs::rename(&self.unfinished, &target)?;
                    self.report.objects += 1;
                }
            }
        }
        Ok(())
    }
}

fn copy_keys(from: &Path, into: &Path) -> io::Result<()> {
    let entries = match fs::read_dir(from) {
        // All of them are configured.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    crate::keys::create_folder(into)?;
    for entry in entries {
        let entry = entry?;
        let text = fs::read_to_string(entry.path())?;
        crate::keys::keep_private(&into.join(entry.file_name()), &text)?;
    }
    Ok(())
}

/// It holds hashes of passwords and tokens, and the folder may be somebody's who lets others look.
#[cfg(unix)]
fn keep_to_owner(file: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(file, fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
fn keep_to_owner(_file: &Path) -> io::Result<()> {
    Ok(())
}

fn remove_if_there(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
