//! The import itself: plan, snapshot, one transaction, post-conditions, record.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use installhub_conflict_merge::Decisions;
use installhub_kernel::{Clock, IdGenerator, ImportId, InstallationId, SnapshotId, TenantScope};
use installhub_recovery::{Retention, SnapshotRecord, SnapshotStore, SnapshotWriter};

use crate::apply::{Application, Outcome};
use crate::error::ImportError;
use crate::handler::HandlerRegistry;
use crate::options::ImportOptions;
use crate::package::Package;
use crate::plan::ImportPlan;
use crate::planner::Planner;
use crate::ports::{
    Access, Fingerprint, ImportLease, ImportRecord, ImportTarget, InstallationRecord,
    InstallationStatus, JournalPhase, LeaseGuard, TargetSession, UnitOfWork, UnitOfWorkFactory,
};
use crate::progress::{ImportObserver, Stage};
use crate::state::ImportState;

/// Imports packages into targets.
pub struct Importer {
    /// The service's own memory.
    pub units: Arc<dyn UnitOfWorkFactory>,
    /// Where snapshots go.
    pub snapshots: Arc<dyn SnapshotStore>,
    /// Tells the living from the dead.
    pub lease: Arc<dyn ImportLease>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Fresh identities.
    pub ids: Arc<dyn IdGenerator>,
    /// Who knows which type.
    pub handlers: HandlerRegistry,
    /// How long snapshots are kept.
    pub retention: Retention,
}

/// What an import did.
#[derive(Debug)]
pub struct ImportReport {
    /// The import as recorded.
    pub record: ImportRecord,
    /// What is installed now.
    pub installation: InstallationRecord,
    /// The snapshot that leads back.
    pub snapshot: SnapshotRecord,
}

impl Importer {
    /// Says everything an import would do. Reads only; the same question gives the same answer while nothing changes, except
    /// for the fresh ids of new documents.
    pub async fn plan(
        &self,
        scope: &TenantScope,
        package: &Package,
        target: &dyn ImportTarget,
        options: &ImportOptions,
    ) -> Result<ImportPlan, ImportError> {
        let mut unit = self.units.read().await?;
        let name = &package.manifest().name;
        let mut installed = unit
            .installations()
            .active(scope, name, &target.identity())
            .await?;
        let packages = unit
            .installations()
            .installed_packages(scope)
            .await?
            .into_iter()
            .collect();
        let options = with_remembered(unit.as_mut(), scope, name, target, options).await?;
        drop(unit);
        let mut session = target.open(scope, Access::Read).await?;
        let planner = Planner {
            scope,
            package,
            target,
            options: &options,
            handlers: &self.handlers,
            ids: self.ids.as_ref(),
            installed: installed.as_mut().map(|record| &*record),
            installed_packages: &packages,
        };
        planner.plan(session.as_mut()).await
    }

    /// Carries `plan` out: all of it, or nothing.
    ///
    /// # Errors
    ///
    /// Whatever the error, the target is as it was, and the journal says so; [`ImportError::PlanOutdated`] asks for a new plan.
    pub async fn import(
        &self,
        scope: &TenantScope,
        package: &Package,
        target: &dyn ImportTarget,
        options: &ImportOptions,
        plan: &ImportPlan,
        observer: &dyn ImportObserver,
    ) -> Result<ImportReport, ImportError> {
        if !plan.is_ready() {
            return Err(ImportError::Blocked(plan.blocks.len()));
        }
        let mut unit = self.units.read().await?;
        let options =
            &with_remembered(unit.as_mut(), scope, &plan.package.name, target, options).await?;
        drop(unit);
        let id = ImportId::from_uuid(self.ids.new_uuid());
        let guard = self.lease.acquire(id).await?.ok_or(ImportError::Busy(id))?;
        let mut record = self.begin(scope, id, plan).await?;
        let run = Run {
            importer: self,
            scope,
            package,
            target,
            options,
            plan,
            observer,
            _guard: guard,
        };
        match run.execute(&mut record).await {
            Ok(report) => Ok(report),
            // Once the commit was announced, an error does not tell whether it happened: the target does.
            Err(error) if record.phase == JournalPhase::Committing => {
                let settled = self.settle_commit(scope, &mut record, target).await;
                let found = settled.unwrap_or_else(|_| "the next command settles it".to_owned());
                Err(ImportError::Interrupted {
                    id,
                    found,
                    source: Box::new(error),
                })
            }
            Err(error) => {
                self.fail(scope, &mut record, &error).await?;
                Err(error)
            }
        }
    }

