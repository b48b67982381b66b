//! The list of snapshots.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use installhub_kernel::{SnapshotId, TenantScope};
use installhub_recovery::{SnapshotError, SnapshotRecord, SnapshotRepository};

use super::State;

impl State {
    fn kept(&self, scope: &TenantScope) -> impl Iterator<Item = &SnapshotRecord> {
        let tenant = scope.tenant();
        let kept = self
            .snapshots
            .iter()
            .filter(move |(owner, _, deleted)| *owner == tenant && deleted.is_none());
        kept.map(|(_, record, _)| record)
    }
}

#[async_trait]
impl SnapshotRepository for State {
    async fn add(
        &mut self,
        scope: &TenantScope,
        record: &SnapshotRecord,
    ) -> Result<(), SnapshotError> {
        self.snapshots.push((scope.tenant(), record.clone(), None));
        Ok(())
    }

    async fn find(
        &mut self,
        scope: &TenantScope,
        id: SnapshotId,
    ) -> Result<Option<SnapshotRecord>, SnapshotError> {
        Ok(self.kept(scope).find(|record| record.id == id).cloned())
    }

    async fn expired(
        &mut self,
        scope: &TenantScope,
        now: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<SnapshotRecord>, SnapshotError> {
        let mut found: Vec<_> = self
            .kept(scope)
            .filter(|record| record.expires_at < now)
            .cloned()
            .collect();
        found.sort_by_key(|record| (record.created_at, record.id));
        found.truncate(limit as usize);
        Ok(found)
    }

    async fn mark_deleted(
        &mut self,
        scope: &TenantScope,
        id: SnapshotId,
        at: DateTime<Utc>,
    ) -> Result<(), SnapshotError> {
        let tenant = scope.tenant();
        let mut kept = self
            .snapshots
            .iter_mut()
            .filter(|(owner, _, deleted)| *owner == tenant && deleted.is_none());
        let (_, _, deleted) = kept
            .find(|(_, record, _)| record.id == id)
            .ok_or(SnapshotError::NotFound(id))?;
        *deleted = Some(at);
        Ok(())
    }

    async fn key_in_use(&mut self, scope: &TenantScope, key: &str) -> Result<bool, SnapshotError> {
        Ok(self.kept(scope).any(|record| record.key == key))
    }
}
