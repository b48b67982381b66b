//! Snapshots in memory.

use std::collections::BTreeMap;
use std::io::{self, Cursor, Read, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use installhub_checksum::Digest;
use installhub_kernel::{TenantId, TenantScope};
use installhub_recovery::{SnapshotError, SnapshotSink, SnapshotStore};

type Shelf = BTreeMap<(TenantId, String), Vec<u8>>;

/// Keeps snapshots in memory; clones share them.
#[derive(Debug, Clone, Default)]
pub struct MemorySnapshotStore {
    shelf: Arc<Mutex<Shelf>>,
}

impl MemorySnapshotStore {
    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many snapshots there are.
    pub fn count(&self) -> usize {
        self.shelf().len()
    }

    /// Turns over one bit of every snapshot, as a bad disk would.
    pub fn damage(&self) {
        for byte in self
            .shelf()
            .values_mut()
            .filter_map(|bytes| bytes.last_mut())
        {
            *byte ^= 1;
        }
    }
}

struct Sink {
    store: MemorySnapshotStore,
    tenant: TenantId,
    bytes: Vec<u8>,
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[async_trait]
impl SnapshotSink for Sink {
    async fn finish(self: Box<Self>, digest: Digest) -> Result<String, SnapshotError> {
        let key = digest.to_string();
        let found = Digest::of(&self.bytes);
        if found != digest {
            return Err(SnapshotError::Corrupt {
                key,
                expected: digest,
                found,
            });
        }
        self.store
            .shelf()
            .insert((self.tenant, key.clone()), self.bytes);
        Ok(key)
    }
}

#[async_trait]
impl SnapshotStore for MemorySnapshotStore {
    async fn create(&self, scope: &TenantScope) -> Result<Box<dyn SnapshotSink>, SnapshotError> {
        Ok(Box::new(Sink {
            store: self.clone(),
            tenant: scope.tenant(),
            bytes: Vec::new(),
        }))
    }

    async fn open_verified(
        &self,
        scope: &TenantScope,
        key: &str,
        digest: Digest,
    ) -> Result<Box<dyn Read + Send>, SnapshotError> {
        let bytes = self
            .shelf()
            .get(&(scope.tenant(), key.to_owned()))
            .cloned()
            .ok_or_else(|| SnapshotError::Unavailable {
                attempted: format!("cannot open snapshot {key}"),
                source: "not there".into(),
            })?;
        match Digest::of(&bytes) {
            found if found == digest => Ok(Box::new(Cursor::new(bytes))),
            found => Err(SnapshotError::Corrupt {
                key: key.to_owned(),
                expected: digest,
                found,
            }),
        }
    }

    async fn contains(&self, scope: &TenantScope, key: &str) -> Result<bool, SnapshotError> {
        Ok(self.shelf().contains_key(&(scope.tenant(), key.to_owned())))
    }

    async fn delete(&self, scope: &TenantScope, key: &str) -> Result<(), SnapshotError> {
        self.shelf().remove(&(scope.tenant(), key.to_owned()));
        Ok(())
    }
}
