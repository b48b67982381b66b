//! What the journal is told of an import, each time in one transaction.
//!
//! A record in memory changes only after the journal has it: after a failed write both say what they said before.

use installhub_artifact::Json;
use installhub_kernel::{ImportId, TenantScope};
use installhub_recovery::SnapshotRecord;

use crate::error::ImportError;
use crate::importer::Importer;
use crate::plan::ImportPlan;
use crate::ports::{
    ImportRecord, InstallationRecord, InstallationStatus, JournalPhase, UnitOfWork,
};
use crate::state::ImportState;

/// Why nothing has to be put back when an import fails.
pub(crate) const NOTHING_CHANGED: &str = "nothing was changed";

impl Importer {
    /// Writes the import into the journal and walks it up to `Importing`.
    pub(crate) async fn begin(
        &self,
        scope: &TenantScope,
        id: ImportId,
        plan: &ImportPlan,
    ) -> Result<ImportRecord, ImportError> {
        let now = self.clock.now();
        let mut record = ImportRecord {
            id,
            package_name: plan.package.name.clone(),
            package_version: plan.package.version.clone(),
            package_id: plan.package.package_id.clone(),
            package_digest: plan.package.digest,
            target_kind: plan.target.kind,
            target: plan.target.identity.clone(),
            state: ImportState::Pending,
            phase: JournalPhase::Planned,
            actor: scope.actor().clone(),
            created_at: now,
            updated_at: now,
            plan: None,
            before: None,
            after: None,
            snapshot: None,
            outcome: None,
            error: None,
        };
        let mut unit = self.units.begin(scope).await?;
        unit.imports().add(scope, &record).await?;
        let walk = [
            ImportState::Validating,
            ImportState::Configuring,
            ImportState::Reviewing,
        ];
        for state in walk {
            self.enter(unit.as_mut(), scope, &mut record, state, None)
                .await?;
        }
        // Written once, with the last move: it can be large. Values may nest as deep as a document allows, and a plan puts them
        // deeper still; a plan too deep to be one document is not kept.
        record.plan = Json::from_serialize(plan).ok();
        self.enter(
            unit.as_mut(),
            scope,
            &mut record,
            ImportState::Importing,
            None,
        )
        .await?;
        unit.commit().await?;
        Ok(record)
    }

    /// Moves a draft of the record to another state inside `unit`. Whoever commits the unit takes the draft over.
    pub(crate) async fn enter(
        &self,
        unit: &mut dyn UnitOfWork,
        scope: &TenantScope,
        draft: &mut ImportRecord,
        state: ImportState,
        note: Option<String>,
    ) -> Result<(), ImportError> {
        draft.state = draft.state.transition(state)?;
        draft.updated_at = self.clock.now();
        unit.imports().record(scope, draft, note).await?;
        Ok(())
    }

    /// Writes a draft without moving it.
    pub(crate) async fn rewrite(
        &self,
        unit: &mut dyn UnitOfWork,
        scope: &TenantScope,
        draft: &mut ImportRecord,
    ) -> Result<(), ImportError> {
        draft.updated_at = self.clock.now();
        unit.imports().record(scope, draft, None).await?;
        Ok(())
    }

    /// Writes the phase in a transaction of its own.
    pub(crate) async fn enter_phase(
        &self,
        scope: &TenantScope,
        record: &mut ImportRecord,
        phase: JournalPhase,
    ) -> Result<(), ImportError> {
        let mut draft = record.clone();
        draft.phase = phase;
        let mut unit = self.units.begin(scope).await?;
        self.rewrite(unit.as_mut(), scope, &mut draft).await?;
        unit.commit().await?;
        *record = draft;
        Ok(())
    }

    /// Records that the import failed and changed nothing, and lists its snapshot, so that the sweeper finds it, unless it is
    /// listed already. An import that has ended otherwise meanwhile is left alone; `record` then says how.
    pub(crate) async fn fail(
        &self,
        scope: &TenantScope,
        record: &mut ImportRecord,
        error: &str,
        unlisted: Option<&SnapshotRecord>,
    ) -> Result<String, ImportError> {
        let mut unit = self.units.begin(scope).await?;
        if let Some(found) = unit.imports().find(scope, record.id).await?
            && found.state.is_final()
        {
            *record = found;
            return Ok("it had ended already".to_owned());
        }
        let mut draft = record.clone();
        draft.error.get_or_insert_with(|| error.to_owned());
        draft.outcome = None;
        if let Some(snapshot) = unlisted {
            unit.snapshots().add(scope, snapshot).await?;
        }
        let note = Some(NOTHING_CHANGED.to_owned());
        self.enter(unit.as_mut(), scope, &mut draft, ImportState::Failed, note)
            .await?;
        unit.commit().await?;
        *record = draft;
        Ok(NOTHING_CHANGED.to_owned())
    }

    /// Records the installation, in place of the one in force, and the completed import inside `unit`.
    pub(crate) async fn complete(
        &self,
        unit: &mut dyn UnitOfWork,
        scope: &TenantScope,
        draft: &mut ImportRecord,
        installation: &mut InstallationRecord,
        note: Option<String>,
    ) -> Result<(), ImportError> {
        let installations = unit.installations();
        let in_force = installations
            .active(scope, &installation.package_name, &installation.target)
            .await?;
        match in_force {
            // A later import was recorded before this one could be.
            Some(active) if active.installed_at > installation.installed_at => {
                installation.status = InstallationStatus::Superseded;
            }
            Some(active) => {
                installations
                    .mark(scope, active.id, InstallationStatus::Superseded)
                    .await?;
                installation.supersedes = Some(active.id);
            }
            None => installation.supersedes = None,
        }
        installations.add(scope, installation).await?;
        draft.phase = JournalPhase::Recorded;
        draft.outcome = None;
        self.enter(unit, scope, draft, ImportState::Completed, note)
            .await
    }
}
