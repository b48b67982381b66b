//! Targets: what an import reads, compares and changes.

use std::collections::BTreeMap;
use std::io::{Read, Write};

use async_trait::async_trait;
use installhub_artifact::{ArtifactType, Json};
use installhub_checksum::Digest;
use installhub_database_model::{ObjectKind, Row, RowColumn, SchemaObject, Value};
use installhub_kernel::TenantScope;
use semver::Version;
use serde::{Deserialize, Serialize};

use super::UnitOfWork;

/// Why a target could not be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// It is not there, cannot be opened, or is no target of this kind.
    #[error("{message}")]
    Unreachable {
        /// What was attempted, what was found, and what to do.
        message: String,
        /// What the engine said.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// Another process holds it; trying again later may help.
    #[error("{message}")]
    Locked {
        /// Who or what holds it, how long was waited, and what to do.
        message: String,
    },
    /// A statement or document was refused by the target.
    #[error("{object}: {message}")]
    Refused {
        /// The object that was being written.
        object: String,
        /// What the target said, with row and constraint where it named them.
        message: String,
    },
    /// The package's side failed while the target was reading rows from it.
    #[error("cannot read the rows of {object}: {message}")]
    Package {
        /// The data artifact.
        object: String,
        /// What was found, and where.
        message: String,
    },
    /// Anything else, with what was attempted.
    #[error("{attempted}")]
    Other {
        /// What was attempted.
        attempted: String,
        /// What the engine said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// The two kinds of target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TargetKind {
    /// The artifact store of a tenant.
    Store,
    /// A connected database.
    Database,
}

/// What a session may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// One consistent view; nothing can be written.
    Read,
    /// Exclusive until committed or dropped; dropped means nothing happened.
    Write,
}

/// A place that packages are imported into.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait ImportTarget: Send + Sync {
    /// Store or database.
    fn kind(&self) -> TargetKind;

    /// The same text for the same place at every run (an absolute path, a connection id); never a secret.
    fn identity(&self) -> String;

    /// As a person knows it.
    fn display_name(&self) -> String;

    /// Whether artifacts of this type can live here at all.
    fn holds(&self, artifact_type: ArtifactType) -> bool;

    /// Opens a session. For [`Access::Read`] a target that does not exist yet reads as empty and is not created.
    async fn open(
        &self,
        scope: &TenantScope,
        access: Access,
    ) -> Result<Box<dyn TargetSession>, TargetError>;
}

/// One transaction on a target.
#[async_trait]
pub trait TargetSession: Send {
    /// The document side, for a store.
    fn documents(&mut self) -> Option<&mut dyn DocumentTarget>;

    /// The database side, for a database.
    fn database(&mut self) -> Option<&mut dyn DatabaseTarget>;

    /// For a store: the unit of work that this very transaction is, so that the import is recorded in it.
    fn unit_of_work(&mut self) -> Option<&mut dyn UnitOfWork>;

    /// The state of everything the target holds, as seen inside this transaction.
    async fn fingerprint(&mut self) -> Result<Fingerprint, TargetError>;

    /// Writes everything the target holds, as it was when this session was opened, in the target's own uncompressed form.
    async fn snapshot(&mut self, out: &mut (dyn Write + Send)) -> Result<(), TargetError>;

    /// Replaces everything the target holds by a snapshot; takes effect at [`commit`](Self::commit), all or nothing.
    async fn restore(&mut self, snapshot: Box<dyn Read + Send>) -> Result<(), TargetError>;

    /// Makes the changes durable. Dropping the session instead undoes them.
    async fn commit(self: Box<Self>) -> Result<(), TargetError>;
}

/// The state of a target: a digest for every object, so that a difference can be named.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint {
    /// By object name as a person knows it, for example `table main.Artist` or `AtlasForm form-1 (Employee)`.
    pub objects: BTreeMap<String, ObjectMark>,
}

impl Fingerprint {
    /// What differs between this state and an `earlier` one, a line for each object.
    pub fn differences(&self, earlier: &Self) -> Vec<String> {
        let mut lines = Vec::new();
        for (name, then) in &earlier.objects {
            match (self.objects.get(name), then.rows) {
                (None, _) => lines.push(format!("{name} is gone")),
                (Some(now), _) if now == then => {}
                (
                    Some(ObjectMark {
                        rows: Some(now), ..
                    }),
                    Some(then),
                ) if *now != then => {
                    lines.push(format!("{name} has {now} rows instead of {then}"));
                }
                _ => lines.push(format!("{name} has changed")),
            }
        }
        let new = self
            .objects
            .keys()
            .filter(|name| !earlier.objects.contains_key(*name));
        lines.extend(new.map(|name| format!("{name} is new")));
        lines
    }
}

/// The state of one object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectMark {
    /// Over the definition and all content.
    pub digest: Digest,
    /// Rows, for a table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
}

/// A document found in a target, without content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentOutline {
    /// Its type.
    pub artifact_type: ArtifactType,
    /// Its id in the target.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: Version,
}

/// A document found in a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDocument {
    /// What it is.
    pub outline: DocumentOutline,
    /// The whole document.
    pub content: Json,
}

/// A document to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDocument {
    /// Its type.
    pub artifact_type: ArtifactType,
    /// Its id in the target.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: Version,
    /// The whole document, references already rewritten.
    pub content: Json,
}

