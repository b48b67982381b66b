//! Writing and opening snapshots: gzip, SHA-256 over the stored bytes, one pass.

use std::io::{self, Read, Write};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use installhub_checksum::{Digest, HashingWriter};
use installhub_kernel::TenantScope;

use crate::{SnapshotError, SnapshotRecord, SnapshotRepository, SnapshotSink, SnapshotStore};

/// Level 3 gives two and a half times the speed of level 6 for a tenth more bytes; a snapshot delays every import.
const LEVEL: u32 = 3;

/// What [`SnapshotWriter::finish`] stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSnapshot {
    /// Where the bytes are.
    pub key: String,
    /// SHA-256 over the stored bytes.
    pub digest: Digest,
    /// Bytes before compression.
    pub raw_bytes: u64,
    /// Bytes stored.
    pub stored_bytes: u64,
}

/// Compresses and hashes what is written to it. Dropped before [`finish`](Self::finish), it leaves nothing behind.
pub struct SnapshotWriter {
    encoder: GzEncoder<HashingWriter<Box<dyn SnapshotSink>>>,
    raw_bytes: u64,
}

impl SnapshotWriter {
    /// Begins a snapshot in `store`.
    pub async fn create(
        store: &dyn SnapshotStore,
        scope: &TenantScope,
    ) -> Result<Self, SnapshotError> {
        let sink = HashingWriter::new(store.create(scope).await?);
        Ok(Self {
            encoder: GzEncoder::new(sink, Compression::new(LEVEL)),
            raw_bytes: 0,
        })
    }

    /// Makes the snapshot durable.
    pub async fn finish(self) -> Result<StoredSnapshot, SnapshotError> {
        let sink = self
            .encoder
            .finish()
            .map_err(|source| SnapshotError::Unavailable {
                attempted: "cannot write the end of the snapshot".to_owned(),
                source: source.into(),
            })?;
        let (sink, digest, stored_bytes) = sink.finish();
        let key = sink.finish(digest).await?;
        Ok(StoredSnapshot {
            key,
            digest,
            raw_bytes: self.raw_bytes,
            stored_bytes,
        })
    }
}

impl Write for SnapshotWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.encoder.write(bytes)?;
        self.raw_bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.encoder.flush()
    }
}

/// Adds a stored snapshot to the list.
///
/// Equal snapshots share their bytes, and the sweeper takes them along with the last one that is listed: between storing
/// and listing it may have come by. Inside the unit of work no sweeper can any more, so what is there now stays.
///
/// # Errors
///
/// [`SnapshotError::NotFound`] when the bytes are gone; the snapshot has to be taken again.
pub async fn list_snapshot(
    store: &dyn SnapshotStore,
    repository: &mut dyn SnapshotRepository,
    scope: &TenantScope,
    record: &SnapshotRecord,
) -> Result<(), SnapshotError> {
    repository.add(scope, record).await?;
    if store.contains(scope, &record.key).await? {
        Ok(())
    } else {
        Err(SnapshotError::NotFound(record.id))
    }
}

/// Opens a snapshot for restoring: its uncompressed bytes, after the stored ones were found intact.
pub async fn open_snapshot(
    store: &dyn SnapshotStore,
    scope: &TenantScope,
    record: &SnapshotRecord,
) -> Result<Box<dyn Read + Send>, SnapshotError> {
    let stored = store
        .open_verified(scope, &record.key, record.digest)
        .await?;
    Ok(Box::new(GzDecoder::new(stored)))
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use async_trait::async_trait;
    use futures::executor::block_on;
    use installhub_kernel::{SnapshotId, TenantId};

    use super::*;

    type Shelf = Arc<Mutex<Option<Vec<u8>>>>;

    /// One place for one snapshot.
    struct Memory(Shelf);

    struct MemorySink(Vec<u8>, Shelf);

    impl Write for MemorySink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[async_trait]
    impl SnapshotSink for MemorySink {
        async fn finish(self: Box<Self>, _digest: Digest) -> Result<String, SnapshotError> {
            *self.1.lock().expect("nobody panics here") = Some(self.0);
            Ok("the key".to_owned())
        }
    }

    #[async_trait]
    impl SnapshotStore for Memory {
        async fn create(
            &self,
            _scope: &TenantScope,
        ) -> Result<Box<dyn SnapshotSink>, SnapshotError> {
            Ok(Box::new(MemorySink(Vec::new(), self.0.clone())))
        }

        async fn open_verified(
            &self,
            _scope: &TenantScope,
            key: &str,
            expected: Digest,
        ) -> Result<Box<dyn Read + Send>, SnapshotError> {
            let bytes = self
                .0
                .lock()
                .expect("nobody panics here")
                .clone()
                .expect("something was stored");
            let found = Digest::of(&bytes);
            if found.verify(expected).is_intact() {
                Ok(Box::new(io::Cursor::new(bytes)))
            } else {
                Err(SnapshotError::Corrupt {
                    key: key.to_owned(),
                    expected,
                    found,
                })
            }
        }

        async fn contains(&self, _scope: &TenantScope, _key: &str) -> Result<bool, SnapshotError> {
            Ok(self.0.lock().expect("nobody panics here").is_some())
        }

        async fn delete(&self, _scope: &TenantScope, _key: &str) -> Result<(), SnapshotError> {
            Ok(())
        }
    }

    fn scope() -> TenantScope {
        TenantScope::new(TenantId::LOCAL, "tests".parse().expect("a name"))
    }

    fn record(stored: StoredSnapshot) -> SnapshotRecord {
        SnapshotRecord {
            id: SnapshotId::from_uuid(TenantId::LOCAL.as_uuid()),
            target: "store".to_owned(),
            key: stored.key,
            digest: stored.digest,
            raw_bytes: stored.raw_bytes,
            stored_bytes: stored.stored_bytes,
            created_at: chrono::DateTime::UNIX_EPOCH,
            expires_at: chrono::DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn what_was_written_comes_back_and_one_flipped_bit_is_refused() {
        let shelf = Shelf::default();
        let store = Memory(shelf.clone());
        let content = "snapshot of a target\n".repeat(10_000);
        let stored = block_on(async {
            let mut writer = SnapshotWriter::create(&store, &scope()).await?;
            writer
                .write_all(content.as_bytes())
                .expect("memory takes it");
            writer.finish().await
        })
        .expect("memory takes it");
        assert_eq!(stored.raw_bytes, content.len() as u64);
        assert!(stored.stored_bytes * 3 < stored.raw_bytes, "{stored:?}");

        let record = record(stored);
        let mut back = String::new();
        block_on(open_snapshot(&store, &scope(), &record))
            .expect("it is intact")
            .read_to_string(&mut back)
            .expect("it is gzip");
        assert_eq!(back, content);

        let mut damaged = shelf
            .lock()
            .expect("nobody panics here")
            .clone()
            .expect("something was stored");
        damaged[20] ^= 1;
        *shelf.lock().expect("nobody panics here") = Some(damaged);
        let refused = block_on(open_snapshot(&store, &scope(), &record))
            .err()
            .expect("one bit is another");
        assert!(
            matches!(refused, SnapshotError::Corrupt { .. }),
            "{refused}"
        );
    }

    #[test]
    fn an_abandoned_snapshot_leaves_nothing() {
        let shelf = Shelf::default();
        let mut writer =
            block_on(SnapshotWriter::create(&Memory(shelf.clone()), &scope())).expect("memory");
        writer.write_all(b"half").expect("memory takes it");
        drop(writer);
        assert!(shelf.lock().expect("nobody panics here").is_none());
    }
}
