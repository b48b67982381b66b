//! The artifact store in memory as a target of imports.

use std::io::{Read, Write};
use std::sync::Arc;

use async_trait::async_trait;
use installhub_artifact::{ArtifactType, to_canonical_bytes};
use installhub_checksum::Digest;
use installhub_importing::ports::{
    Access, DatabaseTarget, DocumentTarget, Fingerprint, ImportTarget, NewDocument, ObjectMark,
    StoreError, TargetError, TargetKind, TargetSession, UnitOfWork,
};
use installhub_kernel::TenantScope;

use super::{MemoryStore, State, Unit};
use crate::shelf::Shelf;

/// The documents of a [`MemoryStore`].
#[derive(Clone, Default)]
pub struct MemoryArtifactStore {
    store: MemoryStore,
    shelf: Shelf<Vec<NewDocument>>,
}

impl MemoryArtifactStore {
    /// The artifact store of `store`.
    pub fn new(store: MemoryStore) -> Self {
        Self {
            store,
            shelf: Shelf::default(),
        }
    }
}

#[async_trait]
impl ImportTarget for MemoryArtifactStore {
    fn kind(&self) -> TargetKind {
        TargetKind::Store
    }

    fn identity(&self) -> String {
        "artifact-store".to_owned()
    }

    fn display_name(&self) -> String {
        "artifact store".to_owned()
    }

    fn holds(&self, artifact_type: ArtifactType) -> bool {
        let spec = artifact_type.spec();
        spec.id_prefix.is_some()
            || matches!(
                artifact_type,
                ArtifactType::Config | ArtifactType::Template | ArtifactType::Custom
            )
    }

    async fn open(
        &self,
        scope: &TenantScope,
        access: Access,
    ) -> Result<Box<dyn TargetSession>, TargetError> {
        let turn = match access {
            Access::Read => None,
            Access::Write => Some(Arc::clone(&self.store.turn).lock_owned().await),
        };
        let unit = Unit {
            state: self.store.copy(),
            store: self.store.clone(),
            turn,
        };
        Ok(Box::new(Session {
            scope: scope.clone(),
            shelf: self.shelf.clone(),
            unit,
        }))
    }
}

struct Session {
    scope: TenantScope,
    shelf: Shelf<Vec<NewDocument>>,
    unit: Unit,
}

impl Session {
    fn own(&self) -> impl Iterator<Item = &NewDocument> {
        let State { documents, .. } = &self.unit.state;
        let tenant = self.scope.tenant();
        documents
            .iter()
            .filter(move |((owner, _), _)| *owner == tenant)
            .map(|(_, document)| document)
    }
}

#[async_trait]
impl TargetSession for Session {
    fn documents(&mut self) -> Option<&mut dyn DocumentTarget> {
        Some(&mut self.unit.state)
    }

    fn database(&mut self) -> Option<&mut dyn DatabaseTarget> {
        None
    }

    fn unit_of_work(&mut self) -> Option<&mut dyn UnitOfWork> {
        Some(&mut self.unit)
    }

    async fn fingerprint(&mut self) -> Result<Fingerprint, TargetError> {
        let objects = self.own().map(|document| {
            let name = format!(
                "{} {} ({})",
                document.artifact_type.as_str(),
                document.id,
                document.name
            );
            let digest = Digest::of(&to_canonical_bytes(&document.content));
            (name, ObjectMark { digest, rows: None })
        });
        Ok(Fingerprint {
            objects: objects.collect(),
        })
    }

    async fn snapshot(&mut self, out: &mut (dyn Write + Send)) -> Result<(), TargetError> {
        self.shelf.keep(self.own().cloned().collect(), out)
    }

    async fn restore(&mut self, snapshot: Box<dyn Read + Send>) -> Result<(), TargetError> {
        let kept = self.shelf.fetch(snapshot)?;
        let tenant = self.scope.tenant();
        let documents = &mut self.unit.state.documents;
        documents.retain(|(owner, _), _| *owner != tenant);
        documents.extend(
            kept.into_iter()
                .map(|document| ((tenant, document.id.clone()), document)),
        );
        Ok(())
    }

    async fn commit(self: Box<Self>) -> Result<(), TargetError> {
        let committed = Box::new(self.unit).commit().await;
        committed.map_err(|error: StoreError| TargetError::Other {
            attempted: "cannot commit".to_owned(),
            source: error.into(),
        })
    }
}