/// Documents of one tenant, inside a transaction.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait DocumentTarget: Send {
    /// The documents with these ids, whatever their type; unknown ids are simply absent. Any number of ids.
    async fn find_by_ids(
        &mut self,
        scope: &TenantScope,
        ids: &[String],
    ) -> Result<Vec<StoredDocument>, TargetError>;

    /// All documents of these types and names; names compare without case. Names are not unique.
    async fn find_by_names(
        &mut self,
        scope: &TenantScope,
        names: &[(ArtifactType, String)],
    ) -> Result<Vec<DocumentOutline>, TargetError>;

    /// Adds documents whose ids are free.
    async fn create(
        &mut self,
        scope: &TenantScope,
        documents: &[NewDocument],
    ) -> Result<(), TargetError>;

    /// Replaces documents by id, whole.
    async fn replace(
        &mut self,
        scope: &TenantScope,
        documents: &[NewDocument],
    ) -> Result<(), TargetError>;
}

/// A change of one database object other than rows.
#[derive(Debug, Clone)]
pub enum ObjectChange {
    /// It is not there yet.
    Create(SchemaObject),
    /// It is there and becomes exactly this; rows of a table survive in the columns both definitions have.
    Replace(SchemaObject),
    /// A table gains the columns it lacks; nothing is dropped.
    Extend(SchemaObject),
}

/// What happens to rows whose key is already in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RowMode {
    /// Existing rows stay, rows with new keys are added.
    Skip,
    /// Afterwards the table holds exactly the incoming rows.
    Overwrite,
    /// Rows are added or updated by key; incoming values win unless they are null.
    Merge,
}

/// Incoming rows, in the order of [`RowLoad::columns`]. Pulled by the target, on whatever thread it likes.
pub trait RowSource: Send {
    /// The next rows, at most `limit`; empty at the end. The text says what is wrong with which row.
    fn next_rows(&mut self, limit: usize) -> Result<Vec<Row>, String>;
}

/// Rows for one table.
pub struct RowLoad {
    /// The table's qualified name, for example `main.Artist`.
    pub table: String,
    /// The columns the rows carry.
    pub columns: Vec<RowColumn>,
    /// The columns that identify a row; empty when only the whole row does.
    pub key: Vec<String>,
    /// What happens to existing rows.
    pub mode: RowMode,
    /// How many rows will come, as the package states it.
    pub expected_rows: u64,
    /// The value the table's automatic key should be at least at afterwards.
    pub sequence: Option<i64>,
    /// The rows.
    pub rows: Box<dyn RowSource>,
}

/// What loading rows does, or did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RowChanges {
    /// Rows with new keys.
    pub created: u64,
    /// Rows with known keys and other values.
    pub updated: u64,
    /// Rows that go (only under [`RowMode::Overwrite`]).
    pub deleted: u64,
    /// Rows that are equal already.
    pub unchanged: u64,
    /// Incoming rows that are left out because their key exists (only under [`RowMode::Skip`]).
    pub skipped: u64,
    /// The first few changes, for a person to look at.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub samples: Vec<RowSample>,
}

impl RowChanges {
    /// Whether the table stays as it is.
    pub fn is_nothing(&self) -> bool {
        self.created == 0 && self.updated == 0 && self.deleted == 0
    }
}

/// One changed row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RowSample {
    /// The row before, as a JSON array in text form; none for a new row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// The row afterwards; none for a row that goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// A rule of the database that would not hold after the import.
#[derive(Debug, Clone, PartialEq)]
pub struct Violation {
    /// The table with the offending row.
    pub table: String,
    /// The key of the row, readable; none when the row has none.
    pub row: Option<Vec<Value>>,
    /// The constraint, and what it wants.
    pub constraint: String,
}

/// A database inside a transaction.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait DatabaseTarget: Send {
    /// The key under which artifacts carry statements for this engine, for example `sqlite`.
    fn dialect(&self) -> &'static str;

    /// The object as it is now, in the form an export would give it. Names compare as the engine compares them.
    async fn find_object(
        &mut self,
        kind: ObjectKind,
        name: &str,
    ) -> Result<Option<SchemaObject>, TargetError>;

    /// The statements that [`apply`](Self::apply) would run for this change, checked but not run. A package is not trusted:
    /// whatever is not exactly the definition of that object is refused.
    async fn statements(&mut self, change: &ObjectChange) -> Result<Vec<String>, TargetError>;

    /// Makes the change.
    async fn apply(&mut self, change: &ObjectChange) -> Result<(), TargetError>;

    /// What [`load_rows`](Self::load_rows) would do; changes nothing that lasts.
    async fn compare_rows(&mut self, load: RowLoad) -> Result<RowChanges, TargetError>;

    /// Loads rows. Triggers do not fire; foreign keys are judged by [`violations`](Self::violations) at the end.
    async fn load_rows(&mut self, load: RowLoad) -> Result<RowChanges, TargetError>;

    /// How many rows the table has now.
    async fn count_rows(&mut self, table: &str) -> Result<u64, TargetError>;

    /// Rules that do not hold now, at most `limit` of them.
    async fn violations(&mut self, limit: usize) -> Result<Vec<Violation>, TargetError>;
}
