//! The store as auditing sees it, and the look across all chains.

use async_trait::async_trait;
use installhub_audit_chain::AuditLog;
use installhub_auditing::{AuditPlatformUnit, AuditStore, AuditUnit};
use installhub_kernel::{PlatformScope, StoreError, TenantId, TenantScope};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ColumnTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _,
};
use uuid::Uuid;

use super::{READ, WRITE};
use crate::entity::{audit_checkpoint, audit_head};
use crate::failure::store_error;
use crate::scoped::Shared as _;
use crate::store::Store;
use crate::unit::Unit;

#[async_trait]
impl AuditStore for Store {
    async fn begin(&self, scope: &TenantScope) -> Result<Box<dyn AuditUnit>, StoreError> {
        match self.begin_unit(scope).await {
            Ok(unit) => Ok(Box::new(unit)),
            Err(failure) => Err(store_error(WRITE, failure)),
        }
    }

    async fn read(&self, scope: &TenantScope) -> Result<Box<dyn AuditUnit>, StoreError> {
        match self.read_unit(scope).await {
            Ok(unit) => Ok(Box::new(unit)),
            Err(failure) => Err(store_error(READ, failure)),
        }
    }

    async fn read_platform(
        &self,
        platform: &PlatformScope,
    ) -> Result<Box<dyn AuditPlatformUnit>, StoreError> {
        match self.read_platform_unit(platform).await {
            Ok(unit) => Ok(Box::new(unit)),
            Err(failure) => Err(store_error(READ, failure)),
        }
    }
}

#[async_trait]
impl AuditUnit for Unit {
    fn audit(&mut self) -> &mut dyn AuditLog {
        self
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        self.finish().await
    }
}

#[async_trait]
impl AuditPlatformUnit for Unit {
    async fn grown_chains(
        &mut self,
        platform: &PlatformScope,
        after: Option<TenantId>,
        limit: u32,
    ) -> Result<Vec<TenantId>, StoreError> {
        let column = |column| Expr::col((audit_head::Entity, column));
        let signed = audit_checkpoint::Entity::all_rows(platform)
            .select_only()
            .column(audit_checkpoint::Column::Sequence)
            .filter(
                Expr::col((audit_checkpoint::Entity, audit_checkpoint::Column::TenantId))
                    .eq(column(audit_head::Column::TenantId)),
            )
            .filter(
                Expr::col((audit_checkpoint::Entity, audit_checkpoint::Column::Sequence))
                    .gte(column(audit_head::Column::Sequence)),
            )
            .into_query();
        let mut query = audit_head::Entity::all_rows(platform)
            .select_only()
            .column(audit_head::Column::TenantId)
            .filter(audit_head::Column::Sequence.gt(0))
            .filter(Expr::exists(signed).not());
        if let Some(after) = after {
            query = query.filter(audit_head::Column::TenantId.gt(after.as_uuid()));
        }
        let tenants: Vec<Uuid> = query
            .order_by_asc(audit_head::Column::TenantId)
            .limit(u64::from(limit))
            .into_tuple()
            .all(&self.transaction)
            .await
            .map_err(|error| store_error(READ, error))?;
        Ok(tenants.into_iter().map(TenantId::from_uuid).collect())
    }
}
