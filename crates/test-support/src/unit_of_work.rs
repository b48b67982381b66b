//! The service's own memory: what every `UnitOfWorkFactory` and its repositories promise.

mod documents;
mod imports;
mod installations;
mod memory;
pub mod samples;
mod snapshots;
mod transactions;

pub use memory::{MemoryArtifactStore, MemoryStore};

use installhub_importing::ports::{UnitOfWork, UnitOfWorkFactory};

use crate::scope;

/// Checks every promise on an empty store.
///
/// # Panics
///
/// With the promise that was broken.
pub async fn conformance(store: &dyn UnitOfWorkFactory) {
    transactions::conformance(store).await;
    documents::conformance(store).await;
    imports::conformance(store).await;
    installations::conformance(store).await;
    snapshots::conformance(store).await;
}

/// A transaction of tenant number `tenant`.
async fn begin(store: &dyn UnitOfWorkFactory, tenant: u128) -> Box<dyn UnitOfWork> {
    store
        .begin(&scope(tenant))
        .await
        .expect("a transaction begins")
}

/// A view of tenant number `tenant`.
async fn read(store: &dyn UnitOfWorkFactory, tenant: u128) -> Box<dyn UnitOfWork> {
    store.read(&scope(tenant)).await.expect("a view opens")
}

async fn commit(unit: Box<dyn UnitOfWork>) {
    unit.commit().await.expect("a transaction commits");
}
