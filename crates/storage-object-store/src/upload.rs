//! Writing one object: parts of bounded size, hashed as they pass, published under their digest at the end.

use bytes::{Bytes, BytesMut};
use futures::TryStreamExt as _;
use futures::stream::{FuturesUnordered, StreamExt as _};
use installhub_checksum::{Digest, Hasher};
use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStoreExt as _, UploadPart};
use tokio::runtime::Handle;

use crate::bucket::Bucket;
use crate::bucket_parts::BucketParts;
use crate::place::Place;

/// Bytes in a part. S3 wants at least 5 MiB and at most 10,000 parts, R2 wants parts of equal size: this takes 78 GiB.
const PART: usize = 8 << 20;

/// Parts on their way at once; with the one being filled, the memory an upload takes.
const IN_FLIGHT: usize = 2;

/// The largest object that S3 copies in one request, in bytes.
const LARGEST_COPY: u64 = 5 << 30;

/// An object being written. Dropped before [`publish`](Written::publish), it goes.
pub(crate) struct Upload {
    place: Place,
    temporary: Path,
    /// `None` while all of it may still fit into one request.
    parts: Option<Parts>,
    buffer: BytesMut,
    hasher: Hasher,
    length: u64,
}

/// Parts on their way.
struct Parts {
    upload: Box<dyn MultipartUpload>,
    in_flight: FuturesUnordered<UploadPart>,
}

/// What was written.
pub(crate) struct Written {
    place: Place,
    content: Content,
    pub(crate) digest: Digest,
    pub(crate) length: u64,
}

/// Where the bytes wait for their key.
enum Content {
    /// Under a temporary key.
    Stored(Path),
    /// Here: a bucket takes them in one request, whole or not at all.
    Small(Bytes),
}

impl Upload {
    pub(crate) async fn begin(place: Place, temporary: Path) -> Result<Self, object_store::Error> {
        let parts = match &place {
            Place::Here(store) => Some(Parts::new(store.put_multipart(&temporary).await?)),
            Place::Bucket(_) => None,
        };
        Ok(Self {
            place,
            temporary,
            parts,
            buffer: BytesMut::new(),
            hasher: Hasher::new(),
            length: 0,
        })
    }

    /// The runtime that whoever waits without one needs.
    pub(crate) fn network(&self) -> Option<Handle> {
        self.place.network().cloned()
    }

    /// Takes bytes in, sending what fills whole parts.
    pub(crate) async fn write(&mut self, mut bytes: &[u8]) -> Result<(), object_store::Error> {
        self.hasher.update(bytes);
        self.length += bytes.len() as u64;
        while !bytes.is_empty() {
            if self.buffer.len() == PART {
                self.send().await?;
            }
            let (now, later) = bytes.split_at(bytes.len().min(PART - self.buffer.len()));
            self.buffer.extend_from_slice(now);
            bytes = later;
        }
        Ok(())
    }

    async fn send(&mut self) -> Result<(), object_store::Error> {
        let part = self.buffer.split().freeze();
        if self.parts.is_none() {
            let upload: Box<dyn MultipartUpload> = match &self.place {
                Place::Here(store) => store.put_multipart(&self.temporary).await?,
                Place::Bucket(bucket) => Box::new(
                    BucketParts::begin(bucket.clone(), &self.temporary, self.temporary.clone())
                        .await?,
                ),
            };
            self.parts = Some(Parts::new(upload));
        }
        let parts = self.parts.as_mut().expect("they were begun above");
        parts.send(part).await
    }

    /// Takes back what was written so far, at once where the store can.
    pub(crate) async fn abort(self) -> Result<(), object_store::Error> {
        match self.parts {
            Some(mut parts) => parts.upload.abort().await,
            None => Ok(()),
        }
    }

    /// Sends the rest; the bytes are complete, and named by their digest.
    pub(crate) async fn complete(mut self) -> Result<Written, object_store::Error> {
        if self.parts.is_some() && (!self.buffer.is_empty() || self.length == 0) {
            self.send().await?;
        }
        let content = match self.parts {
            Some(parts) => {
                parts.complete().await?;
                Content::Stored(self.temporary)
            }
            None => Content::Small(self.buffer.freeze()),
        };
        Ok(Written {
            place: self.place,
            content,
            digest: self.hasher.finalize(),
            length: self.length,
        })
    }
}

