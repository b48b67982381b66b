//! The artifact store of a tenant as a target of imports.

use std::io::{Read, Write};

use async_trait::async_trait;
use futures::TryStreamExt as _;
use installhub_artifact::ArtifactType;
use installhub_checksum::Digest;
use installhub_importing::ports::{
    Access, DatabaseTarget, DocumentTarget, Fingerprint, ImportTarget, ObjectMark, TargetError,
    TargetKind, TargetSession, UnitOfWork,
};
use installhub_kernel::TenantScope;
use sea_orm::{ColumnTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};

use crate::artifact_rows::{Existing, RowWriter, label};
use crate::entity::artifact::{Column, Entity, Model};
use crate::failure::target_error;
use crate::scoped::TenantOwned as _;
use crate::snapshot_form::{SnapshotLines, SnapshotRows};
use crate::store::Store;
use crate::unit::Unit;

const READ: &str = "cannot read the artifact store";
const WRITE: &str = "cannot write to the artifact store";

/// The artifact store inside a [`Store`]. The import's own journal is part of the same transaction.
#[derive(Clone)]
pub struct ArtifactStoreTarget {
    store: Store,
}

impl ArtifactStoreTarget {
    /// What [`ImportTarget::identity`] says: there is one artifact store in a store, and it may be moved with its folder.
    pub const IDENTITY: &'static str = "artifact-store";

    /// The artifact store of `store`.
    pub fn new(store: Store) -> Self {
        Self { store }
    }
}

#[async_trait]
impl ImportTarget for ArtifactStoreTarget {
    fn kind(&self) -> TargetKind {
        TargetKind::Store
    }

    fn identity(&self) -> String {
        Self::IDENTITY.to_owned()
    }

    fn display_name(&self) -> String {
        match self.store.file() {
            Some(file) => format!("artifact store {}", file.display()),
            None => "artifact store".to_owned(),
        }
    }

    fn holds(&self, artifact_type: ArtifactType) -> bool {
        use ArtifactType as T;
        matches!(
            artifact_type,
            T::ProcessDefinition
                | T::ThreadDefinition
                | T::AtlasForm
                | T::FieldLibrary
                | T::RuleSet
                | T::EntitySchema
                | T::AppDefinition
                | T::AgentDefinition
                | T::Config
                | T::Template
                | T::Metadata
                | T::Custom
        )
    }

    async fn open(
        &self,
        scope: &TenantScope,
        access: Access,
    ) -> Result<Box<dyn TargetSession>, TargetError> {
        let unit = match access {
            Access::Read => self
                .store
                .read_unit(scope)
                .await
                .map_err(|failure| target_error(READ, failure))?,
            Access::Write => self
                .store
                .begin_alone(scope)
                .await
                .map_err(|failure| target_error(WRITE, failure))?,
        };
        Ok(Box::new(Session {
            unit,
            scope: scope.clone(),
        }))
    }
}

/// One transaction on the artifact store of one tenant.
struct Session {
    unit: Unit,
    scope: TenantScope,
}

#[async_trait]
impl TargetSession for Session {
    fn documents(&mut self) -> Option<&mut dyn DocumentTarget> {
        Some(&mut self.unit)
    }

    fn database(&mut self) -> Option<&mut dyn DatabaseTarget> {
        None
    }

    fn unit_of_work(&mut self) -> Option<&mut dyn UnitOfWork> {
        Some(&mut self.unit)
    }

    async fn fingerprint(&mut self) -> Result<Fingerprint, TargetError> {
        // The digest of the content stands in for the content, which need not be read.
        let query = Entity::rows_of(&self.scope)
            .select_only()
            .columns([
                Column::ArtifactType,
                Column::Id,
                Column::Name,
                Column::Version,
                Column::Status,
                Column::Digest,
            ])
            .filter(Column::DeletedAt.is_null())
            .order_by_asc(Column::Id)
            .into_tuple::<(String, String, String, String, String, String)>();
        let failed = |error| target_error(READ, error);
        let mut rows = query.stream(&self.unit.transaction).await.map_err(failed)?;
        let mut fingerprint = Fingerprint::default();
        while let Some(row) = rows.try_next().await.map_err(failed)? {
            // As JSON, where one text ends and the next begins is beyond doubt.
            let identity = serde_json::to_vec(&row).map_err(|error| TargetError::Other {
                attempted: READ.to_owned(),
                source: error.into(),
            })?;
            let (artifact_type, id, name, ..) = row;
            let mark = ObjectMark {
                digest: Digest::of(&identity),
                rows: None,
            };
            fingerprint
                .objects
                .insert(label(&artifact_type, &id, &name), mark);
        }
        Ok(fingerprint)
    }

    async fn snapshot(&mut self, out: &mut (dyn Write + Send)) -> Result<(), TargetError> {
        let failed = |error| target_error(READ, error);
        let unwritten = |error: std::io::Error| TargetError::Other {
            attempted: "cannot write the snapshot of the artifact store".to_owned(),
            source: error.into(),
        };
        let mut lines = SnapshotLines::begin(out, self.scope.tenant()).map_err(unwritten)?;
        let query = Entity::rows_of(&self.scope).order_by_asc(Column::Id);
        let mut rows = query.stream(&self.unit.transaction).await.map_err(failed)?;
        while let Some(row) = rows.try_next().await.map_err(failed)? {
            lines.add(row).map_err(unwritten)?;
        }
        lines.end().map_err(unwritten)
    }

    async fn restore(&mut self, snapshot: Box<dyn Read + Send>) -> Result<(), TargetError> {
        let failed = |error| target_error(WRITE, error);
        let unreadable = |message| TargetError::Refused {
            object: "the snapshot".to_owned(),
            message,
        };
        let mut rows = SnapshotRows::begin(snapshot, self.scope.tenant()).map_err(unreadable)?;
        let newest = self
            .unit
            .newest_revision(&self.scope)
            .await
            .map_err(failed)?;
        Entity::removals_of(&self.scope)
            .exec(&self.unit.transaction)
            .await
            .map_err(failed)?;
        let mut writer = RowWriter::new(&self.unit.transaction, Existing::Refuse);
        while let Some(row) = rows.next().map_err(unreadable)? {
            // Behind every revision that anybody can have seen.
            let revision = newest + 1;
            let row = Model { revision, ..row };
            writer.push(row).await.map_err(failed)?;
        }
        writer.finish().await.map_err(failed)?;
        self.unit
            .forget_histories_without_document(&self.scope)
            .await
            .map_err(failed)
    }

    async fn commit(self: Box<Self>) -> Result<(), TargetError> {
        self.unit
            .end()
            .await
            .map_err(|failure| target_error(WRITE, failure))
    }
}
