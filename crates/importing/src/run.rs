//! One import on its way: snapshot, one transaction, post-conditions, record.

use chrono::{DateTime, Utc};
use installhub_conflict_merge::Decisions;
use installhub_kernel::{InstallationId, SnapshotId, TenantScope};
use installhub_recovery::{SnapshotRecord, SnapshotWriter, list_snapshot};

use crate::apply::{Application, Outcome};
use crate::error::ImportError;
use crate::importer::Importer;
use crate::installed::Installed;
use crate::options::ImportOptions;
use crate::package::Package;
use crate::plan::ImportPlan;
use crate::ports::{
    Access, Fingerprint, ImportRecord, ImportTarget, InstallationRecord, InstallationStatus,
    JournalPhase, TargetSession, UnitOfWork,
};
use crate::progress::{ImportObserver, Stage};

/// How far an import has come, for whoever has to find out how it ended.
pub(crate) struct Progress {
    /// As the journal has it.
    pub(crate) record: ImportRecord,
    /// The snapshot, once its bytes are durable.
    pub(crate) snapshot: Option<SnapshotRecord>,
    reached: Reached,
}

/// The point after which an error means something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reached {
    /// No commit has been asked for.
    Work,
    /// The one transaction of target and journal was asked to commit.
    StoreCommit,
    /// The journal has the target's state before and after, and the target was asked to commit.
    DatabaseCommit,
}

impl Progress {
    pub(crate) fn begun(record: ImportRecord) -> Self {
        Self {
            record,
            snapshot: None,
            reached: Reached::Work,
        }
    }

    /// Whether the journal says that the target is about to commit.
    pub(crate) fn is_announced(&self) -> bool {
        self.reached == Reached::DatabaseCommit
    }

    pub(crate) fn commit_was_tried(&self) -> bool {
        self.reached != Reached::Work
    }

    /// The snapshot, if the list of snapshots does not have it.
    pub(crate) fn unlisted_snapshot(&self) -> Option<&SnapshotRecord> {
        self.snapshot
            .as_ref()
            .filter(|_| self.record.phase != JournalPhase::Applying)
    }
}

/// One import on its way. The lease on it is held by the caller.
pub(crate) struct Run<'a> {
    pub(crate) importer: &'a Importer,
    pub(crate) scope: &'a TenantScope,
    pub(crate) package: &'a Package,
    pub(crate) target: &'a dyn ImportTarget,
    pub(crate) options: &'a ImportOptions,
    pub(crate) plan: &'a ImportPlan,
    pub(crate) observer: &'a dyn ImportObserver,
}

