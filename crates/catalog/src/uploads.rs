//! Use cases about uploads in pieces, which any process can go on with.

mod piece;

use installhub_access::{Permission, Principal};
use installhub_audit_chain::NewEvent;
use installhub_jobs::{Job, JobState, NewJob, enqueued};
use installhub_kernel::{JobId, TenantScope, UploadId};
use installhub_package_format::BundleStream;
use serde_json::json;

use crate::admission::{KIND, Payload};
use crate::ports::CatalogUnit;
use crate::{Catalog, CatalogError, NewUpload, Upload, UploadPiece, UploadState};
use piece::Piece;

pub(crate) const UPLOAD: &str = "upload";

impl Catalog {
    /// Begins an upload in pieces. Needs `package:upload`.
    pub async fn begin_upload(
        &self,
        principal: &Principal,
        new: NewUpload,
    ) -> Result<Upload, CatalogError> {
        let scope = principal.scope_for(Permission::PackageUpload)?;
        self.within_limit(new.bytes)?;
        if new.bytes == 0 {
            let message = "found 0 bytes: expected how many bytes will come";
            return Err(CatalogError::invalid("bytes", "tooSmall", message));
        }
        let now = self.now();
        let upload = Upload {
            id: UploadId::from_uuid(self.ids.new_uuid()),
            bytes: new.bytes,
            digest: new.digest,
            offset: 0,
            pieces: 0,
            state: UploadState::Receiving,
            job: None,
            version: None,
            created_at: now,
            created_by: scope.actor().to_string(),
            expires_at: now + self.settings.upload_valid_for,
        };
        let mut unit = self.store.begin(scope).await?;
        unit.uploads().add_upload(scope, &upload).await?;
        let event = NewEvent::success("upload.begun", UPLOAD, upload.id)
            .with(json!({ "bytes": upload.bytes, "expiresAt": upload.expires_at }));
        unit.audit().append(scope, event).await?;
        unit.commit().await?;
        Ok(upload)
    }

    /// How far an upload is. Needs `package:upload`.
    pub async fn upload(
        &self,
        principal: &Principal,
        id: UploadId,
    ) -> Result<Upload, CatalogError> {
        let scope = principal.scope_for(Permission::PackageUpload)?;
        let mut unit = self.store.read(scope).await?;
        self.living_upload(unit.as_mut(), scope, id).await
    }

    /// Takes the next piece and says how far the upload is. Needs `package:upload`.
    ///
    /// `offset` is where the caller believes that the piece begins; if it does not, [`CatalogError::WrongOffset`] says where
    /// the next one does. A piece that is cut off is kept as far as it came, and [`CatalogError::Interrupted`] is the
    /// answer; the upload then goes on at the new offset. Of a piece that runs over the announced end nothing is kept.
    pub async fn append(
        &self,
        principal: &Principal,
        id: UploadId,
        offset: u64,
        bytes: BundleStream,
    ) -> Result<Upload, CatalogError> {
        let scope = principal.scope_for(Permission::PackageUpload)?.clone();
        let catalog = self.clone();
        // Whoever asked may be gone as soon as the connection is. What came until then is worth keeping.
        let receiving =
            tokio::spawn(async move { catalog.receive(&scope, id, offset, bytes).await });
        receiving
            .await
            .unwrap_or_else(|error| Err(CatalogError::Interrupted(error.into())))
    }

    /// Says that all bytes have come; a job makes a version of a package of them. Needs `package:upload`.
    ///
    /// Asking again gives the same job, unless it ended before it could tell what the bytes are.
    pub async fn complete_upload(
        &self,
        principal: &Principal,
        id: UploadId,
    ) -> Result<Job, CatalogError> {
        let scope = principal.scope_for(Permission::PackageUpload)?;
        let mut unit = self.store.begin(scope).await?;
        let upload = self.living_upload(unit.as_mut(), scope, id).await?;
        if upload.offset < upload.bytes {
            return Err(CatalogError::Conflict(format!(
                "{} of {} bytes have come: send the rest first",
                upload.offset, upload.bytes
            )));
        }
        if let Some(job) = last_job(unit.as_mut(), scope, &upload).await? {
            return Ok(job);
        }
        let payload = serde_json::to_value(Payload { upload: id }).unwrap_or_default();
        let new = NewJob::new(KIND, payload).unique(format!("{KIND} {id}"));
        let job_id = JobId::from_uuid(self.ids.new_uuid());
        let job = unit.queue().enqueue(scope, job_id, &new).await?;
        let admitting = Upload {
            state: UploadState::Admitting,
            job: Some(job.id),
            ..upload.clone()
        };
        let moved = unit
            .uploads()
            .move_upload(scope, upload.state, &admitting)
            .await?;
        if !moved {
            return Err(CatalogError::Conflict(
                "somebody else has completed the upload at the same time; ask again".to_owned(),
            ));
        }
        unit.audit().append(scope, enqueued(&job)).await?;
        unit.commit().await?;
        self.bell.enqueued();
        Ok(job)
    }

