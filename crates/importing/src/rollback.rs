//! The way back: one call puts the snapshot back, after saying what would be lost (import, Snapshot, restore, rollback).

use std::io::Read;

use chrono::{DateTime, Utc};
use installhub_kernel::{ImportId, TenantScope};
use installhub_recovery::{SnapshotError, SnapshotRecord, open_snapshot};

use crate::error::ImportError;
use crate::importer::Importer;
use crate::options::Permit;
use crate::ports::{
    Access, ImportRecord, ImportTarget, InstallationStatus, JournalPhase, LeaseGuard, TargetError,
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

/// Later imports that go with the one rolled back.
struct Later {
    imports: Vec<ImportRecord>,
    /// Leases on those that nobody has settled yet.
    _guards: Vec<Box<dyn LeaseGuard>>,
}

impl Importer {
    /// Puts the target back to where it was before the import.
    ///
    /// # Errors
    ///
    /// [`ImportError::WouldLose`] names what changed since, unless `force` allows losing it. A damaged snapshot is refused
    /// before anything is touched. After any error the import stands, except where [`ImportError::Interrupted`] says otherwise.
    pub async fn rollback(
        &self,
        scope: &TenantScope,
        id: ImportId,
        target: &dyn ImportTarget,
        force: Permit,
    ) -> Result<RollbackReport, ImportError> {
        let _guard = self.lease.acquire(id).await?.ok_or(ImportError::Busy(id))?;
        let (mut record, snapshot) = self.rollback_material(scope, id).await?;
        if record.target != target.identity() {
            return Err(ImportError::WrongTarget {
                import: id,
                expected: record.target,
                given: target.identity(),
            });
        }
        let content = open_snapshot(self.snapshots.as_ref(), scope, &snapshot).await?;
        let mut session = target.open(scope, Access::Write).await?;
        // Only now: whatever was imported until this session began is known, and nothing is imported while it lasts.
        let later = self.later(session.as_mut(), scope, &record).await?;
        let lost = lost_changes(session.as_mut(), &record, &later.imports).await?;
        if !lost.is_empty() && !force.is_allowed() {
            return Err(ImportError::WouldLose(lost));
        }
        let imports = &later.imports;
        if session.unit_of_work().is_some() {
            self.roll_store_back(scope, session, content, &mut record, imports)
                .await?;
        } else {
            self.roll_database_back(scope, target, session, content, &mut record, imports)
                .await?;
        }
        Ok(RollbackReport {
            record,
            lost,
            undone: imports.iter().map(|import| import.id).collect(),
        })
    }

    async fn rollback_material(
        &self,
        scope: &TenantScope,
        id: ImportId,
    ) -> Result<(ImportRecord, SnapshotRecord), ImportError> {
        let mut unit = self.units.read(scope).await?;
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
        Ok((record, snapshot))
    }

    /// Everything that was imported into the target after `record`: what completed, and what committed and was not recorded.
    async fn later(
        &self,
        session: &mut dyn TargetSession,
        scope: &TenantScope,
        record: &ImportRecord,
    ) -> Result<Later, ImportError> {
        let (mut imports, unfinished) = if let Some(unit) = session.unit_of_work() {
            (later_imports(unit, scope, record).await?, Vec::new())
        } else {
            let mut unit = self.units.read(scope).await?;
            (
                later_imports(unit.as_mut(), scope, record).await?,
                unit.imports().unfinished(scope).await?,
            )
        };
        let mut guards = Vec::new();
        for import in unfinished {
            let may_have_committed = import.phase == JournalPhase::Committing
                && import.target == record.target
                && import.id != record.id;
            if may_have_committed {
                let guard = self.lease.acquire(import.id).await?;
                guards.push(guard.ok_or(ImportError::Busy(import.id))?);
                imports.push(import);
            }
        }
        Ok(Later {
            imports,
            _guards: guards,
        })
    }

    /// Documents and journal change in one transaction.
    async fn roll_store_back(
        &self,
        scope: &TenantScope,
        mut session: Box<dyn TargetSession>,
        content: Box<dyn Read + Send>,
        record: &mut ImportRecord,
        later: &[ImportRecord],
    ) -> Result<(), ImportError> {
        session.restore(content).await?;
        restored_as_before(session.as_mut(), record).await?;
        let mut draft = record.clone();
        if let Some(unit) = session.unit_of_work() {
            self.record_rollback(unit, scope, &mut draft, later, None)
                .await?;
        }
        if let Err(error) = session.commit().await {
            // A commit that reports an error may have happened; the journal is part of it and tells.
            draft = self.recorded(scope, record.id, error.into()).await?;
        }
        *record = draft;
        Ok(())
    }

    /// The import as the journal has it now, if it is rolled back; else what `error` amounts to.
    async fn recorded(
        &self,
        scope: &TenantScope,
        id: ImportId,
        error: ImportError,
    ) -> Result<ImportRecord, ImportError> {
        let found = match self.units.read(scope).await {
            Ok(mut unit) => unit.imports().find(scope, id).await,
            Err(unreadable) => Err(unreadable),
        };
        match found {
            Ok(Some(found)) if found.state == ImportState::RolledBack => Ok(found),
            Ok(_) => Err(error),
            Err(_) => Err(ImportError::Interrupted {
                id,
                found: "whether it was rolled back cannot be seen now; the journal knows it"
                    .to_owned(),
                source: Box::new(error),
            }),
        }
    }

    /// The database is restored between two entries in the journal; after an error in between it is looked at.
    async fn roll_database_back(
        &self,
        scope: &TenantScope,
        target: &dyn ImportTarget,
        session: Box<dyn TargetSession>,
        content: Box<dyn Read + Send>,
        record: &mut ImportRecord,
        later: &[ImportRecord],
    ) -> Result<(), ImportError> {
        self.enter_phase(scope, record, JournalPhase::RollingBack)
            .await?;
        let restored = self
            .restore_database(scope, target, session, content, record, later)
            .await;
        let Err(error) = restored else {
            return Ok(());
        };
        let id = record.id;
        let settled = self.settle_rollback(scope, record, target).await;
        match settled {
            Ok(_) if record.state == ImportState::RolledBack => {
                tracing::warn!(import = %id, %error, "an import was rolled back although that reported an error");
                Ok(())
            }
            Ok(_) if record.phase != JournalPhase::RollingBack => Err(error),
            Ok(found) => Err(ImportError::Interrupted {
                id,
                found,
                source: Box::new(error),
            }),
            Err(unsettled) => {
                tracing::warn!(import = %id, error = %unsettled, "a rollback that met an error could not be settled");
                Err(ImportError::Interrupted {
                    id,
                    found:
                        "whether it was rolled back cannot be seen now; the next command settles it"
                            .to_owned(),
                    source: Box::new(error),
                })
            }
        }
    }

    async fn restore_database(
        &self,
        scope: &TenantScope,
        target: &dyn ImportTarget,
        mut session: Box<dyn TargetSession>,
        content: Box<dyn Read + Send>,
        record: &mut ImportRecord,
        later: &[ImportRecord],
    ) -> Result<(), ImportError> {
        session.restore(content).await?;
        restored_as_before(session.as_mut(), record).await?;
        session.commit().await?;
        let mut session = target.open(scope, Access::Read).await?;
        restored_as_before(session.as_mut(), record).await?;
        drop(session);
        let mut draft = record.clone();
        let mut unit = self.units.begin(scope).await?;
        self.record_rollback(unit.as_mut(), scope, &mut draft, later, None)
            .await?;
        unit.commit().await?;
        *record = draft;
        Ok(())
    }

    pub(crate) async fn record_rollback(
        &self,
        unit: &mut dyn UnitOfWork,
        scope: &TenantScope,
        draft: &mut ImportRecord,
        later: &[ImportRecord],
        note: Option<String>,
    ) -> Result<(), ImportError> {
        // Newest first, so that what an installation superseded is in force again at the end.
        for import in later.iter().rev() {
            let mut import = import.clone();
            uninstall(unit, scope, &import).await?;
            import.phase = JournalPhase::Recorded;
            import.outcome = None;
            let because = format!("undone together with import {}", draft.id);
            self.enter(
                unit,
                scope,
                &mut import,
                ImportState::RolledBack,
                Some(because),
            )
            .await?;
        }
        uninstall(unit, scope, draft).await?;
        draft.phase = JournalPhase::Recorded;
        draft.outcome = None;
        self.enter(unit, scope, draft, ImportState::RolledBack, note)
            .await
    }
}

async fn uninstall(
    unit: &mut dyn UnitOfWork,
    scope: &TenantScope,
    import: &ImportRecord,
) -> Result<(), ImportError> {
    let installations = unit.installations();
    let Some(installation) = installations.of_import(scope, import.id).await? else {
        return Ok(());
    };
    let was_in_force = installation.status == InstallationStatus::Active;
    installations
        .mark(scope, installation.id, InstallationStatus::RolledBack)
        .await?;
    if let (true, Some(previous)) = (was_in_force, installation.supersedes) {
        installations
            .mark(scope, previous, InstallationStatus::Active)
            .await?;
    }
    Ok(())
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
    match &record.after {
        Some(after) => lost.extend(now.differences(after)),
        None => lost.push("whatever was changed since, which cannot be told".to_owned()),
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
