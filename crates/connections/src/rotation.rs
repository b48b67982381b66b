//! Sealing everything anew after another key has become the current one.

use installhub_access::{Permission, Principal};
use installhub_audit_chain::NewEvent;
use installhub_kernel::TenantScope;
use serde::Serialize;
use serde_json::json;

use crate::connections::finish;
use crate::ports::ConnectionUnit;
use crate::{ConnectionError, Connections, SealError};

/// Secrets that are resealed in one transaction.
const BATCH: u32 = 100;

/// What came of resealing the secrets of a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rotation {
    /// The key that everything readable is sealed with now.
    pub key: String,
    /// Secrets that were sealed with another key, and are no more.
    pub resealed: u64,
    /// Secrets that no key of the ring opens. They stay as they are.
    pub unreadable: u64,
}

impl Connections {
    /// Reseals every secret of the tenant that was sealed with another key than the current one; also those of deleted
    /// connections, which can be restored. Safe to run at any time and any number of times.
    pub async fn rotate_keys(&self, principal: &Principal) -> Result<Rotation, ConnectionError> {
        let scope = principal.scope_for(Permission::ConnectionManage)?;
        let mut rotation = Rotation {
            key: self.sealer.current_key().to_owned(),
            ..Rotation::default()
        };
        let mut after = None;
        loop {
            let mut unit = self.store.begin(scope).await?;
            let batch = unit
                .connections()
                .sealed_otherwise(scope, &rotation.key, after, BATCH)
                .await?;
            let Some((last, _)) = batch.last() else {
                return Ok(rotation);
            };
            after = Some(*last);
            let resealed = self.reseal(unit.as_mut(), scope, &batch).await?;
            rotation.resealed += resealed.resealed;
            rotation.unreadable += resealed.unreadable;
            let event =
                NewEvent::success("connection.keysRotated", "tenant", scope.tenant()).with(json!({
                    "key": rotation.key,
                    "resealed": resealed.resealed,
                    "unreadable": resealed.unreadable,
                }));
            finish(unit, scope, event).await?;
        }
    }

    async fn reseal(
        &self,
        unit: &mut dyn ConnectionUnit,
        scope: &TenantScope,
        batch: &[(installhub_kernel::ConnectionId, crate::SealedSecret)],
    ) -> Result<Rotation, ConnectionError> {
        let mut rotation = Rotation::default();
        for (id, old) in batch {
            let secret = match self.sealer.open(scope.tenant(), *id, old) {
                Ok(secret) => secret,
                Err(SealError::UnknownKey(_) | SealError::Damaged) => {
                    rotation.unreadable += 1;
                    continue;
                }
                Err(error @ SealError::NotConfigured) => return Err(error.into()),
            };
            let new = self.sealer.seal(scope.tenant(), *id, &secret)?;
            // One that somebody has replaced meanwhile is sealed with the current key by that.
            let resealed = unit.connections().reseal(scope, *id, old, &new).await?;
            rotation.resealed += u64::from(resealed);
        }
        Ok(rotation)
    }
}
