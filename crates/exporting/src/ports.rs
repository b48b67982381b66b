//! What the export needs from outside: sources of artifacts, and databases that can be read at one instant.

use std::io::Write;

use async_trait::async_trait;
use futures::stream::BoxStream;
use installhub_artifact::{ArtifactType, Reference};
use installhub_database_model::{DatabaseSchema, Row, Table};
use semver::Version;

/// Rows in batches, in the column order of the table, ordered by primary key where there is one.
pub type RowStream = BoxStream<'static, Result<Vec<Row>, SourceError>>;

/// Why a source could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The source is not there, cannot be opened, or is no source of this kind.
    #[error("{message}")]
    Unreachable {
        /// What was attempted, what was found, and what to do.
        message: String,
        /// What the engine or the file system said.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// Something in the source cannot be carried in a package.
    #[error("{object}: {message}")]
    Unreadable {
        /// The file, table or artifact.
        object: String,
        /// What was found there, and what was expected.
        message: String,
    },
    /// The package's own side failed while a source was writing to it, for example a full disk.
    #[error("cannot write the package")]
    Write(#[from] std::io::Error),
    /// Several independent findings, reported together.
    #[error("{} problems in the source", .0.len())]
    Several(Vec<SourceError>),
}

/// An artifact that a source offers, without its content.
#[derive(Debug, Clone)]
pub struct ArtifactOutline {
    /// Its type.
    pub artifact_type: ArtifactType,
    /// Its id, unique in the package.
    pub id: String,
    /// Its name; names may repeat.
    pub name: String,
    /// Its own version.
    pub version: Version,
    /// What it refers to.
    pub references: Vec<Reference>,
}

/// What a source offers, and what it says about it.
#[derive(Debug, Clone, Default)]
pub struct SourceContents {
    /// Every artifact, in any order.
    pub artifacts: Vec<ArtifactOutline>,
    /// What was seen and left out or changed, and why; shown to the person, never fatal.
    pub notices: Vec<Notice>,
}

/// Something a person should know about an export.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Notice {
    /// A stable code such as `NotCarried` or `UnresolvedReference`.
    pub code: &'static str,
    /// The file, object or artifact.
    pub object: String,
    /// What was found and what follows.
    pub message: String,
}

/// Anything that can be asked for artifacts. Between [`prepare`](Self::prepare) and the last
/// [`write`](Self::write) the content does not change, whatever happens to the place it came from.
#[async_trait]
pub trait ArtifactSource: Send {
    /// Reads the whole source once and says what is in it. All problems are reported together.
    async fn prepare(&mut self) -> Result<SourceContents, SourceError>;

    /// Writes the canonical bytes of one prepared artifact.
    async fn write(&mut self, id: &str, out: &mut (dyn Write + Send)) -> Result<(), SourceError>;
}

/// Which tables of a database are wanted.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Case-insensitive patterns with `*` and `?` over table names; none selects every table.
    pub tables: Vec<String>,
}

/// A database that can be exported.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait SourceConnector: Send + Sync {
    /// The source as a person knows it, for example `sqlite:shop.db`; never a secret.
    fn display_name(&self) -> String;

    /// Opens one consistent view: whatever others write afterwards is not seen through it.
    async fn open_snapshot(&self) -> Result<Box<dyn SourceSnapshot>, SourceError>;
}

/// One consistent view of a database.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait SourceSnapshot: Send {
    /// The selected objects with everything they need, and what is left out.
    async fn describe(
        &mut self,
        selection: &Selection,
    ) -> Result<(DatabaseSchema, Vec<Notice>), SourceError>;

    /// How many rows the table has in this view.
    async fn count_rows(&mut self, table: &Table) -> Result<u64, SourceError>;

    /// The last value handed out by the table's automatic key, where it has one that outlives its rows.
    async fn sequence_value(&mut self, table: &Table) -> Result<Option<i64>, SourceError>;

    /// All rows of the table; memory does not grow with the table.
    async fn rows(&mut self, table: &Table) -> Result<RowStream, SourceError>;
}
