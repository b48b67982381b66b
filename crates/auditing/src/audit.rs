//! The use cases, and who may have them.

use std::sync::Arc;

use installhub_access::{Permission, Principal};
use installhub_audit_chain::{AuditEvent, EventFilter, NewEvent, SigningKey, VerifyingKey};
use installhub_kernel::{Clock, Page, PageRequest, TenantId, TenantScope};
use serde_json::json;

use crate::{AuditError, AuditStore};

/// Whose chain is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chain {
    /// That of the tenant for which the principal acts.
    Own,
    /// That of any tenant, or of the platform ([`TenantId::PLATFORM`]).
    Of(TenantId),
}

/// Reading, verifying, exporting and signing audit chains.
#[derive(Clone)]
pub struct Audit {
    /// Where chains are kept.
    pub store: Arc<dyn AuditStore>,
    /// When checkpoints and exports are made.
    pub clock: Arc<dyn Clock>,
    /// Signs checkpoints; without it chains are verified, but a cut tail is found by the chain's head alone.
    pub signer: Option<Arc<SigningKey>>,
    /// Public halves of keys that signed checkpoints in former times.
    pub former_keys: Vec<VerifyingKey>,
}

impl Audit {
    /// Events of a chain, newest first.
    pub async fn list(
        &self,
        principal: &Principal,
        chain: Chain,
        filter: &EventFilter,
        page: PageRequest,
    ) -> Result<Page<AuditEvent>, AuditError> {
        let scope = self.scope(principal, chain, "audit.read").await?;
        let mut unit = self.store.read(&scope).await?;
        Ok(unit.audit().list(&scope, filter, page).await?)
    }

    /// The scope of a chain. A look from outside is an event of the platform.
    pub(crate) async fn scope(
        &self,
        principal: &Principal,
        chain: Chain,
        action: &'static str,
    ) -> Result<TenantScope, AuditError> {
        let tenant = match chain {
            Chain::Of(tenant) if tenant != principal.tenant() => tenant,
            Chain::Own | Chain::Of(_) => {
                return Ok(principal.scope_for(Permission::AuditRead)?.clone());
            }
        };
        let platform = principal.platform_for(Permission::PlatformAuditRead)?;
        if tenant != TenantId::PLATFORM {
            let scope = platform.of_tenant(TenantId::PLATFORM);
            let looked = NewEvent::success(action, "tenant", tenant);
            self.record(&scope, looked.with(json!({"across": true})))
                .await?;
        }
        Ok(platform.of_tenant(tenant))
    }

    pub(crate) async fn record(
        &self,
        scope: &TenantScope,
        event: NewEvent,
    ) -> Result<(), AuditError> {
        let mut unit = self.store.begin(scope).await?;
        unit.audit().append(scope, event).await?;
        Ok(unit.commit().await?)
    }

    /// Every key that may have signed a checkpoint.
    pub(crate) fn keys(&self) -> Vec<VerifyingKey> {
        let current = self.signer.iter().map(|signer| signer.verifying_key());
        current.chain(self.former_keys.iter().cloned()).collect()
    }
}
