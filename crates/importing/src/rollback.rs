//! The way back: one call puts the snapshot back, after saying what would be lost (import, Snapshot, restore, rollback).

use chrono::{DateTime, Utc};
use installhub_kernel::{ImportId, TenantScope};
use installhub_recovery::{SnapshotError, SnapshotRecord, open_snapshot};

use crate::error::ImportError;
use crate::importer::Importer;
use crate::options::Permit;
use crate::ports::{
    Access, ImportRecord, ImportTarget, InstallationStatus, JournalPhase, TargetError,
    TargetSession, UnitOfWork,
};
use crate::state::ImportState;

/// What a rollback did.
#[derive(Debug)]
pub struct RollbackReport {
    /// The import, now rolled back.
    pub record: ImportRecord,
    /// What was lost with it, in words; empty unless it was forced.
    pub lost: Vec<String>,
    /// Later imports into the same target that were undone with it.
    pub undone: Vec<ImportId>,
}

impl Importer {
    /// Puts the target back to where it was before the import.
    ///
    /// # Errors
    ///
    /// [`ImportError::WouldLose`] names what changed since, unless `force` allows losing it. A damaged snapshot is refused
    /// before anything is touched.
    pub async fn rollback(
        &self,
        scope: &TenantScope,
        id: ImportId,
        target: &dyn ImportTarget,
        force: Permit,
    ) -> Result<RollbackReport, ImportError> {
        let _guard = self.lease.acquire(id).await?.ok_or(ImportError::Busy(id))?;
        let (mut record, snapshot, later) = self.rollback_material(scope, id).await?;
        record.state.transition(ImportState::RolledBack)?;
        let content = open_snapshot(self.snapshots.as_ref(), scope, &snapshot).await?;
        let mut session = target.open(scope, Access::Write).await?;
        let lost = lost_changes(session.as_mut(), &record, &later).await?;
        if !lost.is_empty() && !force.is_allowed() {
            return Err(ImportError::WouldLose(lost));
        }
        let own_journal = session.unit_of_work().is_none();
        if own_journal {
            self.journal(scope, &mut record, JournalPhase::RollingBack)
                .await?;
        }
        session.restore(content).await?;
        if own_journal {
            session.commit().await?;
            self.check_restored(scope, target, &record).await?;
            let mut unit = self.units.begin().await?;
            self.record_rollback(unit.as_mut(), scope, &mut record, &later, None)
                .await?;
            unit.commit().await?;
        } else {
            restored_as_before(session.as_mut(), &record).await?;
            if let Some(unit) = session.unit_of_work() {
                self.record_rollback(unit, scope, &mut record, &later, None)
                    .await?;
            }
            session.commit().await?;
        }
        Ok(RollbackReport {
            record,
            lost,
            undone: later.iter().map(|import| import.id).collect(),
        })
    }

    async fn rollback_material(
        &self,
        scope: &TenantScope,
        id: ImportId,
    ) -> Result<(ImportRecord, SnapshotRecord, Vec<ImportRecord>), ImportError> {
        let mut unit = self.units.read().await?;
        let record = unit
            .imports()
            .find(scope, id)
            .await?
            .ok_or(ImportError::NotFound(id))?;
        // The state is judged first: of a failed import there is nothing to put back, whatever was kept.
        record.state.transition(ImportState::RolledBack)?;
        let snapshot_id = record.snapshot.ok_or(ImportError::NoSnapshot(id))?;
        let snapshot = unit
            .snapshots()
            .find(scope, snapshot_id)
            .await?
            .ok_or(SnapshotError::NotFound(snapshot_id))?;
        let later = later_imports(unit.as_mut(), scope, &record).await?;
        Ok((record, snapshot, later))
    }

    async fn check_restored(
        &self,
        scope: &TenantScope,
        target: &dyn ImportTarget,
        record: &ImportRecord,
    ) -> Result<(), ImportError> {
        let mut session = target.open(scope, Access::Read).await?;
        restored_as_before(session.as_mut(), record).await
    }

    pub(crate) async fn record_rollback(
        &self,
        unit: &mut dyn UnitOfWork,
        scope: &TenantScope,
        record: &mut ImportRecord,
        later: &[ImportRecord],
        note: Option<String>,
    ) -> Result<(), ImportError> {
        // Newest first, so that what an installation superseded is in force again at the end.
        for import in later.iter().rev() {
            let mut import = import.clone();
            self.uninstall(unit, scope, &import).await?;
            let because = format!("undone together with import {}", record.id);
            self.enter(
                unit,
                scope,
                &mut import,
                ImportState::RolledBack,
                Some(because),
            )
            .await?;
        }
        self.uninstall(unit, scope, record).await?;
        record.phase = JournalPhase::Recorded;
        self.enter(unit, scope, record, ImportState::RolledBack, note)
            .await
    }

    async fn uninstall(
        &self,
        unit: &mut dyn UnitOfWork,
        scope: &TenantScope,
        import: &ImportRecord,
    ) -> Result<(), ImportError> {
        let Some(installation) = unit.installations().of_import(scope, import.id).await? else {
            return Ok(());
        };
        unit.installations()
            .mark(scope, installation.id, InstallationStatus::RolledBack)
            .await?;
        if let Some(previous) = installation.supersedes {
            unit.installations()
                .mark(scope, previous, InstallationStatus::Active)
                .await?;
        }
        Ok(())
    }
}

/// Imports into the same target that were completed after this one: what a snapshot from before it does not know.
pub(crate) async fn later_imports(
    unit: &mut dyn UnitOfWork,
    scope: &TenantScope,
    record: &ImportRecord,
) -> Result<Vec<ImportRecord>, ImportError> {
    let transitions = unit.imports().transitions(scope, record.id).await?;
    let completed = transitions
        .iter()
        .rfind(|transition| transition.to == ImportState::Completed);
    let since: DateTime<Utc> = completed.map_or(record.updated_at, |transition| transition.at);
    let later = unit
        .imports()
        .completed_since(scope, &record.target, since)
        .await?;
    Ok(later
        .into_iter()
        .filter(|import| import.id != record.id)
        .collect())
}

/// What is in the target now and would be gone, in words.
async fn lost_changes(
    session: &mut dyn TargetSession,
    record: &ImportRecord,
    later: &[ImportRecord],
) -> Result<Vec<String>, ImportError> {
    let now = session.fingerprint().await?;
    let mut lost: Vec<String> = later
        .iter()
        .map(|import| {
            format!(
                "import {} of {} {}",
                import.id, import.package_name, import.package_version
            )
        })
        .collect();
    if let Some(after) = &record.after {
        lost.extend(now.differences(after));
    }
    Ok(lost)
}

async fn restored_as_before(
    session: &mut dyn TargetSession,
    record: &ImportRecord,
) -> Result<(), ImportError> {
    let Some(before) = &record.before else {
        return Ok(());
    };
    let differences = session.fingerprint().await?.differences(before);
    if differences.is_empty() {
        Ok(())
    } else {
        Err(ImportError::Target(TargetError::Refused {
            object: record.target.clone(),
            message: format!(
                "after putting the snapshot back it differs from before: {}",
                differences.join(", ")
            ),
        }))
    }
}
