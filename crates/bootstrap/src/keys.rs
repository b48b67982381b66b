//! The keys of the service: from the configuration, or made once in the home folder.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::settings::Secret;

/// A key that cannot be read or made.
#[derive(Debug, thiserror::Error)]
#[error("cannot {attempted} {}", .file.display())]
pub struct KeyError {
    attempted: &'static str,
    file: PathBuf,
    #[source]
    source: io::Error,
}

/// The key that is configured, or else the one in `folder/name`, made by `make` if nobody has made it yet.
///
/// Any number of processes may ask at once: all get the same key. The file is readable by its owner only.
pub(crate) fn configured_or_kept(
    configured: Option<&Secret>,
    folder: &Path,
    name: &str,
    make: impl FnOnce() -> io::Result<String>,
) -> Result<Secret, KeyError> {
    if let Some(secret) = configured {
        return Ok(secret.clone());
    }
    let file = folder.join(name);
    let failed = |attempted| {
        let file = file.clone();
        move |source| KeyError {
            attempted,
            file,
            source,
        }
    };
    if let Some(kept) = read(&file).map_err(failed("read the key"))? {
        return Ok(kept);
    }
    create_folder(folder).map_err(failed("create the folder of the key"))?;
    let key = make().map_err(failed("make the key"))?;
    publish(folder, &file, &key).map_err(failed("keep the key"))?;
    read(&file)
        .and_then(|kept| kept.ok_or_else(|| io::ErrorKind::NotFound.into()))
        .map_err(failed("read the key"))
}

/// 32 random bytes as base64.
pub(crate) fn random_key() -> io::Result<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(STANDARD.encode(bytes))
}

fn read(file: &Path) -> io::Result<Option<Secret>> {
    let mut text = String::new();
    match File::open(file) {
        Ok(mut opened) => opened.read_to_string(&mut text)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok(Some(Secret::new(text.trim().to_owned())))
}

/// Writes beside and links into place: a key is there as a whole or not at all, and the first one wins.
fn publish(folder: &Path, file: &Path, text: &str) -> io::Result<()> {
    let mut beside = tempfile::Builder::new()
        .prefix(".key")
        .tempfile_in(folder)?;
    beside.write_all(text.as_bytes())?;
    beside.as_file().sync_all()?;
    match beside.persist_noclobber(file) {
        Ok(_) => File::open(folder)?.sync_all(),
        Err(refused) if refused.error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(refused) => Err(refused.error),
    }
}

/// A folder that only its owner may look into.
#[cfg(unix)]
pub(crate) fn create_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
}

#[cfg(not(unix))]
pub(crate) fn create_folder(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

/// Keeps a text that only the owner of the file may read, in place of what was there.
pub fn keep_private(file: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut opened = options.open(file)?;
    opened.write_all(text.as_bytes())?;
    opened.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_key_stays_and_only_its_owner_reads_it() {
        let home = tempfile::tempdir().expect("a folder");
        let folder = home.path().join("keys");
        let first =
            configured_or_kept(None, &folder, "tickets", random_key).expect("it can be made");
        let again = configured_or_kept(None, &folder, "tickets", || panic!("there is a key"))
            .expect("it is read");
        assert_eq!(first.expose(), again.expose());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = |path: &Path| {
                fs::metadata(path)
                    .expect("it is there")
                    .permissions()
                    .mode()
                    & 0o777
            };
            assert_eq!(mode(&folder.join("tickets")), 0o600);
            assert_eq!(mode(&folder), 0o700);
        }
    }

    #[test]
    fn many_that_ask_at_once_get_one_key() {
        let home = tempfile::tempdir().expect("a folder");
        let keys: Vec<String> = std::thread::scope(|scope| {
            let asking: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        configured_or_kept(None, home.path(), "k", random_key)
                            .expect("a key")
                            .expose()
                            .to_owned()
                    })
                })
                .collect();
            asking
                .into_iter()
                .map(|thread| thread.join().expect("no panic"))
                .collect()
        });
        assert!(keys.iter().all(|key| key == &keys[0]), "{keys:?}");
    }

    #[test]
    fn what_is_configured_needs_no_folder() {
        let secret = Secret::new("k".to_owned());
        let kept = configured_or_kept(Some(&secret), Path::new("/nowhere"), "k", random_key)
            .expect("it is configured");
        assert_eq!(kept.expose(), "k");
    }
}
