//! What every `BundleStore` promises.

use bytes::Bytes;
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use installhub_checksum::Digest;
use installhub_package_format::{BundleStore, BundleStoreError, BundleStream, StoredBundle};

/// Checks every promise of the port on an empty store.
///
/// # Panics
///
/// With the promise that was broken.
pub async fn conformance(store: &dyn BundleStore) {
    what_was_put_comes_back(store).await;
    putting_and_deleting_are_idempotent(store).await;
    a_failing_stream_leaves_nothing(store).await;
    an_open_bundle_stays_readable_or_fails(store).await;
}

fn stream_of(content: &[u8], piece: usize) -> BundleStream {
    let pieces: Vec<_> = content
        .chunks(piece)
        .map(|piece| Ok(Bytes::copy_from_slice(piece)))
        .collect();
    stream::iter(pieces).boxed()
}

async fn put(store: &dyn BundleStore, content: &[u8]) -> StoredBundle {
    store
        .put(stream_of(content, 70_001))
        .await
        .expect("a bundle is stored")
}

async fn get(store: &dyn BundleStore, digest: Digest) -> Option<Vec<u8>> {
    let found = store
        .find_bundle(digest)
        .await
        .expect("the store can be asked")?;
    let pieces: Vec<Bytes> = found
        .try_collect()
        .await
        .expect("an intact bundle can be read to its end");
    Some(pieces.concat())
}

async fn what_was_put_comes_back(store: &dyn BundleStore) {
    for length in [0, 1, 8 << 20, (17 << 20) + 3] {
        let content: Vec<u8> = (0..=250_u8)
            .flat_map(|byte| [byte; 7])
            .cycle()
            .take(length)
            .collect();
        let stored = put(store, &content).await;
        assert_eq!(
            stored,
            StoredBundle {
                digest: Digest::of(&content),
                bytes: content.len() as u64
            }
        );
        assert!(
            get(store, stored.digest).await.as_ref() == Some(&content),
            "{length} bytes come back as they were"
        );
        let known = store
            .find_stored(stored.digest)
            .await
            .expect("the store can be asked");
        assert_eq!(known, Some(stored));
        store
            .delete(stored.digest)
            .await
            .expect("it can be deleted");
    }
}

async fn putting_and_deleting_are_idempotent(store: &dyn BundleStore) {
    let stored = put(store, b"same").await;
    assert_eq!(put(store, b"same").await, stored);
    assert_eq!(
        get(store, stored.digest).await.as_deref(),
        Some(b"same".as_slice())
    );
    for _ in 0..2 {
        store
            .delete(stored.digest)
            .await
            .expect("deleting is idempotent");
        assert_eq!(get(store, stored.digest).await, None);
        assert_eq!(
            store
                .find_stored(stored.digest)
                .await
                .expect("the store can be asked"),
            None
        );
    }
}

async fn a_failing_stream_leaves_nothing(store: &dyn BundleStore) {
    let content = vec![7; 9 << 20];
    let broken = stream_of(&content, 1 << 20)
        .chain(stream::once(async {
            Err(BundleStoreError::Other("the line went dead".into()))
        }))
        .boxed();
    let refused = store.put(broken).await;
    assert!(
        matches!(refused, Err(BundleStoreError::Interrupted(_))),
        "the stream is to blame: {refused:?}"
    );
    assert_eq!(get(store, Digest::of(&content)).await, None);
}

async fn an_open_bundle_stays_readable_or_fails(store: &dyn BundleStore) {
    let content = vec![3; 3 << 20];
    let stored = put(store, &content).await;
    let open = store
        .find_bundle(stored.digest)
        .await
        .expect("the store can be asked")
        .expect("it is there");
    store
        .delete(stored.digest)
        .await
        .expect("it can be deleted");
    let read: Result<Vec<Bytes>, _> = open.try_collect().await;
    if let Ok(pieces) = read {
        assert!(pieces.concat() == content, "no other bytes, and not fewer");
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;

    use super::*;
    use crate::bundle_store::MemoryBundleStore;

    #[test]
    fn the_fake_keeps_the_promises() {
        block_on(conformance(&MemoryBundleStore::default()));
    }
}
