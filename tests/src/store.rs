//! The embedded store from outside: opened as the SQLite file that it is.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};
use serde_json::Value;

/// The database in a home folder, or the lack of one.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
}

/// A document in the store.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredArtifact {
    /// Its id there.
    pub id: String,
    /// Its type.
    pub artifact_type: String,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The document.
    pub content: Value,
}

impl Store {
    pub(crate) fn in_home(home: &Path) -> Self {
        Self {
            path: home.join("installhub.db"),
        }
    }

    fn open(&self) -> Option<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        self.path.exists().then(|| {
            Connection::open_with_flags(&self.path, flags).expect("the store's database opens")
        })
    }

    /// Every document that is not deleted, by type and name. None before the first import.
    pub fn artifacts(&self) -> Vec<StoredArtifact> {
        let Some(connection) = self.open() else {
            return Vec::new();
        };
        let mut statement = connection
            .prepare(
                "SELECT id, artifact_type, name, version, content FROM artifacts WHERE deleted_at IS NULL
                 ORDER BY artifact_type, name, id",
            )
            .expect("the table of artifacts");
        let rows = statement.query_map([], |row| {
            let content: String = row.get(4)?;
            Ok(StoredArtifact {
                id: row.get(0)?,
                artifact_type: row.get(1)?,
                name: row.get(2)?,
                version: row.get(3)?,
                content: serde_json::from_str(&content).expect("a document in JSON"),
            })
        });
        rows.expect("a query that runs")
            .map(|row| row.expect("an artifact"))
            .collect()
    }

    /// The one document of this type and name.
    #[track_caller]
    pub fn artifact(&self, artifact_type: &str, name: &str) -> StoredArtifact {
        let mut found: Vec<StoredArtifact> = self.artifacts();
        found.retain(|artifact| artifact.artifact_type == artifact_type && artifact.name == name);
        assert_eq!(
            found.len(),
            1,
            "documents {artifact_type} '{name}': {found:?}"
        );
        found.swap_remove(0)
    }

    /// Every column of every row of the table of artifacts, deleted ones too, as SQLite quotes them; but for the revision, which
    /// only ever grows, so that nobody who has read an artifact before takes it for unchanged after a rollback.
    pub fn exact_artifacts(&self) -> Vec<String> {
        let Some(connection) = self.open() else {
            return Vec::new();
        };
        let mut statement = connection
            .prepare("SELECT * FROM artifacts ORDER BY tenant_id, id")
            .expect("the table of artifacts");
        let columns: Vec<usize> = (0..statement.column_count())
            .filter(|column| statement.column_name(*column) != Ok("revision"))
            .collect();
        let rows = statement.query_map([], |row| {
            let values: Vec<String> = columns
                .iter()
                .map(|column| format!("{:?}", row.get_ref(*column).expect("a value")))
                .collect();
            Ok(values.join(" | "))
        });
        rows.expect("a query that runs")
            .map(|row| row.expect("an artifact"))
            .collect()
    }
}
