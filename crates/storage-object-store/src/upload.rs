//! Writing one object: parts of bounded size, hashed as they pass, published under their digest at the end.

use std::sync::Arc;

use bytes::BytesMut;
use futures::stream::{FuturesUnordered, StreamExt as _};
use installhub_checksum::{Digest, Hasher};
use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt as _, UploadPart};

/// Bytes in a part. S3 wants at least 5 MiB and at most 10,000 parts, R2 wants parts of equal size: this takes 78 GiB.
const PART: usize = 8 << 20;

/// Parts on their way at once; with the one being filled, the memory an upload takes.
const IN_FLIGHT: usize = 2;

/// An object being written. Dropped before [`publish`](Self::publish), it goes.
pub(crate) struct Upload {
    store: Arc<dyn ObjectStore>,
    temporary: Path,
    parts: Box<dyn MultipartUpload>,
    in_flight: FuturesUnordered<UploadPart>,
    buffer: BytesMut,
    hasher: Hasher,
    length: u64,
}

/// What was written.
pub(crate) struct Written {
    upload: Upload,
    pub(crate) digest: Digest,
    pub(crate) length: u64,
}

impl Upload {
    pub(crate) async fn begin(
        store: Arc<dyn ObjectStore>,
        temporary: Path,
    ) -> Result<Self, object_store::Error> {
        let parts = store.put_multipart(&temporary).await?;
        Ok(Self {
            store,
            temporary,
            parts,
            in_flight: FuturesUnordered::new(),
            buffer: BytesMut::new(),
            hasher: Hasher::new(),
            length: 0,
        })
    }

    /// Takes bytes in, sending what fills whole parts.
    pub(crate) async fn write(&mut self, mut bytes: &[u8]) -> Result<(), object_store::Error> {
        self.hasher.update(bytes);
        self.length += bytes.len() as u64;
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(PART - self.buffer.len()));
            self.buffer.extend_from_slice(now);
            if self.buffer.len() == PART {
                self.send().await?;
            }
            bytes = later;
        }
        Ok(())
    }

    async fn send(&mut self) -> Result<(), object_store::Error> {
        self.in_flight
            .push(self.parts.put_part(self.buffer.split().freeze().into()));
        while self.in_flight.len() > IN_FLIGHT {
            self.in_flight.next().await.transpose()?;
        }
        Ok(())
    }

    /// Takes back what was written so far, at once where the store can.
    pub(crate) async fn abort(mut self) -> Result<(), object_store::Error> {
        self.parts.abort().await
    }

    /// Sends the rest; the bytes are complete under the temporary key, and named by their digest.
    pub(crate) async fn complete(mut self) -> Result<Written, object_store::Error> {
        if !self.buffer.is_empty() || self.length == 0 {
            self.send().await?;
        }
        while let Some(part) = self.in_flight.next().await {
            part?;
        }
        self.parts.complete().await?;
        Ok(Written {
            digest: self.hasher.clone().finalize(),
            length: self.length,
            upload: self,
        })
    }
}

impl Written {
    /// Makes the object durable under `key`. An object already there has the same bytes, or is damaged and healed by this.
    pub(crate) async fn publish(self, key: &Path) -> Result<(), object_store::Error> {
        self.upload.store.rename(&self.upload.temporary, key).await
    }

    /// Takes back what was written.
    pub(crate) async fn discard(self) -> Result<(), object_store::Error> {
        self.upload.store.delete(&self.upload.temporary).await
    }
}
