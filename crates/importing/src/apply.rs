//! The common driver's second half: every step in install order, then every post-condition, in one transaction.

use std::collections::{HashMap, HashSet};

use installhub_kernel::TenantScope;
use installhub_manifest::ArtifactEntry;

use crate::error::ImportError;
use crate::handler::{Applied, EarlierSteps, HandlerContext, HandlerRegistry, ImportHandler};
use crate::ids::IdTable;
use crate::options::ImportOptions;
use crate::package::Package;
use crate::plan::{ImportPlan, PlanStep, PlannedAction};
use crate::planner::open_references;
use crate::ports::{
    ImportTarget, InstallationRecord, InstalledArtifact, OpenReference, TargetSession,
};
use crate::progress::{ImportObserver, Stage};

/// Violations that are compared before and after.
const COMPARED_VIOLATIONS: usize = 1_000;

/// What came of all steps.
pub(crate) struct Outcome {
    pub(crate) artifacts: Vec<InstalledArtifact>,
    pub(crate) open_references: Vec<OpenReference>,
}

/// Everything the second half works with.
pub(crate) struct Application<'a> {
    pub(crate) scope: &'a TenantScope,
    pub(crate) package: &'a Package,
    pub(crate) target: &'a dyn ImportTarget,
    pub(crate) handlers: &'a HandlerRegistry,
    pub(crate) options: &'a ImportOptions,
    pub(crate) plan: &'a ImportPlan,
    pub(crate) installed: Option<&'a InstallationRecord>,
    pub(crate) observer: &'a dyn ImportObserver,
}

impl Application<'_> {
    /// Applies and verifies the plan inside `session`; the caller commits or drops it.
    pub(crate) async fn run(
        &self,
        session: &mut dyn TargetSession,
    ) -> Result<Outcome, ImportError> {
        let ids = self.bound_ids();
        let entries = self.package.manifest().artifacts_in_install_order();
        let steps: HashMap<&str, &PlanStep> = self
            .plan
            .steps
            .iter()
            .map(|step| (step.source_id.as_str(), step))
            .collect();
        let mut work = Vec::with_capacity(entries.len());
        for entry in entries {
            let step =
                steps
                    .get(entry.id.as_str())
                    .copied()
                    .ok_or_else(|| ImportError::Package {
                        artifact: entry.id.clone(),
                        message:
                            "the plan has no step for it; the plan was made from another package"
                                .to_owned(),
                    })?;
            if let (Some(handler), true) = (
                self.handlers.get(entry.artifact_type),
                step.action != PlannedAction::Unsupported,
            ) {
                work.push((handler, entry, step));
            }
        }
        let broken_before = broken_rules(session).await?;
        let applied = self.apply(session, &ids, &work).await?;
        self.verify(session, &ids, &work, &applied).await?;
        check_rules(session, &broken_before).await?;
        let open = open_references(
            self.package,
            self.target,
            self.handlers,
            self.scope,
            session,
        )
        .await?;
        if !open.is_empty() && !self.options.missing.is_allowed() {
            return Err(ImportError::PostCondition {
                object: open[0].source_id.clone(),
                message: format!("its reference to '{}' points nowhere", open[0].missing_id),
            });
        }
        let artifacts = work
            .iter()
            .zip(applied)
            .map(|((_, entry, step), applied)| installed(entry, step, applied))
            .collect();
        Ok(Outcome {
            artifacts,
            open_references: open,
        })
    }

    /// The ids that the plan chose: fresh ids must be those that were shown.
    fn bound_ids(&self) -> IdTable {
        let mut ids = IdTable::new();
        for step in self
            .plan
            .steps
            .iter()
            .filter(|step| step.action != PlannedAction::Unsupported)
        {
            ids.bind(&step.source_id, step.target_id.clone());
        }
        ids
    }

    fn context<'b>(&'b self, ids: &'b IdTable, earlier: &'b EarlierSteps) -> HandlerContext<'b> {
        HandlerContext {
            scope: self.scope,
            package: self.package,
            options: self.options,
            ids,
            installed: self.installed,
            earlier,
        }
    }

    async fn apply(
        &self,
        session: &mut dyn TargetSession,
        ids: &IdTable,
        work: &[(&dyn ImportHandler, &ArtifactEntry, &PlanStep)],
    ) -> Result<Vec<Applied>, ImportError> {
        self.observer.stage(Stage::Apply);
        let mut earlier = EarlierSteps::default();
        let mut applied = Vec::with_capacity(work.len());
        for (handler, entry, step) in work {
            applied.push(
                handler
                    .apply(session, &self.context(ids, &earlier), entry, step)
                    .await?,
            );
            earlier.add(step);
            self.observer.step(applied.len(), work.len());
        }
        Ok(applied)
    }

    async fn verify(
        &self,
        session: &mut dyn TargetSession,
        ids: &IdTable,
        work: &[(&dyn ImportHandler, &ArtifactEntry, &PlanStep)],
        applied: &[Applied],
    ) -> Result<(), ImportError> {
        self.observer.stage(Stage::Verify);
        let earlier = EarlierSteps::default();
        for (done, ((handler, entry, step), applied)) in work.iter().zip(applied).enumerate() {
            handler
                .verify(session, &self.context(ids, &earlier), entry, step, applied)
                .await?;
            self.observer.step(done + 1, work.len());
        }
        Ok(())
    }
}

/// Rules of the database that do not hold now, in words.
async fn broken_rules(session: &mut dyn TargetSession) -> Result<Vec<String>, ImportError> {
    let Some(database) = session.database() else {
        return Ok(Vec::new());
    };
    let violations = database.violations(COMPARED_VIOLATIONS).await?;
    Ok(violations
        .iter()
        .map(|violation| match &violation.row {
            Some(key) => format!("{} row {key:?}: {}", violation.table, violation.constraint),
            None => format!("{}: {}", violation.table, violation.constraint),
        })
        .collect())
}

/// Rules that were broken before are not this import's doing; any other one undoes it.
async fn check_rules(
    session: &mut dyn TargetSession,
    before: &[String],
) -> Result<(), ImportError> {
    let known: HashSet<&String> = before.iter().collect();
    let broken = broken_rules(session).await?;
    let new: Vec<String> = broken
        .into_iter()
        .filter(|rule| !known.contains(rule))
        .collect();
    if new.is_empty() {
        Ok(())
    } else {
        Err(ImportError::Violations(new))
    }
}

fn installed(entry: &ArtifactEntry, step: &PlanStep, applied: Applied) -> InstalledArtifact {
    InstalledArtifact {
        artifact_type: entry.artifact_type,
        source_id: entry.id.clone(),
        target_id: step.target_id.clone(),
        name: entry.name.clone(),
        hash: entry.hash,
        base: applied.base,
    }
}
