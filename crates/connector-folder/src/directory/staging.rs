//! Files that are gathered out of sight and take their places together.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::path::{Component, Path, PathBuf};

use tempfile::TempDir;

use super::unpack::UnpackError;
use super::{MANIFEST, OWNED, manifest_file};
use crate::problem::named;

/// What folders of ours that wait to be moved are called; hidden, so that nobody packs them.
const PREFIX: &str = ".installhub-unpack-";

/// How many names a message lists.
const MOST_NAMES: usize = 3;

/// The largest manifest that is looked at, in bytes.
const MAX_MANIFEST: u64 = 16 * 1024 * 1024;

/// Files for a folder, complete before the first of them takes its place. Dropped without [`publish`](Self::publish), nothing
/// has happened.
#[derive(Debug)]
pub(super) struct Staging {
    holder: TempDir,
    place: Place,
}

#[derive(Debug)]
enum Place {
    /// The folder does not exist: the gathered one becomes it.
    New(PathBuf),
    /// The folder exists, and stays, with everything in it that is not ours.
    Existing(PathBuf),
}

impl Staging {
    /// Prepares for `folder`, which must be absent, empty but for hidden entries, or an earlier directory form.
    pub(super) fn begin(folder: &Path) -> Result<Self, UnpackError> {
        let failed = UnpackError::at(folder);
        let place = match fs::symlink_metadata(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Place::New(folder.to_owned()),
            Err(error) => return Err(failed(error)),
            Ok(found) if found.is_symlink() => {
                return Err(UnpackError::Link {
                    path: folder.to_owned(),
                });
            }
            Ok(found) if !found.is_dir() => {
                return Err(UnpackError::NotAFolder {
                    path: folder.to_owned(),
                });
            }
            Ok(_) => {
                check_replaceable(folder)?;
                Place::Existing(folder.to_owned())
            }
        };
        // Always on the file system of the folder: moving is then one step that cannot run out of room.
        let holder = match &place {
            Place::New(folder) => {
                let parent = folder
                    .parent()
                    .filter(|parent| !parent.as_os_str().is_empty());
                let parent = parent.unwrap_or(Path::new("."));
                fs::create_dir_all(parent).map_err(UnpackError::at(parent))?;
                holder_in(parent)?
            }
            Place::Existing(folder) => holder_in(folder)?,
        };
        let staging = Self { holder, place };
        for made in [staging.fresh(), staging.old()] {
            fs::create_dir(&made).map_err(UnpackError::at(&made))?;
        }
        Ok(staging)
    }

    /// Opens a new file; `name` is that of an entry in a package.
    pub(super) fn create(&self, name: &str) -> Result<File, UnpackError> {
        let relative = Path::new(name);
        // A package is judged before it is unpacked; this is the last line of defence.
        let stays_inside = !name.is_empty()
            && !name.contains('\\')
            && relative
                .components()
                .all(|part| matches!(part, Component::Normal(_)));
        let path = self.fresh().join(relative);
        let failed = UnpackError::at(relative);
        if !stays_inside {
            return Err(failed(io::Error::from(io::ErrorKind::InvalidFilename)));
        }
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(UnpackError::at(relative))?;
        }
        File::create_new(&path).map_err(failed)
    }

    /// Lets the files take their places. Tells whether earlier ones made room.
    pub(super) fn publish(self) -> Result<bool, UnpackError> {
        match &self.place {
            Place::New(folder) => {
                fs::rename(self.fresh(), folder).map_err(UnpackError::at(folder))?;
                Ok(false)
            }
            Place::Existing(folder) => {
                let folder = folder.clone();
                let replaces = folder.join(MANIFEST).exists();
                let mut moves = Moves::default();
                for name in OWNED {
                    if let Err(error) = self.exchange(&folder, name, &mut moves) {
                        if moves.undo().is_err() {
                            // What could not go back must at least not be removed.
                            let _ = self.holder.keep();
                        }
                        return Err(UnpackError::at(&folder.join(name))(error));
                    }
                }
                remove_leftovers(&folder, self.holder.path());
                Ok(replaces)
            }
        }
    }

    fn exchange(&self, folder: &Path, name: &str, moves: &mut Moves) -> io::Result<()> {
        let (place, fresh) = (folder.join(name), self.fresh().join(name));
        let comes = fs::symlink_metadata(&fresh).is_ok();
        // A file is exchanged in one step; a folder has to be moved away before.
        let goes = fs::symlink_metadata(&place).is_ok();
        if goes && !(comes && name == MANIFEST) {
            moves.rename(place.clone(), self.old().join(name))?;
        }
        if comes {
            moves.rename(fresh, place)?;
        }
        Ok(())
    }

    fn fresh(&self) -> PathBuf {
        self.holder.path().join("new")
    }

    fn old(&self) -> PathBuf {
        self.holder.path().join("old")
    }
}

/// Renames that can be taken back.
#[derive(Debug, Default)]
struct Moves(Vec<(PathBuf, PathBuf)>);

impl Moves {
    fn rename(&mut self, from: PathBuf, to: PathBuf) -> io::Result<()> {
        fs::rename(&from, &to)?;
        self.0.push((from, to));
        Ok(())
    }

    fn undo(self) -> io::Result<()> {
        let backwards = self.0.into_iter().rev();
        backwards
            .map(|(from, to)| fs::rename(to, from))
            .fold(Ok(()), io::Result::and)
    }
}

fn holder_in(folder: &Path) -> Result<TempDir, UnpackError> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX);
    builder.tempdir_in(folder).map_err(UnpackError::at(folder))
}

fn check_replaceable(folder: &Path) -> Result<(), UnpackError> {
    let failed = UnpackError::at(folder);
    let mut visible = Vec::new();
    let mut was_interrupted = false;
    for entry in fs::read_dir(folder).map_err(&failed)? {
        let name = entry.map_err(&failed)?.file_name();
        let name = name.to_string_lossy().into_owned();
        if name.starts_with(PREFIX) {
            was_interrupted = true;
        } else if !name.starts_with('.') {
            visible.push(name);
        }
    }
    let only_ours = visible.iter().all(|name| OWNED.contains(&name.as_str()));
    if visible.is_empty() || (was_interrupted && only_ours) || is_directory_form(folder) {
        return Ok(());
    }
    visible.sort();
    Err(UnpackError::NotEmpty {
        path: folder.to_owned(),
        found: named(visible.iter().map(String::as_str), MOST_NAMES),
    })
}

fn is_directory_form(folder: &Path) -> bool {
    let manifest = folder.join(MANIFEST);
    let is_plain = |found: &fs::Metadata| found.is_file() && found.len() <= MAX_MANIFEST;
    fs::symlink_metadata(&manifest).is_ok_and(|found| is_plain(&found))
        && fs::read(&manifest).is_ok_and(|bytes| manifest_file::is_manifest(&bytes))
}

/// Removes what interrupted runs have left. It is hidden and harms nobody, so errors do not matter.
fn remove_leftovers(folder: &Path, current: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let is_ours = |name: &OsStr| name.to_string_lossy().starts_with(PREFIX);
        if is_ours(&entry.file_name()) && entry.path() != current {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
