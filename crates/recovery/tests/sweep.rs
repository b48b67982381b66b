//! Deleting what has expired.

use futures::executor::block_on;
use installhub_importing::ports::UnitOfWorkFactory as _;
use installhub_recovery::{SnapshotStore, SnapshotWriter, sweep_expired};
use installhub_test_support::import_target::{Fault, Faults, FaultySnapshots};
use installhub_test_support::scope;
use installhub_test_support::snapshot_store::MemorySnapshotStore;
use installhub_test_support::unit_of_work::MemoryStore;
use installhub_test_support::unit_of_work::samples::{at, snapshot};
use std::io::Write as _;
use std::sync::Arc;

/// Snapshot number 1, 2, … with this content and this second of expiry.
fn kept(store: &MemorySnapshotStore, units: &MemoryStore, snapshots: &[(&str, i64)]) {
    block_on(async {
        let mut unit = units.begin(&scope(1)).await.expect("memory is writable");
        for (number, (content, expires)) in (1..).zip(snapshots) {
            let mut writer = SnapshotWriter::create(store, &scope(1))
                .await
                .expect("memory");
            writer
                .write_all(content.as_bytes())
                .expect("memory takes it");
            let stored = writer.finish().await.expect("memory takes it");
            let record = snapshot(number, &stored.key, *expires);
            unit.snapshots()
                .add(&scope(1), &record)
                .await
                .expect("it is new");
        }
        unit.commit().await.expect("memory is writable");
    });
}

fn sweep(store: &dyn SnapshotStore, units: &MemoryStore, now: i64, limit: u32) -> Option<u32> {
    block_on(async {
        let mut unit = units.begin(&scope(1)).await.expect("memory is writable");
        let swept = sweep_expired(store, unit.snapshots(), &scope(1), at(now), limit)
            .await
            .ok()?;
        unit.commit().await.expect("memory is writable");
        Some(swept)
    })
}

#[test]
fn what_has_expired_goes_and_shared_bytes_go_last() {
    let (store, units) = (MemorySnapshotStore::default(), MemoryStore::default());
    let all = [("same", 10), ("other", 20), ("same", 30), ("late", 40)];
    kept(&store, &units, &all);
    assert_eq!(store.count(), 3);
    for (now, swept, left) in [(5, 0, 3), (15, 1, 3), (25, 1, 2), (35, 1, 1), (35, 0, 1)] {
        assert_eq!(sweep(&store, &units, now, 100), Some(swept), "at {now}");
        assert_eq!(store.count(), left, "at {now}");
    }
}

#[test]
fn the_limit_holds_and_the_oldest_go_first() {
    let (store, units) = (MemorySnapshotStore::default(), MemoryStore::default());
    kept(&store, &units, &[("a", 10), ("b", 10), ("c", 10)]);
    assert_eq!(sweep(&store, &units, 50, 2), Some(2));
    assert_eq!(store.count(), 1);
    assert_eq!(sweep(&store, &units, 50, 2), Some(1));
}

#[test]
fn a_store_that_is_away_is_asked_again() {
    let (store, units) = (MemorySnapshotStore::default(), MemoryStore::default());
    kept(&store, &units, &[("a", 10), ("b", 10)]);
    let faults = Faults::none();
    let away = FaultySnapshots::new(Arc::new(store.clone()), faults.clone());
    faults.set(Some(Fault::Instead(1)));
    assert_eq!(sweep(&away, &units, 50, 100), None);
    assert_eq!(store.count(), 1, "the first had gone already");
    assert_eq!(
        sweep(&away, &units, 50, 100),
        Some(2),
        "and is no error now"
    );
    assert_eq!(store.count(), 0);
}
