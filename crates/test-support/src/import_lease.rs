//! Leases on imports: what every `ImportLease` promises.

use installhub_importing::ports::ImportLease;
use installhub_kernel::ImportId;
use uuid::Uuid;

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
