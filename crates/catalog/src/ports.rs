//! What the catalogue needs from outside.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures::stream::BoxStream;
use installhub_audit_chain::AuditLog;
use installhub_checksum::Digest;
use installhub_jobs::{JobQueue, JobRepository};
use installhub_kernel::{PackageId, PackageVersionId, StoreError, TenantScope, UploadId};
use installhub_package_format::{BundleStore, BundleStoreError, BundleStream, StoredBundle};
use semver::Version;

use crate::{
    ArtifactFilter, ArtifactRecord, ArtifactSummary, ArtifactVersionSummary, ListPosition, Package,
    PackageFilter, PackageVersion, Upload, UploadPiece,
};

/// Where transactions over the catalogue come from.
#[async_trait]
pub trait CatalogStore: Send + Sync {
    /// A transaction that may write.
    async fn begin(&self, scope: &TenantScope) -> Result<Box<dyn CatalogUnit>, StoreError>;

    /// A transaction that may write, after every other of the tenant that was begun this way: imports, and whoever else
    /// writes artifacts.
    async fn begin_alone(&self, scope: &TenantScope) -> Result<Box<dyn CatalogUnit>, StoreError>;

    /// A transaction of which nothing lasts.
    async fn read(&self, scope: &TenantScope) -> Result<Box<dyn CatalogUnit>, StoreError>;
}

/// One transaction over the catalogue. Dropped before it is committed, it has changed nothing.
#[async_trait]
pub trait CatalogUnit: Send {
    /// The artifacts.
    fn artifacts(&mut self) -> &mut dyn ArtifactRepository;

    /// The packages with their versions.
    fn packages(&mut self) -> &mut dyn PackageRepository;

    /// The uploads in pieces.
    fn uploads(&mut self) -> &mut dyn UploadRepository;

    /// Where jobs begin to exist.
    fn queue(&mut self) -> &mut dyn JobQueue;

    /// The jobs there are.
    fn jobs(&mut self) -> &mut dyn JobRepository;

    /// The tenant's chain of events.
    fn audit(&mut self) -> &mut dyn AuditLog;

    /// Makes everything last.
    async fn commit(self: Box<Self>) -> Result<(), StoreError>;
}

/// Artifacts and their versions. What is deleted is not there; its id stays taken, because it can come back.
#[async_trait]
pub trait ArtifactRepository: Send {
    /// The artifact with its document.
    async fn artifact(
        &mut self,
        scope: &TenantScope,
        id: &str,
    ) -> Result<Option<ArtifactRecord>, StoreError>;

    /// At most `limit` artifacts behind a position, in the order of the filter: [`ListPosition::Time`] with the newest
    /// change first and then by id, or [`ListPosition::Key`] by folded name and id.
    async fn artifacts(
        &mut self,
        scope: &TenantScope,
        filter: &ArtifactFilter,
        after: Option<&ListPosition>,
        limit: u32,
    ) -> Result<Vec<ArtifactSummary>, StoreError>;

    /// Adds an artifact. A conflict when its id is taken, also by one that is deleted.
    async fn add_artifact(
        &mut self,
        scope: &TenantScope,
        artifact: &ArtifactRecord,
    ) -> Result<(), StoreError>;

    /// Puts `next` in the place of `current`, which is kept as an earlier version; false when `current` is not the current
    /// one any more.
    async fn supersede_artifact(
        &mut self,
        scope: &TenantScope,
        current: &ArtifactRecord,
        next: &ArtifactRecord,
    ) -> Result<bool, StoreError>;

    /// At most `limit` earlier versions with a revision below `below`, the newest first.
    async fn earlier_versions(
        &mut self,
        scope: &TenantScope,
        id: &str,
        below: Option<u64>,
        limit: u32,
    ) -> Result<Vec<ArtifactVersionSummary>, StoreError>;

    /// The earlier version that was written last under this number, with its document.
    async fn earlier_version(
        &mut self,
        scope: &TenantScope,
        id: &str,
        version: &Version,
    ) -> Result<Option<ArtifactRecord>, StoreError>;
}

/// Packages and their versions. What is deleted, or belongs to what is deleted, is not there; its name and number are free.
#[async_trait]
pub trait PackageRepository: Send {
    /// The package.
    async fn package(
        &mut self,
        scope: &TenantScope,
        id: PackageId,
    ) -> Result<Option<Package>, StoreError>;

    /// The package of this name, whatever the case.
    async fn package_named(
        &mut self,
        scope: &TenantScope,
        name: &str,
    ) -> Result<Option<Package>, StoreError>;

    /// At most `limit` packages behind a [`ListPosition::Time`]: the one that changed last first, then by id.
    async fn packages(
        &mut self,
        scope: &TenantScope,
        filter: &PackageFilter,
        after: Option<&ListPosition>,
        limit: u32,
    ) -> Result<Vec<Package>, StoreError>;

    /// Adds a package. A conflict when its name is taken.
    async fn add_package(
        &mut self,
        scope: &TenantScope,
        package: &Package,
    ) -> Result<(), StoreError>;

