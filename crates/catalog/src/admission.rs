//! Taking a package in: bytes of unknown worth become a version, or nothing at all.
//!
//! The bytes wait in an unnamed file that goes with the process, and are hashed on the way there. Only what the judge has
//! found nothing against is put where bundles are kept, so that rejected bytes never lie there; and only what lies there
//! gets a row.

mod job;
mod record;
mod spool;

use installhub_access::{Permission, Principal};
use installhub_checksum::Digest;
use installhub_kernel::TenantScope;
use installhub_manifest::Manifest;
use installhub_package_format::{BundleStoreError, BundleStream, Report, StoredBundle, validate};

pub use job::AdmitPackage;
pub(crate) use job::{KIND, Payload};

use crate::{Catalog, CatalogError, PackageVersion, Upload};
use record::Recorded;
use spool::Spooled;

/// How often the last steps are tried when others are faster.
const ATTEMPTS: usize = 5;

/// What is known of bytes before they come, and what they are for.
#[derive(Clone, Copy, Default)]
pub(crate) struct Expected<'a> {
    pub(crate) digest: Option<Digest>,
    /// The upload they were collected in.
    pub(crate) upload: Option<&'a Upload>,
}

impl Catalog {
    /// Takes a package in. Needs `package:upload`.
    ///
    /// It is judged by the same function and limits as everywhere; all findings come in [`CatalogError::Rejected`]. The
    /// same bytes again give the version that is there; other bytes under its number are a [`CatalogError::Conflict`].
    /// Neither memory nor the store ever holds a whole package that has not been judged.
    pub async fn upload_package(
        &self,
        principal: &Principal,
        bytes: BundleStream,
        declared_bytes: Option<u64>,
    ) -> Result<PackageVersion, CatalogError> {
        let scope = principal.scope_for(Permission::PackageUpload)?;
        self.within_limit(declared_bytes.unwrap_or_default())?;
        self.admit(scope, bytes, Expected::default()).await
    }

    pub(crate) fn within_limit(&self, bytes: u64) -> Result<(), CatalogError> {
        let limit = self.settings.max_bundle_bytes;
        if bytes > limit {
            return Err(CatalogError::TooLarge {
                what: "the package",
                limit,
            });
        }
        Ok(())
    }

    pub(crate) async fn admit(
        &self,
        scope: &TenantScope,
        bytes: BundleStream,
        expected: Expected<'_>,
    ) -> Result<PackageVersion, CatalogError> {
        let limit = self.settings.max_bundle_bytes;
        let spooled = Spooled::receive(bytes, limit, self.settings.spool_folder.clone()).await?;
        if let Some(digest) = expected.digest.filter(|digest| *digest != spooled.digest) {
            let message = format!("the bytes have {}: expected {digest}", spooled.digest);
            return Err(CatalogError::invalid("digest", "mismatch", message));
        }
        // Nobody needs to judge twice what is there.
        if let Some(there) = self.there_already(scope, spooled.digest, expected).await? {
            // Should the bytes that are kept be damaged or lost, here they are again.
            self.put(scope, &spooled).await?;
            return Ok(there);
        }
        let manifest = self.judged(&spooled).await?;
        self.keep(scope, &spooled, &manifest, expected).await
    }

    async fn judged(&self, spooled: &Spooled) -> Result<Manifest, CatalogError> {
        let file = spooled.file();
        let limits = self.settings.package.clone();
        let judged = tokio::task::spawn_blocking(move || validate(file.as_ref(), &limits));
        let Report {
            diagnostics,
            total,
            manifest,
            ..
        } = judged
            .await
            .map_err(std::io::Error::other)
            .flatten()
            .map_err(CatalogError::Spool)?;
        manifest.ok_or(CatalogError::Rejected { diagnostics, total })
    }

    /// Bytes first, then the rows; again when others were faster or have swept the bytes in between.
    async fn keep(
        &self,
        scope: &TenantScope,
        spooled: &Spooled,
        manifest: &Manifest,
        expected: Expected<'_>,
    ) -> Result<PackageVersion, CatalogError> {
        for _ in 0..ATTEMPTS {
            let stored = self.put(scope, spooled).await?;
            match self.record(scope, stored, manifest, expected).await? {
                Recorded::Version(version) => return Ok(*version),
                Recorded::Outrun => {}
            }
        }
        Err(CatalogError::Conflict(format!(
            "others are changing '{}' at the same time; try again",
            manifest.name
        )))
    }

    async fn put(
        &self,
        scope: &TenantScope,
        spooled: &Spooled,
    ) -> Result<StoredBundle, CatalogError> {
        let bytes = spooled.stream().await?;
        let stored = self.bundles.of(scope).put(bytes).await?;
        if stored.digest == spooled.digest {
            return Ok(stored);
        }
        Err(CatalogError::Bundle(BundleStoreError::Corrupt {
            expected: spooled.digest,
            found: stored.digest,
        }))
    }
}