    /// Gives an upload up, or forgets one that was rejected, with all that has come. Needs `package:upload`.
    pub async fn abandon_upload(
        &self,
        principal: &Principal,
        id: UploadId,
    ) -> Result<(), CatalogError> {
        let scope = principal.scope_for(Permission::PackageUpload)?;
        let mut unit = self.store.begin(scope).await?;
        let upload = self.living_upload(unit.as_mut(), scope, id).await?;
        if matches!(upload.state, UploadState::Admitting | UploadState::Admitted) {
            return Err(not_receiving(&upload));
        }
        unit.uploads().remove_upload(scope, id).await?;
        let event = NewEvent::success("upload.abandoned", UPLOAD, id);
        unit.audit().append(scope, event).await?;
        unit.commit().await?;
        Ok(self.uploads.remove_pieces(scope, id).await?)
    }

    async fn receive(
        &self,
        scope: &TenantScope,
        id: UploadId,
        offset: u64,
        bytes: BundleStream,
    ) -> Result<Upload, CatalogError> {
        let mut unit = self.store.read(scope).await?;
        let upload = self.living_upload(unit.as_mut(), scope, id).await?;
        drop(unit);
        self.takes_piece_at(&upload, offset)?;
        let name = self.ids.new_uuid();
        let (bytes, piece) = Piece::of(bytes, upload.bytes - offset);
        let stored = self.uploads.put_piece(scope, id, name, bytes).await;
        if piece.runs_over() {
            return Err(CatalogError::TooLarge {
                what: "the upload",
                limit: upload.bytes,
            });
        }
        let stored = stored?;
        let kept = UploadPiece {
            id: name,
            offset,
            bytes: stored.bytes,
            digest: stored.digest,
        };
        let now = self.keep_piece(scope, id, &kept).await?;
        piece.cut_off().map_or(Ok(now), Err)
    }

    async fn keep_piece(
        &self,
        scope: &TenantScope,
        id: UploadId,
        piece: &UploadPiece,
    ) -> Result<Upload, CatalogError> {
        let mut unit = self.store.begin(scope).await?;
        let kept = piece.bytes == 0 || unit.uploads().add_piece(scope, id, piece).await?;
        let upload = self.living_upload(unit.as_mut(), scope, id).await?;
        if !kept {
            self.takes_piece_at(&upload, piece.offset)?;
            return Err(not_receiving(&upload));
        }
        unit.commit().await?;
        Ok(upload)
    }

    fn takes_piece_at(&self, upload: &Upload, offset: u64) -> Result<(), CatalogError> {
        if upload.state != UploadState::Receiving {
            return Err(not_receiving(upload));
        }
        if upload.offset != offset {
            return Err(CatalogError::WrongOffset {
                expected: upload.offset,
                found: offset,
            });
        }
        let limit = self.settings.max_pieces;
        if upload.pieces >= limit {
            return Err(CatalogError::Conflict(format!(
                "the upload has {limit} pieces, the most there may be: begin again with larger ones"
            )));
        }
        Ok(())
    }

    /// The upload, unless its time is over.
    async fn living_upload(
        &self,
        unit: &mut dyn CatalogUnit,
        scope: &TenantScope,
        id: UploadId,
    ) -> Result<Upload, CatalogError> {
        let now = self.now();
        let found = unit.uploads().upload(scope, id).await?;
        found
            .filter(|upload| upload.state == UploadState::Admitting || now < upload.expires_at)
            .ok_or_else(|| CatalogError::not_found(UPLOAD, id))
    }
}

/// The job of an upload, unless it ended before it could tell what the bytes are.
async fn last_job(
    unit: &mut dyn CatalogUnit,
    scope: &TenantScope,
    upload: &Upload,
) -> Result<Option<Job>, CatalogError> {
    let Some(id) = upload.job else {
        return Ok(None);
    };
    let job = unit.jobs().find(scope, id).await?;
    let has_given_up = |job: &Job| matches!(job.state, JobState::Failed | JobState::Cancelled);
    Ok(job.filter(|job| upload.state != UploadState::Admitting || !has_given_up(job)))
}

fn not_receiving(upload: &Upload) -> CatalogError {
    CatalogError::Conflict(format!(
        "the upload takes no pieces: it is {}",
        upload.state
    ))
}
