//! Removing the bytes of what was purged.

use installhub_kernel::{PlatformScope, TenantId, TenantScope};

use crate::ports::Leftover;
use crate::{Deletion, DeletionError};

/// How many leftovers or tenants are asked for at once.
const BATCH: u32 = 200;

/// What a sweep did.
#[derive(Debug, Default)]
pub struct PurgeSweep {
    /// How many leftovers are gone.
    pub removed: u64,
    /// Tenants whose leftovers could not be removed, and why. They wait for the next sweep.
    pub failed: Vec<(TenantId, DeletionError)>,
}

impl Deletion {
    /// Removes the bytes that purges of all tenants left behind, because a process died or the bytes could not be reached.
    pub async fn sweep_leftovers(
        &self,
        platform: &PlatformScope,
    ) -> Result<PurgeSweep, DeletionError> {
        let mut sweep = PurgeSweep::default();
        let mut after = None;
        loop {
            let begun = self.store.begin_platform(platform, TenantId::PLATFORM);
            let mut unit = begun.await?;
            let tenants = unit
                .purges()
                .tenants_with_leftovers(platform, after, BATCH)
                .await?;
            drop(unit);
            let Some(last) = tenants.last().copied() else {
                return Ok(sweep);
            };
            for tenant in tenants {
                match self.remove_leftovers(&platform.of_tenant(tenant)).await {
                    Ok(removed) => sweep.removed += removed,
                    Err(error) => sweep.failed.push((tenant, error)),
                }
            }
            after = Some(last);
        }
    }

    /// Removes the leftovers of one tenant, each by itself: bytes first, then the note of them.
    pub(crate) async fn remove_leftovers(&self, scope: &TenantScope) -> Result<u64, DeletionError> {
        let mut removed = 0;
        loop {
            let mut unit = self.store.read(scope).await?;
            let leftovers = unit.purges().leftovers(scope, BATCH).await?;
            drop(unit);
            if leftovers.is_empty() {
                return Ok(removed);
            }
            for leftover in leftovers {
                self.remove_bytes(scope, leftover).await?;
                let mut unit = self.store.begin(scope).await?;
                unit.purges().forget(scope, leftover).await?;
                unit.commit().await?;
                removed += 1;
            }
        }
    }

    async fn remove_bytes(
        &self,
        scope: &TenantScope,
        leftover: Leftover,
    ) -> Result<(), DeletionError> {
        match leftover {
            Leftover::Everything => self.bytes.remove_all(scope).await?,
            Leftover::Bundle(digest) => {
                // The same bytes may have been uploaded again meanwhile.
                let mut unit = self.store.read(scope).await?;
                let is_needed = unit.entities().refers_to(scope, digest).await?;
                drop(unit);
                if !is_needed {
                    self.bytes.remove(scope, digest).await?;
                }
            }
        }
        Ok(())
    }
}
