//! Consistent copies of whole databases, and putting them back, by the engine's online backup.

use std::io::{self, Read, Write};
use std::path::Path;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};
use tempfile::NamedTempFile;

use crate::error::{Attempt, SqliteError};
use crate::open::Location;

/// Copies the database as it is committed now into a temporary file of its own.
pub fn take_snapshot(location: &Location) -> Result<NamedTempFile, SqliteError> {
    let file = temporary()?;
    let mut copy =
        Connection::open(file.path()).attempt(|| "open the snapshot's file".to_owned())?;
    if location.path.exists() {
        let source = location.open_read()?;
        copy_all(&source, &mut copy, location)?;
    }
    // A copy of a database with a write-ahead log would want one of its own.
    copy.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))
        .attempt(|| "close the snapshot's file".to_owned())?;
    Ok(file)
}

/// A snapshot that has been read back into a file and is about to replace a database.
#[derive(Debug)]
pub struct StagedSnapshot {
    file: NamedTempFile,
}

impl StagedSnapshot {
    /// Reads a snapshot to its end and makes sure that it is a whole database.
    pub fn read(snapshot: &mut dyn Read) -> Result<Self, SqliteError> {
        let mut file = temporary()?;
        io::copy(snapshot, file.as_file_mut())
            .and_then(|_| file.as_file_mut().flush())
            .map_err(|source| SqliteError::File {
                attempted: "read the snapshot".to_owned(),
                source,
            })?;
        let staged = Self { file };
        let verdict: String = staged
            .open()?
            .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
            .attempt(|| "check the snapshot".to_owned())?;
        if verdict == "ok" {
            Ok(staged)
        } else {
            Err(SqliteError::Unreadable {
                object: "snapshot".to_owned(),
                message: format!("it is damaged: {verdict}"),
            })
        }
    }

    /// The snapshot as a database.
    pub fn open(&self) -> Result<Connection, SqliteError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        Connection::open_with_flags(self.file.path(), flags)
            .attempt(|| "open the snapshot".to_owned())
    }

    /// Replaces the database by the snapshot in one step: other connections see all of it or nothing, and stay usable.
    pub fn replace(&self, location: &Location) -> Result<(), SqliteError> {
        let source = self.open()?;
        let (mut target, _) = location.open_write()?;
        let page_size = |connection: &Connection| {
            connection
                .query_row("PRAGMA page_size", [], |row| row.get::<_, i64>(0))
                .attempt(|| "compare page sizes".to_owned())
        };
        let mode: String = target
            .query_row("PRAGMA journal_mode", [], |row| row.get(0))
            .attempt(|| "ask for the journal mode".to_owned())?;
        if mode == "wal" && page_size(&source)? != page_size(&target)? {
            // A database with a write-ahead log cannot change its page size.
            set_journal_mode(&target, "DELETE")?;
        }
        copy_all(&source, &mut target, location)?;
        set_journal_mode(&target, &mode)
    }
}

/// Writes all bytes of a snapshot file.
pub fn write_snapshot(path: &Path, out: &mut dyn Write) -> Result<(), SqliteError> {
    let copied = std::fs::File::open(path).and_then(|mut file| io::copy(&mut file, out));
    copied.map(|_| ()).map_err(|source| SqliteError::File {
        attempted: "write the snapshot".to_owned(),
        source,
    })
}

fn set_journal_mode(connection: &Connection, mode: &str) -> Result<(), SqliteError> {
    if mode == "memory" {
        return Ok(());
    }
    connection
        .query_row(&format!("PRAGMA journal_mode = {mode}"), [], |_| Ok(()))
        .attempt(|| format!("set the journal mode {mode}"))
}

fn temporary() -> Result<NamedTempFile, SqliteError> {
    NamedTempFile::with_prefix("installhub-").map_err(|source| SqliteError::File {
        attempted: "create a temporary file".to_owned(),
        source,
    })
}

/// All pages in one step. Locks are waited for as long as the connections were told to.
fn copy_all(
    source: &Connection,
    target: &mut Connection,
    location: &Location,
) -> Result<(), SqliteError> {
    let attempted = || format!("copy the database '{}'", location.path.display());
    let backup = Backup::new(source, target).attempt(attempted)?;
    loop {
        match backup.step(-1).attempt(attempted)? {
            StepResult::Done => return Ok(()),
            StepResult::More => {}
            _ => {
                return Err(SqliteError::Locked {
                    path: location.path.clone(),
                    waited: location.wait,
                });
            }
        }
    }
}