impl Parts {
    fn new(upload: Box<dyn MultipartUpload>) -> Self {
        Self {
            upload,
            in_flight: FuturesUnordered::new(),
        }
    }

    async fn send(&mut self, part: Bytes) -> Result<(), object_store::Error> {
        self.in_flight.push(self.upload.put_part(part.into()));
        while self.in_flight.len() > IN_FLIGHT {
            self.in_flight.next().await.transpose()?;
        }
        Ok(())
    }

    async fn complete(mut self) -> Result<(), object_store::Error> {
        while let Some(part) = self.in_flight.next().await {
            part?;
        }
        self.upload.complete().await?;
        Ok(())
    }
}

impl Written {
    /// Makes the object durable under `key`. An object already there has the same bytes, or is damaged and healed by this.
    pub(crate) async fn publish(self, key: &Path) -> Result<(), object_store::Error> {
        match (self.content, &self.place) {
            (Content::Small(bytes), place) => {
                place.store().put(key, bytes.into()).await?;
                Ok(())
            }
            (Content::Stored(temporary), Place::Here(store)) => store.rename(&temporary, key).await,
            (Content::Stored(temporary), Place::Bucket(bucket)) => {
                carry(bucket, &temporary, key, self.length, LARGEST_COPY).await
            }
        }
    }

    /// Takes back what was written.
    pub(crate) async fn discard(self) -> Result<(), object_store::Error> {
        match self.content {
            Content::Stored(temporary) => self.place.store().delete(&temporary).await,
            Content::Small(_) => Ok(()),
        }
    }
}

/// Moves an object of a bucket: the service copies it, or we do where it is more than the service copies at once.
async fn carry(
    bucket: &Bucket,
    from: &Path,
    to: &Path,
    length: u64,
    largest: u64,
) -> Result<(), object_store::Error> {
    if length <= largest {
        bucket.copy(from, to).await?;
    } else {
        let mut bytes = bucket.get(from).await?.into_stream();
        let upload = BucketParts::begin(bucket.clone(), from, to.clone()).await?;
        let mut parts = Parts::new(Box::new(upload));
        let mut buffer = BytesMut::new();
        while let Some(piece) = bytes.try_next().await? {
            buffer.extend_from_slice(&piece);
            while buffer.len() >= PART {
                parts.send(buffer.split_to(PART).freeze()).await?;
            }
        }
        if !buffer.is_empty() {
            parts.send(buffer.freeze()).await?;
        }
        parts.complete().await?;
    }
    bucket.delete(from).await
}

#[cfg(test)]
mod tests {
    use installhub_test_services::s3_server;
    use object_store::ObjectStore as _;

    use super::*;
    use crate::S3Options;
    use crate::network::network;

    #[tokio::test]
    async fn what_is_too_large_to_be_copied_is_carried_part_by_part() {
        let server = s3_server().await;
        let options = S3Options {
            endpoint: Some(server.endpoint()),
            region: server.region().to_owned(),
            bucket: server.bucket().to_owned(),
            prefix: String::new(),
            access_key: server.access_key().to_owned(),
            secret_key: server.secret_key().into(),
            path_style: true,
            allow_http: true,
        };
        let bucket = Bucket::open(&options, network().expect("threads")).expect("a bucket");
        let content: Vec<u8> = (0..=250_u8).cycle().take((17 << 20) + 3).collect();
        let (from, to) = (Path::from("uploads/x"), Path::from("final/x"));
        for largest in [content.len() - 1, content.len()] {
            let put = bucket.put(&from, content.clone().into()).await;
            put.expect("it is taken");
            carry(&bucket, &from, &to, content.len() as u64, largest as u64)
                .await
                .expect("it is moved");
            let moved = bucket.get(&to).await.expect("it is there");
            assert!(moved.bytes().await.expect("bytes") == content);
            bucket.delete(&to).await.expect("it can be deleted");
            let left: Vec<_> = bucket.list(None).try_collect().await.expect("a list");
            assert!(left.is_empty(), "neither object nor note: {left:?}");
        }
    }
}