    /// Writes the import into the journal and walks it up to `Importing`.
    async fn begin(
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
            plan: installhub_artifact::Json::from_serialize(plan).ok(),
            before: None,
            after: None,
            snapshot: None,
            outcome: None,
            error: None,
        };
        let mut unit = self.units.begin().await?;
        unit.imports().add(scope, &record).await?;
        let walk = [
            ImportState::Validating,
            ImportState::Configuring,
            ImportState::Reviewing,
            ImportState::Importing,
        ];
        for state in walk {
            self.enter(unit.as_mut(), scope, &mut record, state, None)
                .await?;
        }
        unit.commit().await?;
        Ok(record)
    }

    /// Moves the import to another state inside `unit`.
    pub(crate) async fn enter(
        &self,
        unit: &mut dyn UnitOfWork,
        scope: &TenantScope,
        record: &mut ImportRecord,
        state: ImportState,
        note: Option<String>,
    ) -> Result<(), ImportError> {
        record.state = record.state.transition(state)?;
        record.updated_at = self.clock.now();
        unit.imports().record(scope, record, note).await?;
        Ok(())
    }

    async fn fail(
        &self,
        scope: &TenantScope,
        record: &mut ImportRecord,
        error: &ImportError,
    ) -> Result<(), ImportError> {
        record.error = Some(error.to_string());
        record.outcome = None;
        let mut unit = self.units.begin().await?;
        self.enter(
            unit.as_mut(),
            scope,
            record,
            ImportState::Failed,
            Some("nothing was changed".to_owned()),
        )
        .await?;
        unit.commit().await?;
        Ok(())
    }

    /// Writes the phase into the journal in a transaction of its own.
    pub(crate) async fn journal(
        &self,
        scope: &TenantScope,
        record: &mut ImportRecord,
        phase: JournalPhase,
    ) -> Result<(), ImportError> {
        record.phase = phase;
        record.updated_at = self.clock.now();
        let mut unit = self.units.begin().await?;
        unit.imports().record(scope, record, None).await?;
        unit.commit().await?;
        Ok(())
    }

    /// Records the installation and the completed import inside `unit`.
    pub(crate) async fn complete(
        &self,
        unit: &mut dyn UnitOfWork,
        scope: &TenantScope,
        record: &mut ImportRecord,
        installation: &InstallationRecord,
        note: Option<String>,
    ) -> Result<(), ImportError> {
        if let Some(previous) = installation.supersedes {
            unit.installations()
                .mark(scope, previous, InstallationStatus::Superseded)
                .await?;
        }
        unit.installations().add(scope, installation).await?;
        record.phase = JournalPhase::Recorded;
        record.outcome = None;
        self.enter(unit, scope, record, ImportState::Completed, note)
            .await
    }
}

/// The options with the decisions made before, which hold again unless new ones are given.
async fn with_remembered(
    unit: &mut dyn UnitOfWork,
    scope: &TenantScope,
    package_name: &str,
    target: &dyn ImportTarget,
    options: &ImportOptions,
) -> Result<ImportOptions, ImportError> {
    let mut options = options.clone();
    if options.decisions == Decisions::none()
        && let Some(remembered) = unit
            .installations()
            .decisions(scope, package_name, &target.identity())
            .await?
    {
        options.decisions = remembered;
    }
    Ok(options)
}

/// One import on its way.
struct Run<'a> {
    importer: &'a Importer,
    scope: &'a TenantScope,
    package: &'a Package,
    target: &'a dyn ImportTarget,
    options: &'a ImportOptions,
    plan: &'a ImportPlan,
    observer: &'a dyn ImportObserver,
    _guard: Box<dyn LeaseGuard>,
}

