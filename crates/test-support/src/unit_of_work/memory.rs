//! The service's own memory in the process's memory.

mod documents;
mod imports;
mod installations;
mod snapshots;
mod target;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures::lock::{Mutex as Turn, OwnedMutexGuard};
use installhub_conflict_merge::Decisions;
use installhub_importing::ports::{
    DocumentTarget, ImportRecord, ImportRepository, InstallationRecord, InstallationRepository,
    NewDocument, StoreError, Transition, UnitOfWork, UnitOfWorkFactory,
};
use installhub_kernel::{ImportId, TenantId, TenantScope};
use installhub_recovery::{SnapshotRecord, SnapshotRepository};

pub use target::MemoryArtifactStore;

/// Keeps everything in memory; clones share it. A transaction works on a copy, which takes the place of the original when it
/// commits.
#[derive(Clone, Default)]
pub struct MemoryStore {
    committed: Arc<Mutex<State>>,
    turn: Arc<Turn<()>>,
}

#[derive(Clone, Default)]
struct State {
    documents: BTreeMap<(TenantId, String), NewDocument>,
    imports: BTreeMap<(TenantId, ImportId), (ImportRecord, Vec<Transition>)>,
    installations: Vec<(TenantId, InstallationRecord)>,
    decisions: BTreeMap<(TenantId, String, String), Decisions>,
    snapshots: Vec<(TenantId, SnapshotRecord, Option<DateTime<Utc>>)>,
}

impl MemoryStore {
    fn copy(&self) -> State {
        self.committed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

#[async_trait]
impl UnitOfWorkFactory for MemoryStore {
    async fn begin(&self, _scope: &TenantScope) -> Result<Box<dyn UnitOfWork>, StoreError> {
        let turn = Arc::clone(&self.turn).lock_owned().await;
        Ok(Box::new(Unit {
            state: self.copy(),
            store: self.clone(),
            turn: Some(turn),
        }))
    }

    async fn read(&self, _scope: &TenantScope) -> Result<Box<dyn UnitOfWork>, StoreError> {
        Ok(Box::new(Unit {
            state: self.copy(),
            store: self.clone(),
            turn: None,
        }))
    }
}

struct Unit {
    state: State,
    store: MemoryStore,
    /// Held by a writer; whoever only looks commits nothing.
    turn: Option<OwnedMutexGuard<()>>,
}

#[async_trait]
impl UnitOfWork for Unit {
    fn documents(&mut self) -> &mut dyn DocumentTarget {
        &mut self.state
    }

    fn imports(&mut self) -> &mut dyn ImportRepository {
        &mut self.state
    }

    fn installations(&mut self) -> &mut dyn InstallationRepository {
        &mut self.state
    }

    fn snapshots(&mut self) -> &mut dyn SnapshotRepository {
        &mut self.state
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        if self.turn.is_some() {
            *self
                .store
                .committed
                .lock()
                .unwrap_or_else(PoisonError::into_inner) = self.state;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;

    use super::*;
    use crate::unit_of_work;

    #[test]
    fn the_fake_keeps_the_promises() {
        block_on(unit_of_work::conformance(&MemoryStore::default()));
    }
}
