//! The import itself: plan, then all of it or nothing.

use std::sync::Arc;

use installhub_conflict_merge::Decisions;
use installhub_kernel::{Clock, IdGenerator, ImportId, TenantScope};
use installhub_recovery::{Retention, SnapshotRecord, SnapshotStore};

use crate::error::ImportError;
use crate::handler::HandlerRegistry;
use crate::installed::Installed;
use crate::options::ImportOptions;
use crate::package::Package;
use crate::plan::{ImportPlan, PackageIdentity};
use crate::planner::Planner;
use crate::ports::{
    Access, ImportLease, ImportRecord, ImportTarget, InstallationRecord, UnitOfWork,
    UnitOfWorkFactory,
};
use crate::progress::ImportObserver;
use crate::run::{Progress, Run};
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
        let mut unit = self.units.read(scope).await?;
        let name = &package.manifest().name;
        let installed = Installed::read(unit.as_mut(), scope, package, &target.identity()).await?;
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
            installed: &installed,
            installed_packages: &packages,
        };
        planner.plan(session.as_mut()).await
    }

    /// Carries `plan` out: all of it, or nothing.
    ///
    /// # Errors
    ///
    /// Whatever the error, the target is as it was, and the journal says so or will say so once
    /// [`settle`](Self::settle) can write it; the exception is [`ImportError::Interrupted`], whose message says what is known.
    /// [`ImportError::PlanOutdated`] asks for a new plan.
    pub async fn import(
        &self,
        scope: &TenantScope,
        package: &Package,
        target: &dyn ImportTarget,
        options: &ImportOptions,
        plan: &ImportPlan,
        observer: &dyn ImportObserver,
    ) -> Result<ImportReport, ImportError> {
        check_plan(plan, package, target)?;
        let mut unit = self.units.read(scope).await?;
        let name = &plan.package.name;
        let options = &with_remembered(unit.as_mut(), scope, name, target, options).await?;
        drop(unit);
        let id = ImportId::from_uuid(self.ids.new_uuid());
        let _guard = self.lease.acquire(id).await?.ok_or(ImportError::Busy(id))?;
        let mut progress = Progress::begun(self.begin(scope, id, plan).await?);
        let run = Run {
            importer: self,
            scope,
            package,
            target,
            options,
            plan,
            observer,
        };
        match run.execute(&mut progress).await {
            Ok(installation) => report(progress, installation),
            Err(error) => self.end(scope, target, progress, error).await,
        }
    }

    /// Finds out how an import ended that met `error`, and has the journal say so.
    async fn end(
        &self,
        scope: &TenantScope,
        target: &dyn ImportTarget,
        mut progress: Progress,
        error: ImportError,
    ) -> Result<ImportReport, ImportError> {
        let id = progress.record.id;
        // After a commit was asked for, an error does not tell whether it happened: a database tells itself, and for a store
        // the journal, which is part of the same transaction.
        let settled = if progress.is_announced() {
            self.settle_commit(scope, &mut progress.record, target)
                .await
        } else {
            let unlisted = progress.unlisted_snapshot().cloned();
            let message = error.to_string();
            self.fail(scope, &mut progress.record, &message, unlisted.as_ref())
                .await
        };
        match (settled, progress.record.state) {
            (Ok(_), ImportState::Completed) => {
                tracing::warn!(import = %id, %error, "an import was completed although its commit reported an error");
                let recorded = self.report_recorded(scope, progress).await;
                recorded.map_err(|unreadable| ImportError::Interrupted {
                    id,
                    found: "it was completed and is recorded".to_owned(),
                    source: Box::new(unreadable),
                })
            }
            (Ok(found), ImportState::Importing) => Err(ImportError::Interrupted {
                id,
                found,
                source: Box::new(error),
            }),
            (Ok(_), _) => Err(error),
            (Err(unsettled), _) => {
                tracing::warn!(import = %id, error = %unsettled, "the journal could not be told how an import ended");
                if progress.commit_was_tried() {
                    let found =
                        "whether it happened cannot be seen now; the next command settles it";
                    Err(ImportError::Interrupted {
                        id,
                        found: found.to_owned(),
                        source: Box::new(error),
                    })
                } else {
                    Err(error)
                }
            }
        }
    }

    async fn report_recorded(
        &self,
        scope: &TenantScope,
        progress: Progress,
    ) -> Result<ImportReport, ImportError> {
        let id = progress.record.id;
        let mut unit = self.units.read(scope).await?;
        let installation = unit.installations().of_import(scope, id).await?;
        report(progress, installation.ok_or(ImportError::NotFound(id))?)
    }
}

/// What a completed import did. It has taken a snapshot, or it would not be completed.
fn report(
    progress: Progress,
    installation: InstallationRecord,
) -> Result<ImportReport, ImportError> {
    let Progress {
        record, snapshot, ..
    } = progress;
    Ok(ImportReport {
        snapshot: snapshot.ok_or(ImportError::NoSnapshot(record.id))?,
        record,
        installation,
    })
}

/// A plan is carried out for the package and the target it was made for, and only if nothing keeps it from starting.
fn check_plan(
    plan: &ImportPlan,
    package: &Package,
    target: &dyn ImportTarget,
) -> Result<(), ImportError> {
    if !plan.is_ready() {
        return Err(ImportError::Blocked(plan.blocks.len()));
    }
    let told = |package: &PackageIdentity| {
        format!("{} {} ({})", package.name, package.version, package.digest)
    };
    let given = package.identity();
    if plan.package != given {
        return Err(ImportError::PlanMismatch {
            planned: told(&plan.package),
            given: told(&given),
        });
    }
    if plan.target.identity != target.identity() || plan.target.kind != target.kind() {
        return Err(ImportError::PlanMismatch {
            planned: plan.target.display_name.clone(),
            given: target.display_name(),
        });
    }
    Ok(())
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