impl Run<'_> {
    async fn execute(&self, record: &mut ImportRecord) -> Result<ImportReport, ImportError> {
        let mut session = self.target.open(self.scope, Access::Write).await?;
        let before = session.fingerprint().await?;
        let outdated = before.differences(&self.plan.fingerprint);
        if !outdated.is_empty() {
            return Err(ImportError::PlanOutdated(outdated));
        }
        self.observer.stage(Stage::Snapshot);
        // A store's journal lives in the very transaction that is open now; it must not be written from a second one.
        let own_journal = session.unit_of_work().is_none();
        if own_journal {
            self.importer
                .journal(self.scope, record, JournalPhase::Snapshotting)
                .await?;
        }
        let snapshot = self.snapshot(session.as_mut()).await?;
        record.before = Some(before);
        record.snapshot = Some(snapshot.id);
        if own_journal {
            self.record_snapshot(record, &snapshot).await?;
        }
        let installed = self.installed(session.as_mut()).await?;
        let application = Application {
            scope: self.scope,
            package: self.package,
            target: self.target,
            handlers: &self.importer.handlers,
            options: self.options,
            plan: self.plan,
            installed: installed.as_ref(),
            observer: self.observer,
        };
        let outcome = application.run(session.as_mut()).await?;
        let after = session.fingerprint().await?;
        let installation = self.installation(record, installed.as_ref(), outcome);
        self.observer.stage(Stage::Commit);
        if own_journal {
            self.commit_database(session, record, after, &installation)
                .await?;
        } else {
            self.commit_store(session, record, after, &installation, &snapshot)
                .await?;
        }
        Ok(ImportReport {
            record: record.clone(),
            installation,
            snapshot,
        })
    }

    async fn installed(
        &self,
        session: &mut dyn TargetSession,
    ) -> Result<Option<InstallationRecord>, ImportError> {
        let name = &self.plan.package.name;
        let target = &self.plan.target.identity;
        Ok(match session.unit_of_work() {
            Some(unit) => {
                unit.installations()
                    .active(self.scope, name, target)
                    .await?
            }
            None => {
                self.importer
                    .units
                    .read()
                    .await?
                    .installations()
                    .active(self.scope, name, target)
                    .await?
            }
        })
    }

    async fn snapshot(
        &self,
        session: &mut dyn TargetSession,
    ) -> Result<SnapshotRecord, ImportError> {
        let mut writer =
            SnapshotWriter::create(self.importer.snapshots.as_ref(), self.scope).await?;
        session.snapshot(&mut writer).await?;
        let stored = writer.finish().await?;
        let created_at: DateTime<Utc> = self.importer.clock.now();
        Ok(SnapshotRecord {
            id: SnapshotId::from_uuid(self.importer.ids.new_uuid()),
            target: self.plan.target.identity.clone(),
            key: stored.key,
            digest: stored.digest,
            raw_bytes: stored.raw_bytes,
            stored_bytes: stored.stored_bytes,
            created_at,
            expires_at: self.importer.retention.expiry(created_at),
        })
    }

    async fn record_snapshot(
        &self,
        record: &mut ImportRecord,
        snapshot: &SnapshotRecord,
    ) -> Result<(), ImportError> {
        record.phase = JournalPhase::Applying;
        record.updated_at = self.importer.clock.now();
        let mut unit = self.importer.units.begin().await?;
        unit.snapshots().add(self.scope, snapshot).await?;
        unit.imports().record(self.scope, record, None).await?;
        unit.commit().await?;
        Ok(())
    }

    fn installation(
        &self,
        record: &ImportRecord,
        previous: Option<&InstallationRecord>,
        outcome: Outcome,
    ) -> InstallationRecord {
        InstallationRecord {
            id: InstallationId::from_uuid(self.importer.ids.new_uuid()),
            import: record.id,
            package_name: record.package_name.clone(),
            package_version: record.package_version.clone(),
            package_id: record.package_id.clone(),
            target: record.target.clone(),
            status: InstallationStatus::Active,
            supersedes: previous.map(|installation| installation.id),
            installed_at: self.importer.clock.now(),
            installed_by: record.actor.clone(),
            artifacts: outcome.artifacts,
            open_references: outcome.open_references,
        }
    }

    /// The database commits first and the journal says afterwards that it did; between the two, the recorded state
    /// afterwards lets the next process see which of both happened.
    async fn commit_database(
        &self,
        session: Box<dyn TargetSession>,
        record: &mut ImportRecord,
        after: Fingerprint,
        installation: &InstallationRecord,
    ) -> Result<(), ImportError> {
        record.after = Some(after);
        record.outcome = Some(installation.clone());
        self.importer
            .journal(self.scope, record, JournalPhase::Committing)
            .await?;
        session.commit().await?;
        let mut unit = self.importer.units.begin().await?;
        self.importer
            .complete(unit.as_mut(), self.scope, record, installation, None)
            .await?;
        self.remember_decisions(unit.as_mut()).await?;
        unit.commit().await?;
        Ok(())
    }

    /// Documents, snapshot record, installation and journal are one transaction.
    async fn commit_store(
        &self,
        mut session: Box<dyn TargetSession>,
        record: &mut ImportRecord,
        after: Fingerprint,
        installation: &InstallationRecord,
        snapshot: &SnapshotRecord,
    ) -> Result<(), ImportError> {
        let mut completed = record.clone();
        completed.after = Some(after);
        if let Some(unit) = session.unit_of_work() {
            unit.snapshots().add(self.scope, snapshot).await?;
            self.importer
                .complete(unit, self.scope, &mut completed, installation, None)
                .await?;
            self.remember_decisions(unit).await?;
        }
        session.commit().await?;
        *record = completed;
        Ok(())
    }

    /// Decisions hold again for the next import of this package into this target.
    async fn remember_decisions(&self, unit: &mut dyn UnitOfWork) -> Result<(), ImportError> {
        let decisions = &self.options.decisions;
        if *decisions != Decisions::none() {
            let (name, target) = (&self.plan.package.name, &self.plan.target.identity);
            unit.installations()
                .remember_decisions(self.scope, name, target, decisions)
                .await?;
        }
        Ok(())
    }
}
