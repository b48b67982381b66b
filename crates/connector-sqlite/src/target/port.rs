//! The target as the import sees it: every call runs on the thread that owns the connection.

use std::io::{Read, Write};

use async_trait::async_trait;
use installhub_artifact::ArtifactType;
use installhub_database_model::{ObjectKind, SchemaObject};
use installhub_importing::ports::{
    Access, DatabaseTarget, DocumentTarget, Fingerprint, ImportTarget, ObjectChange, ObjectMark,
    RowChanges, RowLoad, TargetError, TargetKind, TargetSession, UnitOfWork, Violation,
};
use installhub_kernel::TenantScope;
use tokio::sync::mpsc;

use super::TargetDatabase;
use crate::error::SqliteError;
use crate::introspect::DIALECT;
use crate::open::Location;
use crate::snapshot::{StagedSnapshot, take_snapshot};
use crate::worker::Worker;

/// Pieces in which a snapshot travels from the thread to the writer.
const PIECE: usize = 1 << 18;

/// A database file that packages are imported into.
#[derive(Debug, Clone)]
pub struct SqliteTarget {
    location: Location,
}

impl SqliteTarget {
    /// The file need not exist yet; the first import creates it.
    pub fn new(location: Location) -> Self {
        Self { location }
    }
}

#[async_trait]
impl ImportTarget for SqliteTarget {
    fn kind(&self) -> TargetKind {
        TargetKind::Database
    }

    fn identity(&self) -> String {
        format!("sqlite:{}", self.location.identity())
    }

    fn display_name(&self) -> String {
        format!("sqlite:{}", self.location.path.display())
    }

    fn holds(&self, artifact_type: ArtifactType) -> bool {
        matches!(
            artifact_type,
            ArtifactType::Table
                | ArtifactType::Constraint
                | ArtifactType::Relationship
                | ArtifactType::Index
                | ArtifactType::View
                | ArtifactType::Trigger
                | ArtifactType::Data
        )
    }

    async fn open(
        &self,
        _: &TenantScope,
        access: Access,
    ) -> Result<Box<dyn TargetSession>, TargetError> {
        let location = self.location.clone();
        let worker = Worker::start(
            move || TargetDatabase::open(location, access).map(Some),
            |database: &Option<TargetDatabase>| {
                database
                    .as_ref()
                    .map(|database| database.connection.get_interrupt_handle())
            },
        )
        .await
        .map_err(target_error)?;
        Ok(Box::new(Session(worker)))
    }
}

/// The database leaves its place when it is committed.
struct Session(Worker<Option<TargetDatabase>>);

impl Session {
    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut TargetDatabase) -> Result<T, SqliteError> + Send + 'static,
    ) -> Result<T, TargetError> {
        let result = self
            .0
            .run(move |database| database.as_mut().map_or(Err(SqliteError::Stopped), work))
            .await;
        result.map_err(target_error)
    }
}

#[async_trait]
impl TargetSession for Session {
    fn documents(&mut self) -> Option<&mut dyn DocumentTarget> {
        None
    }

    fn database(&mut self) -> Option<&mut dyn DatabaseTarget> {
        Some(self)
    }

    fn unit_of_work(&mut self) -> Option<&mut dyn UnitOfWork> {
        None
    }

    async fn fingerprint(&mut self) -> Result<Fingerprint, TargetError> {
        let state = self.with(|database| database.fingerprint()).await?;
        let objects = state.into_iter().map(|(name, object)| {
            let mark = ObjectMark {
                digest: object.digest,
                rows: object.rows,
            };
            (name, mark)
        });
        Ok(Fingerprint {
            objects: objects.collect(),
        })
    }

    async fn snapshot(&mut self, out: &mut (dyn Write + Send)) -> Result<(), TargetError> {
        let (sender, mut pieces) = mpsc::channel::<Vec<u8>>(4);
        let sent = self.with(move |database| {
            let mut file = take_snapshot(database.location())?;
            let failed = |source| SqliteError::File {
                attempted: "read the snapshot's file".to_owned(),
                source,
            };
            loop {
                let mut piece = Vec::with_capacity(PIECE);
                let taken = file
                    .as_file_mut()
                    .take(PIECE as u64)
                    .read_to_end(&mut piece)
                    .map_err(failed)?;
                // A writer that has failed takes no more.
                if taken == 0 || sender.blocking_send(piece).is_err() {
                    return Ok(());
                }
            }
        });
        // Once writing has ended, however it has, the receiver is gone and nothing more is sent.
        let written = async move {
            while let Some(piece) = pieces.recv().await {
                out.write_all(&piece)?;
            }
            Ok::<(), std::io::Error>(())
        };
        let (sent, written) = futures::join!(sent, written);
        sent?;
        written.map_err(|source| TargetError::Other {
            attempted: "cannot write the snapshot".to_owned(),
            source: Box::new(source),
        })
    }

    async fn restore(&mut self, mut snapshot: Box<dyn Read + Send>) -> Result<(), TargetError> {
        self.with(move |database| {
            database.restore(StagedSnapshot::read(&mut snapshot)?);
            Ok(())
        })
        .await
    }

    async fn commit(self: Box<Self>) -> Result<(), TargetError> {
        let result = self
            .0
            .run(|database| {
                database
                    .take()
                    .map_or(Err(SqliteError::Stopped), TargetDatabase::commit)
            })
            .await;
        result.map_err(target_error)
    }
}

#[async_trait]
impl DatabaseTarget for Session {
    fn dialect(&self) -> &'static str {
        DIALECT
    }

    async fn find_object(
        &mut self,
        kind: ObjectKind,
        name: &str,
    ) -> Result<Option<SchemaObject>, TargetError> {
        let name = name.to_owned();
        self.with(move |database| database.find_object(kind, &name))
            .await
    }

    async fn statements(&mut self, change: &ObjectChange) -> Result<Vec<String>, TargetError> {
        let change = change.clone();
        self.with(move |database| database.statements(&change))
            .await
    }

    async fn apply(&mut self, change: &ObjectChange) -> Result<(), TargetError> {
        let change = change.clone();
        self.with(move |database| database.apply(&change)).await
    }

    async fn compare_rows(&mut self, load: RowLoad) -> Result<RowChanges, TargetError> {
        self.with(move |database| database.compare_rows(load)).await
    }

    async fn load_rows(&mut self, load: RowLoad) -> Result<RowChanges, TargetError> {
        self.with(move |database| database.load_rows(load)).await
    }

    async fn count_rows(&mut self, table: &str) -> Result<u64, TargetError> {
        let table = table.to_owned();
        self.with(move |database| database.count_rows(&table)).await
    }

    async fn violations(&mut self, limit: usize) -> Result<Vec<Violation>, TargetError> {
        self.with(move |database| database.violations(limit)).await
    }
}

fn target_error(error: SqliteError) -> TargetError {
    let message = error.to_string();
    match error {
        SqliteError::Locked { .. } => TargetError::Locked { message },
        SqliteError::Refused { object, message } | SqliteError::Unreadable { object, message } => {
            TargetError::Refused { object, message }
        }
        SqliteError::Rows { object, message } => TargetError::Package { object, message },
        SqliteError::Engine { source, .. } => TargetError::Other {
            attempted: message,
            source: Box::new(source),
        },
        error => TargetError::Unreachable {
            message,
            source: error.into_cause(),
        },
    }
}
