//! The rows of a package whose bytes are kept.

use installhub_audit_chain::NewEvent;
use installhub_checksum::Digest;
use installhub_kernel::{PackageId, PackageVersionId, StoreError, TenantScope};
use installhub_manifest::Manifest;
use installhub_package_format::StoredBundle;
use serde_json::json;

use super::Expected;
use crate::ports::CatalogUnit;
use crate::{
    Catalog, CatalogError, Package, PackageVersion, PackageVersionState, Upload, UploadState,
    VersionDetails,
};

/// What came of an attempt to write the rows.
pub(super) enum Recorded {
    Version(Box<PackageVersion>),
    /// Somebody else changed the same at the same time, or swept the bytes: it is to be tried again.
    Outrun,
}

impl Catalog {
    /// The version with these bytes, if there is one; the upload they came in is over then.
    pub(super) async fn there_already(
        &self,
        scope: &TenantScope,
        digest: Digest,
        expected: Expected<'_>,
    ) -> Result<Option<PackageVersion>, CatalogError> {
        let mut unit = self.store.read(scope).await?;
        let there = unit.packages().version_with_digest(scope, digest).await?;
        drop(unit);
        if let (Some(there), Some(upload)) = (&there, expected.upload) {
            let mut unit = self.store.begin(scope).await?;
            end_upload(unit.as_mut(), scope, upload, there.id).await?;
            unit.audit().append(scope, uploaded(there, false)).await?;
            unit.commit().await?;
        }
        Ok(there)
    }

    /// Writes the rows and the event in one transaction.
    pub(super) async fn record(
        &self,
        scope: &TenantScope,
        stored: StoredBundle,
        manifest: &Manifest,
        expected: Expected<'_>,
    ) -> Result<Recorded, CatalogError> {
        let mut unit = self.store.begin(scope).await?;
        let there = unit
            .packages()
            .version_with_digest(scope, stored.digest)
            .await?;
        let (version, is_new) = match there {
            Some(there) => (there, false),
            None => match self
                .add_rows(unit.as_mut(), scope, stored, manifest)
                .await?
            {
                Some(version) => (version, true),
                None => return Ok(Recorded::Outrun),
            },
        };
        if let Some(upload) = expected.upload {
            end_upload(unit.as_mut(), scope, upload, version.id).await?;
        }
        if is_new || expected.upload.is_some() {
            unit.audit()
                .append(scope, uploaded(&version, is_new))
                .await?;
        }
        // Whoever sweeps holds the same chain of events. Now that it is ours, bytes that are there stay there.
        let kept = self.bundles.of(scope).find_stored(stored.digest).await?;
        if kept.is_none() {
            return Ok(Recorded::Outrun);
        }
        unit.commit().await?;
        Ok(Recorded::Version(Box::new(version)))
    }

    /// The package, made or changed, and its version; `None` when somebody else was faster.
    async fn add_rows(
        &self,
        unit: &mut dyn CatalogUnit,
        scope: &TenantScope,
        stored: StoredBundle,
        manifest: &Manifest,
    ) -> Result<Option<PackageVersion>, CatalogError> {
        let packages = unit.packages();
        let found = packages.package_named(scope, &manifest.name).await?;
        if let Some(package) = &found
            && let Some(there) = packages
                .version_numbered(scope, package.id, &manifest.version)
                .await?
        {
            return Err(other_bytes(&there, stored.digest));
        }
        let package = self.package_for(scope, found.as_ref(), manifest);
        let written = match found {
            Some(_) => packages.change_package(scope, &package).await,
            None => packages.add_package(scope, &package).await.map(|()| true),
        };
        if outrun(written)? {
            return Ok(None);
        }
        let version = self.version_of(&package, stored, manifest);
        let added = packages
            .add_version(scope, &version, &manifest.to_canonical_bytes())
            .await;
        Ok((!outrun(added.map(|()| true))?).then_some(version))
    }

    fn package_for(
        &self,
        scope: &TenantScope,
        found: Option<&Package>,
        manifest: &Manifest,
    ) -> Package {
        let now = self.now();
        let actor = scope.actor().to_string();
        Package {
            id: found.map_or_else(
                || PackageId::from_uuid(self.ids.new_uuid()),
                |package| package.id,
            ),
            name: manifest.name.clone(),
            package_type: manifest.package_type,
            description: manifest.description.clone(),
            latest_version: None,
            created_at: found.map_or(now, |package| package.created_at),
            created_by: found.map_or_else(|| actor.clone(), |package| package.created_by.clone()),
            updated_at: now,
            updated_by: actor,
            revision: found.map_or(1, |package| package.revision + 1),
        }
    }

    fn version_of(
        &self,
        package: &Package,
        stored: StoredBundle,
        manifest: &Manifest,
    ) -> PackageVersion {
        PackageVersion {
            id: PackageVersionId::from_uuid(self.ids.new_uuid()),
            package: package.id,
            name: manifest.name.clone(),
            version: manifest.version.clone(),
            digest: stored.digest,
            bytes: stored.bytes,
            state: PackageVersionState::Released,
            details: VersionDetails::of(manifest),
            uploaded_at: package.updated_at,
            uploaded_by: package.updated_by.clone(),
            revision: 1,
        }
    }
}

/// Whether somebody else was faster.
fn outrun(written: Result<bool, StoreError>) -> Result<bool, CatalogError> {
    match written {
        Ok(done) => Ok(!done),
        Err(StoreError::Conflict(_)) => Ok(true),
        Err(error) => Err(error.into()),
    }
}

fn other_bytes(there: &PackageVersion, offered: Digest) -> CatalogError {
    CatalogError::Conflict(format!(
        "{} {} is there already with {}, and these bytes have {offered}: give changed bytes a new version",
        there.name, there.version, there.digest
    ))
}

async fn end_upload(
    unit: &mut dyn CatalogUnit,
    scope: &TenantScope,
    upload: &Upload,
    version: PackageVersionId,
) -> Result<(), CatalogError> {
    let ended = Upload {
        state: UploadState::Admitted,
        version: Some(version),
        ..upload.clone()
    };
    let moved = unit
        .uploads()
        .move_upload(scope, UploadState::Admitting, &ended)
        .await?;
    if moved {
        Ok(())
    } else {
        Err(CatalogError::Conflict(format!(
            "the upload {} is not being looked at any more",
            upload.id
        )))
    }
}

/// What the audit log hears.
fn uploaded(version: &PackageVersion, is_new: bool) -> NewEvent {
    NewEvent::success("package.uploaded", "packageVersion", version.id).with(json!({
        "package": version.package,
        "name": version.name,
        "version": version.version,
        "digest": version.digest,
        "bytes": version.bytes,
        "new": is_new,
    }))
}
