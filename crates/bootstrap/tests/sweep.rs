//! Expired snapshots go, with their bytes, and only they.

use std::io::Write;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use installhub_bootstrap::{Home, SystemClock, SystemIds};
use installhub_kernel::{Clock, IdGenerator, SnapshotId, TenantId, TenantScope};
use installhub_recovery::{SnapshotRecord, SnapshotWriter, list_snapshot};

fn scope() -> TenantScope {
    TenantScope::new(TenantId::LOCAL, "tests".parse().expect("a name"))
}

/// Takes and lists a snapshot that expires at `expires_at`.
async fn snapshot(home: &Home, content: &[u8], expires_at: DateTime<Utc>) -> SnapshotRecord {
    let store = home.importer().snapshots.as_ref();
    let mut writer = SnapshotWriter::create(store, &scope())
        .await
        .expect("a writer");
    writer.write_all(content).expect("room");
    let stored = writer.finish().await.expect("it is stored");
    let record = SnapshotRecord {
        id: SnapshotId::from_uuid(SystemIds.new_uuid()),
        target: "sqlite:shop.db".to_owned(),
        key: stored.key,
        digest: stored.digest,
        raw_bytes: stored.raw_bytes,
        stored_bytes: stored.stored_bytes,
        created_at: expires_at - TimeDelta::days(7),
        expires_at,
    };
    let mut unit = home.units().begin(&scope()).await.expect("a unit of work");
    list_snapshot(store, unit.snapshots(), &scope(), &record)
        .await
        .expect("it is listed");
    unit.commit().await.expect("it commits");
    record
}

async fn is_there(home: &Home, record: &SnapshotRecord) -> bool {
    let store = home.importer().snapshots.as_ref();
    store
        .contains(&scope(), &record.key)
        .await
        .expect("it can be looked for")
}

#[tokio::test]
async fn expired_snapshots_go_and_shared_bytes_stay_as_long_as_one_needs_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = Home::open(&folder.path().join("home"), Duration::from_secs(1));
    assert_eq!(home.sweep(&scope()).await.expect("an empty home"), 0);

    let now = SystemClock.now();
    let (past, future) = (now - TimeDelta::hours(1), now + TimeDelta::days(1));
    let expired = snapshot(&home, b"alone", past).await;
    let sharing = snapshot(&home, b"shared", past).await;
    let kept = snapshot(&home, b"shared", future).await;
    assert_eq!(sharing.key, kept.key);

    assert_eq!(home.sweep(&scope()).await.expect("it sweeps"), 2);
    assert!(!is_there(&home, &expired).await);
    assert!(is_there(&home, &kept).await);
    assert_eq!(home.sweep(&scope()).await.expect("it sweeps"), 0);

    let mut unit = home.units().read(&scope()).await.expect("a view");
    let found = unit
        .snapshots()
        .find(&scope(), expired.id)
        .await
        .expect("a list");
    assert!(found.is_none(), "what was deleted is not offered any more");
}

#[tokio::test]
async fn a_snapshot_whose_bytes_are_gone_is_not_listed() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = Home::open(&folder.path().join("home"), Duration::from_secs(1));
    let record = snapshot(&home, b"content", SystemClock.now()).await;
    let store = home.importer().snapshots.as_ref();
    store
        .delete(&scope(), &record.key)
        .await
        .expect("it can be deleted");
    let again = SnapshotRecord {
        id: SnapshotId::from_uuid(SystemIds.new_uuid()),
        ..record
    };
    let mut unit = home.units().begin(&scope()).await.expect("a unit of work");
    let listed = list_snapshot(store, unit.snapshots(), &scope(), &again).await;
    assert!(listed.is_err());
}
