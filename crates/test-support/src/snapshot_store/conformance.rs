//! What every `SnapshotStore` promises.

use std::io::{Read, Write};

use installhub_checksum::Digest;
use installhub_kernel::TenantScope;
use installhub_recovery::{SnapshotError, SnapshotStore};

use crate::scope;

/// Checks every promise of the port on an empty store.
///
/// # Panics
///
/// With the promise that was broken.
pub async fn conformance(store: &dyn SnapshotStore) {
    what_was_written_comes_back(store).await;
    equal_snapshots_of_a_tenant_share_a_key(store).await;
    tenants_do_not_see_each_other(store).await;
    a_wrong_digest_is_refused(store).await;
    deleting_twice_is_no_error(store).await;
    foreign_keys_lead_nowhere(store).await;
}

async fn put(store: &dyn SnapshotStore, scope: &TenantScope, content: &[u8]) -> (String, Digest) {
    let mut sink = store.create(scope).await.expect("a snapshot begins");
    for piece in content.chunks(70_001) {
        sink.write_all(piece).expect("bytes are taken");
    }
    sink.flush().expect("flushing is allowed at any time");
    let digest = Digest::of(content);
    (sink.finish(digest).await.expect("a snapshot ends"), digest)
}

async fn get(
    store: &dyn SnapshotStore,
    scope: &TenantScope,
    key: &str,
    digest: Digest,
) -> Option<Vec<u8>> {
    let mut reader = store.open_verified(scope, key, digest).await.ok()?;
    let mut content = Vec::new();
    reader
        .read_to_end(&mut content)
        .expect("an opened snapshot can be read to its end");
    Some(content)
}

async fn what_was_written_comes_back(store: &dyn SnapshotStore) {
    // Empty, small, one part of eight mebibytes exactly, and several parts with a remainder.
    for length in [0, 1, 8 << 20, (17 << 20) + 3] {
        let content: Vec<u8> = (0..=250_u8)
            .flat_map(|byte| [byte; 7])
            .cycle()
            .take(length)
            .collect();
        let (key, digest) = put(store, &scope(1), &content).await;
        let back = get(store, &scope(1), &key, digest).await;
        assert!(
            back.as_ref() == Some(&content),
            "{length} bytes come back as they were"
        );
        assert!(there(store, &scope(1), &key).await);
        store
            .delete(&scope(1), &key)
            .await
            .expect("it can be deleted");
        assert!(!there(store, &scope(1), &key).await);
    }
}

async fn there(store: &dyn SnapshotStore, scope: &TenantScope, key: &str) -> bool {
    store
        .contains(scope, key)
        .await
        .expect("it can be looked for")
}

async fn equal_snapshots_of_a_tenant_share_a_key(store: &dyn SnapshotStore) {
    let (first, digest) = put(store, &scope(1), b"same").await;
    let (second, _) = put(store, &scope(1), b"same").await;
    assert_eq!(
        first, second,
        "the key comes from the tenant and the digest alone"
    );
    let (other, _) = put(store, &scope(1), b"other").await;
    assert_ne!(first, other, "another content has another key");
    assert_eq!(
        get(store, &scope(1), &first, digest).await.as_deref(),
        Some(b"same".as_slice())
    );
}

async fn tenants_do_not_see_each_other(store: &dyn SnapshotStore) {
    let (key, digest) = put(store, &scope(1), b"of tenant 1").await;
    assert_eq!(
        get(store, &scope(2), &key, digest).await,
        None,
        "another tenant's key reads as absent"
    );
    assert!(!there(store, &scope(2), &key).await);
    store
        .delete(&scope(2), &key)
        .await
        .expect("deleting what is absent is no error");
    assert!(
        get(store, &scope(1), &key, digest).await.is_some(),
        "and deletes nothing"
    );
    let (twin, _) = put(store, &scope(2), b"of tenant 1").await;
    store
        .delete(&scope(2), &twin)
        .await
        .expect("it can be deleted");
    assert!(
        get(store, &scope(1), &key, digest).await.is_some(),
        "equal bytes of two tenants are two objects"
    );
}

async fn a_wrong_digest_is_refused(store: &dyn SnapshotStore) {
    let (key, digest) = put(store, &scope(1), b"content").await;
    let wrong = Digest::of(b"something else");
    match store.open_verified(&scope(1), &key, wrong).await {
        Err(SnapshotError::Corrupt {
            expected, found, ..
        }) => assert_eq!((expected, found), (wrong, digest)),
        Err(other) => panic!("a wrong digest is corruption, not {other}"),
        Ok(_) => panic!("bytes of another digest were handed out"),
    }
    let mut sink = store.create(&scope(1)).await.expect("a snapshot begins");
    sink.write_all(b"content").expect("bytes are taken");
    let refused = sink.finish(wrong).await;
    assert!(
        matches!(refused, Err(SnapshotError::Corrupt { .. })),
        "bytes are not kept under a digest they do not have"
    );
}

async fn deleting_twice_is_no_error(store: &dyn SnapshotStore) {
    let (key, digest) = put(store, &scope(1), b"short-lived").await;
    for _ in 0..2 {
        store
            .delete(&scope(1), &key)
            .await
            .expect("deleting is idempotent");
        assert_eq!(get(store, &scope(1), &key, digest).await, None);
    }
}

async fn foreign_keys_lead_nowhere(store: &dyn SnapshotStore) {
    let digest = Digest::of(b"");
    for key in [
        "",
        "/",
        "..",
        "../../secret",
        "tenants",
        "snapshots/../../x",
        "\0",
    ] {
        assert_eq!(
            get(store, &scope(1), key, digest).await,
            None,
            "{key:?} is no key"
        );
        store
            .delete(&scope(1), key)
            .await
            .expect("deleting what is absent is no error");
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;

    use super::*;
    use crate::snapshot_store::MemorySnapshotStore;

    #[test]
    fn the_fake_keeps_the_promises() {
        block_on(conformance(&MemorySnapshotStore::default()));
    }

    #[test]
    fn damage_is_noticed() {
        let store = MemorySnapshotStore::default();
        block_on(async {
            let (key, digest) = put(&store, &scope(1), b"content").await;
            store.damage();
            let opened = store.open_verified(&scope(1), &key, digest).await;
            assert!(matches!(opened, Err(SnapshotError::Corrupt { .. })));
        });
        assert_eq!(store.count(), 1);
    }
}
