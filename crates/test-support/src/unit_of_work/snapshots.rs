//! The list of snapshots.

use installhub_importing::ports::UnitOfWorkFactory;
use installhub_recovery::{SnapshotError, SnapshotRecord};

use super::samples::{at, snapshot, snapshot_id};
use super::{begin, commit, read};
use crate::scope;

pub(super) async fn conformance(store: &dyn UnitOfWorkFactory) {
    let records = [
        snapshot(1, "shared", 100),
        snapshot(2, "shared", 50),
        snapshot(3, "own", 200),
    ];
    let mut unit = begin(store, 50).await;
    for record in &records {
        unit.snapshots()
            .add(&scope(50), record)
            .await
            .expect("a snapshot is added");
    }
    commit(unit).await;

    let mut unit = read(store, 50).await;
    let mut unit_of_other = read(store, 51).await;
    for record in &records {
        let found = unit
            .snapshots()
            .find(&scope(50), record.id)
            .await
            .expect("snapshots are readable");
        assert_eq!(found.as_ref(), Some(record));
        let foreign = unit_of_other
            .snapshots()
            .find(&scope(51), record.id)
            .await
            .expect("snapshots are readable");
        assert_eq!(foreign, None, "another tenant's snapshot reads as absent");
    }
    drop((unit, unit_of_other));
    expiry_is_strict_and_oldest_first(store, &records).await;
    deletion_hides(store).await;
}

async fn expiry_is_strict_and_oldest_first(
    store: &dyn UnitOfWorkFactory,
    records: &[SnapshotRecord; 3],
) {
    let mut unit = read(store, 50).await;
    for (now, limit, expected) in [
        (50, 10, &records[..0]),
        (51, 10, &records[1..2]),
        (150, 10, &records[..2]),
        (999, 2, &records[..2]),
    ] {
        let found = unit
            .snapshots()
            .expired(&scope(50), at(now), limit)
            .await
            .expect("snapshots are readable");
        assert_eq!(found, expected, "expired before second {now}");
    }
    let foreign = read(store, 51)
        .await
        .snapshots()
        .expired(&scope(51), at(999), 10)
        .await
        .expect("snapshots are readable");
    assert!(foreign.is_empty());
}

async fn deletion_hides(store: &dyn UnitOfWorkFactory) {
    let mut unit_of_other = begin(store, 51).await;
    let snapshots = unit_of_other.snapshots();
    let foreign = snapshots
        .mark_deleted(&scope(51), snapshot_id(1), at(300))
        .await;
    assert!(
        matches!(foreign, Err(SnapshotError::NotFound(_))),
        "another tenant's snapshot is not deleted: {foreign:?}"
    );
    assert!(
        !snapshots
            .key_in_use(&scope(51), "shared")
            .await
            .expect("snapshots are readable")
    );
    drop(unit_of_other);
    let mut unit = begin(store, 50).await;
    let snapshots = unit.snapshots();
    for (number, still_used) in [(1, true), (2, false)] {
        assert!(
            snapshots
                .key_in_use(&scope(50), "shared")
                .await
                .expect("snapshots are readable")
        );
        snapshots
            .mark_deleted(&scope(50), snapshot_id(number), at(300))
            .await
            .expect("it is there");
        let used = snapshots
            .key_in_use(&scope(50), "shared")
            .await
            .expect("snapshots are readable");
        assert_eq!(
            used, still_used,
            "equal snapshots share their bytes until the last one goes"
        );
        let found = snapshots
            .find(&scope(50), snapshot_id(number))
            .await
            .expect("snapshots are readable");
        assert_eq!(found, None, "a deleted snapshot is hidden");
    }
    let again = snapshots
        .mark_deleted(&scope(50), snapshot_id(1), at(301))
        .await;
    assert!(
        matches!(again, Err(SnapshotError::NotFound(_))),
        "it is deleted once: {again:?}"
    );
    let left = snapshots
        .expired(&scope(50), at(999), 10)
        .await
        .expect("snapshots are readable");
    assert_eq!(
        left.iter().map(|record| record.id).collect::<Vec<_>>(),
        [snapshot_id(3)]
    );
    commit(unit).await;
}