    /// Writes name, type, description, time, actor and revision of a package that is at the revision before; false when it
    /// is not.
    async fn change_package(
        &mut self,
        scope: &TenantScope,
        package: &Package,
    ) -> Result<bool, StoreError>;

    /// The version.
    async fn version(
        &mut self,
        scope: &TenantScope,
        id: PackageVersionId,
    ) -> Result<Option<PackageVersion>, StoreError>;

    /// The version of a package with this number.
    async fn version_numbered(
        &mut self,
        scope: &TenantScope,
        package: PackageId,
        version: &Version,
    ) -> Result<Option<PackageVersion>, StoreError>;

    /// The version with these bytes.
    async fn version_with_digest(
        &mut self,
        scope: &TenantScope,
        digest: Digest,
    ) -> Result<Option<PackageVersion>, StoreError>;

    /// At most `limit` versions of a package behind a [`ListPosition::Key`] made of
    /// [`precedence_key`](crate::precedence_key) and id, the greatest version first.
    async fn versions(
        &mut self,
        scope: &TenantScope,
        package: PackageId,
        after: Option<&ListPosition>,
        limit: u32,
    ) -> Result<Vec<PackageVersion>, StoreError>;

    /// Adds a version with the bytes of its manifest. A conflict when the package has one of this number.
    async fn add_version(
        &mut self,
        scope: &TenantScope,
        version: &PackageVersion,
        manifest: &[u8],
    ) -> Result<(), StoreError>;

    /// The manifest of a version: canonical JSON.
    async fn manifest(
        &mut self,
        scope: &TenantScope,
        id: PackageVersionId,
    ) -> Result<Option<Vec<u8>>, StoreError>;

    /// Whether any version, deleted or not, is made of these bytes.
    async fn refers_to(&mut self, scope: &TenantScope, digest: Digest) -> Result<bool, StoreError>;
}

/// Uploads in pieces.
#[async_trait]
pub trait UploadRepository: Send {
    /// The upload.
    async fn upload(
        &mut self,
        scope: &TenantScope,
        id: UploadId,
    ) -> Result<Option<Upload>, StoreError>;

    /// Adds an upload without pieces.
    async fn add_upload(&mut self, scope: &TenantScope, upload: &Upload) -> Result<(), StoreError>;

    /// Adds a piece and moves the offset behind it; false when the upload does not receive at the piece's offset any more.
    async fn add_piece(
        &mut self,
        scope: &TenantScope,
        id: UploadId,
        piece: &UploadPiece,
    ) -> Result<bool, StoreError>;

    /// The pieces in order.
    async fn pieces(
        &mut self,
        scope: &TenantScope,
        id: UploadId,
    ) -> Result<Vec<UploadPiece>, StoreError>;

    /// Writes state, job and version of an upload that is in `from`; false when it is not.
    async fn move_upload(
        &mut self,
        scope: &TenantScope,
        from: crate::UploadState,
        upload: &Upload,
    ) -> Result<bool, StoreError>;

    /// At most `limit` uploads that expired before `now`, whatever their state but admitting; the oldest first.
    async fn expired(
        &mut self,
        scope: &TenantScope,
        now: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<Upload>, StoreError>;

    /// Forgets an upload and its pieces.
    async fn remove_upload(&mut self, scope: &TenantScope, id: UploadId) -> Result<(), StoreError>;
}

/// The bundles of every tenant.
#[async_trait]
pub trait BundleShelves: Send + Sync {
    /// The bundles of the tenant.
    fn of(&self, scope: &TenantScope) -> Arc<dyn BundleStore>;

    /// The digests of the tenant's bundles that were last written before `before`, in any order.
    async fn written_before(
        &self,
        scope: &TenantScope,
        before: DateTime<Utc>,
    ) -> Result<BoxStream<'static, Result<Digest, BundleStoreError>>, BundleStoreError>;
}

/// A place that keeps the pieces of uploads until they have become a bundle or have been given up.
///
/// As with a [`BundleStore`], a piece that has been confirmed survives a crash, and one that was not is not there.
#[async_trait]
pub trait UploadStore: Send + Sync {
    /// Takes a piece under a name that was never used before, hashing it on the way.
    async fn put_piece(
        &self,
        scope: &TenantScope,
        upload: UploadId,
        piece: uuid::Uuid,
        bytes: BundleStream,
    ) -> Result<StoredBundle, BundleStoreError>;

    /// The bytes of the pieces, one after the other; an error when one is gone or does not have its digest any more.
    async fn read_pieces(
        &self,
        scope: &TenantScope,
        upload: UploadId,
        pieces: Vec<UploadPiece>,
    ) -> Result<BundleStream, BundleStoreError>;

    /// Removes all pieces of an upload, also those no record knows. No pieces are no error.
    async fn remove_pieces(
        &self,
        scope: &TenantScope,
        upload: UploadId,
    ) -> Result<(), BundleStoreError>;
}