impl Run<'_> {
    /// Does everything up to the record, and gives what is installed then. An error before the commit drops the session, and
    /// with it all changes.
    pub(crate) async fn execute(
        &self,
        progress: &mut Progress,
    ) -> Result<InstallationRecord, ImportError> {
        let mut session = self.target.open(self.scope, Access::Write).await?;
        let before = session.fingerprint().await?;
        let installed = self.installed(session.as_mut()).await?;
        self.check_up_to_date(&before, &installed)?;
        let snapshot = self
            .take_snapshot(session.as_mut(), progress, before)
            .await?;
        let application = Application {
            scope: self.scope,
            package: self.package,
            target: self.target,
            handlers: &self.importer.handlers,
            options: self.options,
            plan: self.plan,
            installed: &installed,
            observer: self.observer,
        };
        let outcome = application.run(session.as_mut()).await?;
        drop(installed);
        let after = session.fingerprint().await?;
        let mut installation = self.installation(&progress.record, outcome);
        self.observer.stage(Stage::Commit);
        if session.unit_of_work().is_some() {
            self.commit_store(session, progress, after, &mut installation, &snapshot)
                .await?;
        } else {
            self.commit_database(session, progress, after, &mut installation)
                .await?;
        }
        Ok(installation)
    }

    fn check_up_to_date(
        &self,
        before: &Fingerprint,
        installed: &Installed,
    ) -> Result<(), ImportError> {
        let mut outdated = before.differences(&self.plan.fingerprint);
        if installed.version() != self.plan.installed_version.as_ref() {
            let version = installed
                .version()
                .map_or_else(|| "no version".to_owned(), ToString::to_string);
            outdated.push(format!(
                "{version} of {} is installed now",
                self.plan.package.name
            ));
        }
        if outdated.is_empty() {
            Ok(())
        } else {
            Err(ImportError::PlanOutdated(outdated))
        }
    }

    async fn installed(&self, session: &mut dyn TargetSession) -> Result<Installed, ImportError> {
        let target = &self.plan.target.identity;
        let installed = if let Some(unit) = session.unit_of_work() {
            Installed::read(unit, self.scope, self.package, target).await?
        } else {
            let mut unit = self.importer.units.read(self.scope).await?;
            Installed::read(unit.as_mut(), self.scope, self.package, target).await?
        };
        Ok(installed)
    }

    /// No snapshot, no import. A store's journal lives in the very transaction that is open now and is written at its end; it
    /// must not be written from a second one. A database's is written before and after.
    async fn take_snapshot(
        &self,
        session: &mut dyn TargetSession,
        progress: &mut Progress,
        before: Fingerprint,
    ) -> Result<SnapshotRecord, ImportError> {
        self.observer.stage(Stage::Snapshot);
        let own_journal = session.unit_of_work().is_none();
        if own_journal {
            self.importer
                .enter_phase(self.scope, &mut progress.record, JournalPhase::Snapshotting)
                .await?;
        }
        let snapshot = self.snapshot(session).await?;
        progress.snapshot = Some(snapshot.clone());
        progress.record.before = Some(before);
        progress.record.snapshot = Some(snapshot.id);
        if own_journal {
            let mut draft = progress.record.clone();
            draft.phase = JournalPhase::Applying;
            let mut unit = self.importer.units.begin(self.scope).await?;
            self.list(unit.as_mut(), &snapshot).await?;
            self.importer
                .rewrite(unit.as_mut(), self.scope, &mut draft)
                .await?;
            unit.commit().await?;
            progress.record = draft;
        }
        Ok(snapshot)
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

    async fn list(
        &self,
        unit: &mut dyn UnitOfWork,
        snapshot: &SnapshotRecord,
    ) -> Result<(), ImportError> {
        let store = self.importer.snapshots.as_ref();
        list_snapshot(store, unit.snapshots(), self.scope, snapshot).await?;
        Ok(())
    }

    fn installation(&self, record: &ImportRecord, outcome: Outcome) -> InstallationRecord {
        InstallationRecord {
            id: InstallationId::from_uuid(self.importer.ids.new_uuid()),
            import: record.id,
            package_name: record.package_name.clone(),
            package_version: record.package_version.clone(),
            package_id: record.package_id.clone(),
            target: record.target.clone(),
            status: InstallationStatus::Active,
            supersedes: None,
            installed_at: self.importer.clock.now(),
            installed_by: record.actor.clone(),
            artifacts: outcome.artifacts,
            open_references: outcome.open_references,
        }
    }

    /// The database commits first and the journal says afterwards that it did; between the two, the recorded state
    /// afterwards lets anybody see which of both happened.
    async fn commit_database(
        &self,
        session: Box<dyn TargetSession>,
        progress: &mut Progress,
        after: Fingerprint,
        installation: &mut InstallationRecord,
    ) -> Result<(), ImportError> {
        let mut announced = progress.record.clone();
        announced.phase = JournalPhase::Committing;
        announced.after = Some(after);
        announced.outcome = Some(installation.clone());
        let mut unit = self.importer.units.begin(self.scope).await?;
        self.importer
            .rewrite(unit.as_mut(), self.scope, &mut announced)
            .await?;
        // Already now: should the process die before the record, whoever settles the import does not know them.
        self.remember_decisions(unit.as_mut()).await?;
        unit.commit().await?;
        progress.record = announced;
        progress.reached = Reached::DatabaseCommit;

        session.commit().await?;

        let mut completed = progress.record.clone();
        let mut unit = self.importer.units.begin(self.scope).await?;
        self.importer
            .complete(
                unit.as_mut(),
                self.scope,
                &mut completed,
                installation,
                None,
            )
            .await?;
        unit.commit().await?;
        progress.record = completed;
        Ok(())
    }

    /// Documents, snapshot record, installation and journal are one transaction.
    async fn commit_store(
        &self,
        mut session: Box<dyn TargetSession>,
        progress: &mut Progress,
        after: Fingerprint,
        installation: &mut InstallationRecord,
        snapshot: &SnapshotRecord,
    ) -> Result<(), ImportError> {
        let mut completed = progress.record.clone();
        completed.after = Some(after);
        if let Some(unit) = session.unit_of_work() {
            self.list(unit, snapshot).await?;
            self.importer
                .complete(unit, self.scope, &mut completed, installation, None)
                .await?;
            self.remember_decisions(unit).await?;
        }
        progress.reached = Reached::StoreCommit;
        session.commit().await?;
        progress.record = completed;
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
