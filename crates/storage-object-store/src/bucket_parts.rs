//! A large object on its way into a bucket, part by part.
//!
//! A bucket keeps the parts of an upload that never ends, and bills for them, but does not show them among its objects. So a
//! note with the upload's id lies beside the temporary object from before the first part to after the last, for the sweeper
//! to find.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use futures::FutureExt as _;
use object_store::multipart::{MultipartStore as _, PartId};
use object_store::path::Path;
use object_store::{
    MultipartId, MultipartUpload, ObjectStoreExt as _, PutPayload, PutResult, UploadPart,
};

use crate::bucket::Bucket;

/// How the key of a note ends.
const NOTE: &str = ".parts";

/// An upload in parts. Dropped before [`complete`](MultipartUpload::complete), it is taken back, at once or by the sweeper.
#[derive(Debug)]
pub(crate) struct BucketParts {
    upload: Arc<PendingUpload>,
    sent: Arc<Mutex<Vec<Option<PartId>>>>,
    ended: bool,
}

/// What it takes to go on with an upload or to take it back.
#[derive(Debug)]
struct PendingUpload {
    bucket: Bucket,
    target: Path,
    id: MultipartId,
    note: Path,
}

impl BucketParts {
    /// Begins an upload to `target`; its note is named after `temporary`.
    pub(crate) async fn begin(
        bucket: Bucket,
        temporary: &Path,
        target: Path,
    ) -> Result<Self, object_store::Error> {
        let id = bucket.patient().create_multipart(&target).await?;
        let upload = PendingUpload {
            note: Path::from(format!("{temporary}{NOTE}")),
            bucket,
            target,
            id,
        };
        let text = format!("{}\n{}", upload.target, upload.id);
        upload.bucket.put(&upload.note, text.into()).await?;
        Ok(Self {
            upload: Arc::new(upload),
            sent: Arc::default(),
            ended: false,
        })
    }
}

impl PendingUpload {
    async fn take_back(&self) -> Result<(), object_store::Error> {
        let aborted = self
            .bucket
            .patient()
            .abort_multipart(&self.target, &self.id)
            .await;
        match aborted {
            // It ended, or somebody else has taken it back.
            Ok(()) | Err(object_store::Error::NotFound { .. }) => {
                self.bucket.delete(&self.note).await
            }
            Err(error) => Err(error),
        }
    }
}

/// Whether an object is the note of an upload.
pub(crate) fn is_note(key: &Path) -> bool {
    key.as_ref().ends_with(NOTE)
}

/// Takes back the upload that a note speaks of, and removes the note.
pub(crate) async fn take_back_noted(
    bucket: &Bucket,
    note: &Path,
) -> Result<(), object_store::Error> {
    let text = match bucket.get(note).await {
        Ok(found) => found.bytes().await?,
        Err(object_store::Error::NotFound { .. }) => return Ok(()),
        Err(error) => return Err(error),
    };
    let Some((target, id)) = std::str::from_utf8(&text)
        .ok()
        .and_then(|text| text.split_once('\n'))
    else {
        // Not ours; without an id there is nothing to take back.
        return bucket.delete(note).await;
    };
    let upload = PendingUpload {
        bucket: bucket.clone(),
        target: Path::parse(target)?,
        id: id.to_owned(),
        note: note.clone(),
    };
    upload.take_back().await
}

#[async_trait]
impl MultipartUpload for BucketParts {
    fn put_part(&mut self, bytes: PutPayload) -> UploadPart {
        let (upload, sent) = (Arc::clone(&self.upload), Arc::clone(&self.sent));
        let index = {
            let mut sent = locked(&sent);
            sent.push(None);
            sent.len() - 1
        };
        async move {
            let part = upload
                .bucket
                .patient()
                .put_part(&upload.target, &upload.id, index, bytes)
                .await?;
            locked(&sent)[index] = Some(part);
            Ok(())
        }
        .boxed()
    }

    async fn complete(&mut self) -> Result<PutResult, object_store::Error> {
        let parts: Option<Vec<PartId>> = locked(&self.sent).iter().cloned().collect();
        let parts = parts.ok_or(object_store::Error::Generic {
            store: "bucket",
            source: "a part of the upload is missing".into(),
        })?;
        let upload = &self.upload;
        let result = upload
            .bucket
            .patient()
            .complete_multipart(&upload.target, &upload.id, parts)
            .await?;
        self.ended = true;
        upload.bucket.delete(&upload.note).await?;
        Ok(result)
    }

    async fn abort(&mut self) -> Result<(), object_store::Error> {
        self.ended = true;
        self.upload.take_back().await
    }
}

impl Drop for BucketParts {
    fn drop(&mut self) {
        if !self.ended {
            let upload = Arc::clone(&self.upload);
            let network = self.upload.bucket.network.clone();
            // What cannot be taken back now is swept later.
            network.spawn(async move { drop(upload.take_back().await) });
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
