//! Deleting what has expired.

use chrono::{DateTime, Utc};
use installhub_kernel::TenantScope;

use crate::{SnapshotError, SnapshotRepository, SnapshotStore};

/// Deletes up to `limit` snapshots that expired before `now`, and says how many went.
///
/// Equal snapshots share their bytes, which go with the last of them. They go before the caller commits the unit of work:
/// if the process dies in between, the record is found again, and removing absent bytes is no error.
pub async fn sweep_expired(
    store: &dyn SnapshotStore,
    repository: &mut dyn SnapshotRepository,
    scope: &TenantScope,
    now: DateTime<Utc>,
    limit: u32,
) -> Result<u32, SnapshotError> {
    let expired = repository.expired(scope, now, limit).await?;
    let mut swept = 0;
    for snapshot in expired {
        repository.mark_deleted(scope, snapshot.id, now).await?;
        if !repository.key_in_use(scope, &snapshot.key).await? {
            store.delete(scope, &snapshot.key).await?;
        }
        swept += 1;
    }
    Ok(swept)
}
