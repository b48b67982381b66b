//! Removing what nobody will come back for.

use futures::TryStreamExt as _;
use installhub_audit_chain::NewEvent;
use installhub_checksum::Digest;
use installhub_kernel::TenantScope;

use crate::{Catalog, CatalogError};

/// Uploads looked at in one go.
const BATCH: u32 = 100;

/// What a sweep has removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Uploads whose time was over.
    pub uploads: u64,
    /// Bundles to which no version referred.
    pub bundles: u64,
}

impl Catalog {
    /// Removes what is over of the tenant: expired uploads and orphans.
    pub async fn sweep(&self, scope: &TenantScope) -> Result<Swept, CatalogError> {
        Ok(Swept {
            uploads: self.sweep_uploads(scope).await?,
            bundles: self.sweep_orphans(scope).await?,
        })
    }

    /// Removes uploads whose time is over, pieces first, and says how many went.
    pub async fn sweep_uploads(&self, scope: &TenantScope) -> Result<u64, CatalogError> {
        let mut swept = 0;
        loop {
            let mut unit = self.store.read(scope).await?;
            let over = unit.uploads().expired(scope, self.now(), BATCH).await?;
            drop(unit);
            if over.is_empty() {
                return Ok(swept);
            }
            for upload in over {
                self.uploads.remove_pieces(scope, upload.id).await?;
                let mut unit = self.store.begin(scope).await?;
                unit.uploads().remove_upload(scope, upload.id).await?;
                let event = NewEvent::success("upload.expired", "upload", upload.id);
                unit.audit().append(scope, event).await?;
                unit.commit().await?;
                swept += 1;
            }
        }
    }

    /// Removes bundles that were written a day ago and more and to which no version refers, deleted or not: what is left
    /// when a process dies between storing bytes and writing their row. Says how many went.
    pub async fn sweep_orphans(&self, scope: &TenantScope) -> Result<u64, CatalogError> {
        let mut swept = 0;
        let before = self.clock.now() - self.settings.orphan_age;
        let mut old = self.bundles.written_before(scope, before).await?;
        while let Some(digest) = old.try_next().await? {
            let mut unit = self.store.read(scope).await?;
            let is_used = unit.packages().refers_to(scope, digest).await?;
            drop(unit);
            if !is_used && self.sweep_orphan(scope, digest).await? {
                swept += 1;
            }
        }
        Ok(swept)
    }

    async fn sweep_orphan(
        &self,
        scope: &TenantScope,
        digest: Digest,
    ) -> Result<bool, CatalogError> {
        let mut unit = self.store.begin(scope).await?;
        // First the event, for the lock on the chain: while it is ours, nobody can give these bytes a row. Whoever waits
        // to do so looks for the bytes once more, and stores them again.
        let event = NewEvent::success("package.orphanRemoved", "bundle", digest);
        unit.audit().append(scope, event).await?;
        if unit.packages().refers_to(scope, digest).await? {
            return Ok(false);
        }
        self.bundles.of(scope).delete(digest).await?;
        unit.commit().await?;
        Ok(true)
    }
}
