//! Checkpoints: verified, then signed.

use installhub_audit_chain::{ChainHead, Checkpoint, Verifier};
use installhub_kernel::{PlatformScope, StoreError, TenantId, TenantScope};

use crate::verify::Walk;
use crate::{Audit, AuditError};

/// How many tenants are asked for at once.
const TENANTS: u32 = 200;

/// What came of signing all chains that have grown.
#[derive(Debug, Default)]
pub struct CheckpointRun {
    /// How many checkpoints were made.
    pub signed: u64,
    /// Chains that were not signed, and why. They keep nobody else's from being signed.
    pub failed: Vec<(TenantId, AuditError)>,
}

impl Audit {
    /// Signs how far the tenant's chain has come, if it has grown since the last checkpoint.
    ///
    /// What came since the last good checkpoint is verified first, and the whole chain when there is none. Whoever calls this
    /// has the right to: a job or the command line.
    pub async fn checkpoint(&self, scope: &TenantScope) -> Result<Option<Checkpoint>, AuditError> {
        let signer = self.signer.as_ref().ok_or(AuditError::NoKey)?;
        let tenant = scope.tenant();
        let mut unit = self.store.read(scope).await?;
        let last = unit.audit().last_checkpoint(scope).await?;
        let head = unit.audit().head(scope).await?;
        let head = head.unwrap_or_else(|| ChainHead::start(tenant));
        let signed_to = last.as_ref().map_or(0, |last| last.sequence);
        // A head that fell behind its checkpoint is no reason to sign nothing: it is a cut tail.
        if head.sequence == signed_to {
            return Ok(None);
        }
        let keys = self.keys();
        let verifier = match &last {
            Some(last) if last.tenant == tenant && last.verify(&keys).is_ok() => {
                let (sequence, hash) = (last.sequence, last.hash);
                Verifier::behind(tenant, ChainHead { hash, sequence })
            }
            _ => Verifier::new(tenant),
        };
        let mut walk = Walk::new(verifier, keys);
        walk.finish(scope, unit.audit()).await??;
        drop(unit);
        let checkpoint = Checkpoint::sign(tenant, walk.verifier.head(), self.clock.now(), signer);
        self.keep(scope, checkpoint).await
    }

    /// The same for every tenant whose chain has grown.
    pub async fn checkpoint_all(
        &self,
        platform: &PlatformScope,
    ) -> Result<CheckpointRun, AuditError> {
        let mut run = CheckpointRun::default();
        let mut after = None;
        loop {
            let mut unit = self.store.read_platform(platform).await?;
            let tenants = unit.grown_chains(platform, after, TENANTS).await?;
            drop(unit);
            let Some(last) = tenants.last().copied() else {
                return Ok(run);
            };
            for tenant in tenants {
                match self.checkpoint(&platform.of_tenant(tenant)).await {
                    Ok(signed) => run.signed += u64::from(signed.is_some()),
                    Err(AuditError::NoKey) => return Err(AuditError::NoKey),
                    Err(error) => run.failed.push((tenant, error)),
                }
            }
            after = Some(last);
        }
    }

    /// `None` when another process was faster: its checkpoint says the same.
    async fn keep(
        &self,
        scope: &TenantScope,
        checkpoint: Checkpoint,
    ) -> Result<Option<Checkpoint>, AuditError> {
        let mut unit = self.store.begin(scope).await?;
        match unit.audit().add_checkpoint(scope, &checkpoint).await {
            Err(StoreError::Conflict(_)) => Ok(None),
            kept => {
                kept?;
                unit.commit().await?;
                Ok(Some(checkpoint))
            }
        }
    }
}
