//! Leases on imports: a fake, and what every `ImportLease` promises.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use installhub_importing::ports::{ImportLease, LeaseGuard, StoreError};
use installhub_kernel::ImportId;
use uuid::Uuid;

/// Leases of one process; clones share them.
#[derive(Debug, Clone, Default)]
pub struct MemoryLeases(Arc<Mutex<HashSet<ImportId>>>);

#[async_trait]
impl ImportLease for MemoryLeases {
    async fn acquire(&self, import: ImportId) -> Result<Option<Box<dyn LeaseGuard>>, StoreError> {
        let is_free = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(import);
        let guard = || -> Box<dyn LeaseGuard> {
            Box::new(Guard {
                leases: self.clone(),
                import,
            })
        };
        Ok(is_free.then(guard))
    }
}

struct Guard {
    leases: MemoryLeases,
    import: ImportId,
}

impl LeaseGuard for Guard {}

impl Drop for Guard {
    fn drop(&mut self) {
        self.leases
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.import);
    }
}

/// Checks every promise of the port; `one` and `other` are two holders of leases on the same imports.
///
/// # Panics
///
/// With the promise that was broken.
pub async fn conformance(one: &dyn ImportLease, other: &dyn ImportLease) {
    let import = ImportId::from_uuid(Uuid::from_u128(1));
    let unrelated = ImportId::from_uuid(Uuid::from_u128(2));
    for _ in 0..3 {
        let held = one.acquire(import).await.expect("leases can be asked for");
        let held = held.expect("a lease that nobody has is given");
        assert!(
            other
                .acquire(import)
                .await
                .expect("leases can be asked for")
                .is_none(),
            "it is given once"
        );
        assert!(
            one.acquire(import)
                .await
                .expect("leases can be asked for")
                .is_none(),
            "also to its holder"
        );
        let free = other
            .acquire(unrelated)
            .await
            .expect("leases can be asked for");
        assert!(free.is_some(), "another import has another lease");
        drop(held);
        let freed = other
            .acquire(import)
            .await
            .expect("leases can be asked for");
        assert!(freed.is_some(), "dropping frees");
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;

    use super::*;

    #[test]
    fn the_fake_keeps_the_promises() {
        let leases = MemoryLeases::default();
        block_on(conformance(&leases.clone(), &leases));
    }
}
