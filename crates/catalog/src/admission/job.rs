//! Taking in what was uploaded in pieces, as a job.

use std::fmt;

use async_trait::async_trait;
use installhub_audit_chain::NewEvent;
use installhub_jobs::{JobError, JobHandler, JobKind, RunningJob};
use installhub_kernel::{PackageVersionId, TenantScope, UploadId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Expected;
use crate::{Catalog, CatalogError, PackageVersion, Upload, UploadState};

/// What the job is called.
pub(crate) const KIND: JobKind = JobKind::of("package.admit");

/// Makes a version of a package of a complete upload.
///
/// Beginning again after a crash finds what the first attempt has made. The job's result is
/// `{packageVersionId, packageId, name, version}`; it fails with `PackageRejected` and all findings in its details, with
/// `Conflict` when the version is there with other bytes, or with `UploadGone`.
#[derive(Clone)]
pub struct AdmitPackage {
    catalog: Catalog,
}

impl AdmitPackage {
    /// A handler over `catalog`.
    pub fn new(catalog: Catalog) -> Self {
        Self { catalog }
    }

    /// Takes the upload in, or finds that this has been done.
    pub async fn admit(
        &self,
        scope: &TenantScope,
        id: UploadId,
    ) -> Result<PackageVersion, CatalogError> {
        let mut unit = self.catalog.store.read(scope).await?;
        let upload = unit.uploads().upload(scope, id).await?;
        let upload = upload.ok_or_else(|| CatalogError::not_found("upload", id))?;
        if let Some(version) = upload.version {
            return done_before(unit.packages().version(scope, version).await?, version);
        }
        let pieces = unit.uploads().pieces(scope, id).await?;
        drop(unit);
        let bytes = self.catalog.uploads.read_pieces(scope, id, pieces).await?;
        let expected = Expected {
            digest: upload.digest,
            upload: Some(&upload),
        };
        let admitted = self.catalog.admit(scope, bytes, expected).await;
        if admitted.as_ref().is_err_and(is_final) {
            self.refuse(scope, &upload).await?;
        }
        admitted
    }

    /// Says of an upload that nothing became of it.
    async fn refuse(&self, scope: &TenantScope, upload: &Upload) -> Result<(), CatalogError> {
        let mut unit = self.catalog.store.begin(scope).await?;
        let refused = Upload {
            state: UploadState::Rejected,
            ..upload.clone()
        };
        let moved = unit
            .uploads()
            .move_upload(scope, UploadState::Admitting, &refused)
            .await?;
        if moved {
            let event = NewEvent::failure("package.uploaded", "upload", upload.id);
            unit.audit().append(scope, event).await?;
            unit.commit().await?;
        }
        Ok(())
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Payload {
    pub(crate) upload: UploadId,
}

#[async_trait]
impl JobHandler for AdmitPackage {
    fn kind(&self) -> JobKind {
        KIND
    }

    async fn run(&self, job: RunningJob<'_>) -> Result<Value, JobError> {
        let Payload { upload } = job.parse()?;
        let scope = job.scope();
        let admitted = self.admit(scope, upload).await;
        // Of an upload that was refused they stay until it expires or is given up: an attempt that begins again, because
        // the worker died before it could say so, finds the same.
        if admitted.is_ok() {
            // What cannot be removed now goes when the upload expires.
            if let Err(error) = self.catalog.uploads.remove_pieces(scope, upload).await {
                tracing::warn!(%upload, error = &error as &dyn std::error::Error, "cannot remove the pieces of an upload");
            }
        }
        admitted.map(|version| result(&version)).map_err(job_error)
    }
}

impl fmt::Debug for AdmitPackage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AdmitPackage")
    }
}

fn done_before(
    found: Option<PackageVersion>,
    id: PackageVersionId,
) -> Result<PackageVersion, CatalogError> {
    found.ok_or_else(|| CatalogError::not_found("package version", id))
}

/// Whether the same bytes will always end so.
fn is_final(error: &CatalogError) -> bool {
    matches!(
        error,
        CatalogError::Rejected { .. }
            | CatalogError::Invalid(_)
            | CatalogError::TooLarge { .. }
            | CatalogError::Conflict(_)
    )
}

fn result(version: &PackageVersion) -> Value {
    json!({
        "packageVersionId": version.id,
        "packageId": version.package,
        "name": version.name,
        "version": version.version,
    })
}

fn job_error(error: CatalogError) -> JobError {
    let message = error.to_string();
    let fatal = |code: &str, details| JobError::Fatal {
        code: code.to_owned(),
        message: message.clone(),
        details,
    };
    match error {
        CatalogError::Rejected { diagnostics, total } => fatal(
            "PackageRejected",
            json!({ "errors": diagnostics, "total": total }),
        ),
        CatalogError::Invalid(_) => fatal("DigestMismatch", Value::Null),
        CatalogError::TooLarge { .. } => fatal("TooLarge", Value::Null),
        CatalogError::Conflict(_) => fatal("Conflict", Value::Null),
        CatalogError::NotFound { .. } => fatal("UploadGone", Value::Null),
        _ => JobError::Retry(message),
    }
}
