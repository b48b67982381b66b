//! The common driver's second half: every step in install order, then every post-condition, in one transaction.

use std::collections::{HashMap, HashSet};

use installhub_database_model::Value;
use installhub_kernel::TenantScope;

use crate::error::ImportError;
use crate::handler::{Applied, EarlierSteps, HandlerContext, HandlerRegistry, ImportHandler, Work};
use crate::ids::IdTable;
use crate::installed::Installed;
use crate::options::ImportOptions;
use crate::package::Package;
use crate::plan::{ImportPlan, PlanStep, PlannedAction};
use crate::planner::BATCH;
use crate::ports::{ImportTarget, InstalledArtifact, OpenReference, TargetSession};
use crate::progress::{ImportObserver, Stage};
use crate::references::Surroundings;

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
    pub(crate) installed: &'a Installed,
    pub(crate) observer: &'a dyn ImportObserver,
}

/// Neighbours in install order with one handler.
struct Batch<'a> {
    handler: &'a dyn ImportHandler,
    work: Vec<Work<'a>>,
}

impl<'a> Application<'a> {
    /// Applies and verifies the plan inside `session`; the caller commits or drops it.
    pub(crate) async fn run(
        &self,
        session: &mut dyn TargetSession,
    ) -> Result<Outcome, ImportError> {
        let ids = self.bound_ids();
        let batches = self.batches()?;
        let broken_before = broken_rules(session).await?;
        let applied = self.apply(session, &ids, &batches).await?;
        self.verify(session, &ids, &batches, &applied).await?;
        check_rules(session, &broken_before).await?;
        let open_references = self.check_references(session, &ids).await?;
        let work = batches.iter().flat_map(|batch| &batch.work);
        let artifacts = work
            .zip(applied.into_iter().flatten())
            .map(|(work, applied)| installed(*work, applied))
            .collect();
        Ok(Outcome {
            artifacts,
            open_references,
        })
    }

    /// The ids that the plan chose: fresh ids must be those that were shown.
    fn bound_ids(&self) -> IdTable {
        let mut ids = IdTable::new(self.installed.elsewhere());
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

    /// The plan's steps with the package's artifacts, in install order, what the target cannot hold left out.
    fn batches(&self) -> Result<Vec<Batch<'a>>, ImportError> {
        let steps: HashMap<&str, &PlanStep> = self
            .plan
            .steps
            .iter()
            .map(|step| (step.source_id.as_str(), step))
            .collect();
        let mut batches: Vec<Batch<'a>> = Vec::new();
        for entry in self.package.manifest().artifacts_in_install_order() {
            let unplanned = |message: &str| ImportError::Package {
                artifact: entry.id.clone(),
                message: message.to_owned(),
            };
            let step = *steps
                .get(entry.id.as_str())
                .ok_or_else(|| unplanned("the plan says nothing about it"))?;
            if step.action == PlannedAction::Unsupported {
                continue;
            }
            let handler = self
                .handlers
                .get(entry.artifact_type)
                .ok_or_else(|| unplanned("no handler is responsible for its type"))?;
            match batches.last_mut() {
                Some(batch)
                    if batch.handler.name() == handler.name() && batch.work.len() < BATCH =>
                {
                    batch.work.push((entry, step));
                }
                _ => batches.push(Batch {
                    handler,
                    work: vec![(entry, step)],
                }),
            }
        }
        Ok(batches)
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
        batches: &[Batch<'_>],
    ) -> Result<Vec<Vec<Applied>>, ImportError> {
        self.observer.stage(Stage::Apply);
        let total = batches.iter().map(|batch| batch.work.len()).sum();
        let mut earlier = EarlierSteps::default();
        let mut applied = Vec::with_capacity(batches.len());
        let mut done = 0;
        for batch in batches {
            let context = self.context(ids, &earlier);
            applied.push(batch.handler.apply(session, &context, &batch.work).await?);
            for (_, step) in &batch.work {
                earlier.add(step);
            }
            done += batch.work.len();
            self.observer.step(done, total);
        }
        Ok(applied)
    }

    async fn verify(
        &self,
        session: &mut dyn TargetSession,
        ids: &IdTable,
        batches: &[Batch<'_>],
        applied: &[Vec<Applied>],
    ) -> Result<(), ImportError> {
        self.observer.stage(Stage::Verify);
        let total = batches.iter().map(|batch| batch.work.len()).sum();
        let earlier = EarlierSteps::default();
        let context = self.context(ids, &earlier);
        let mut done = 0;
        for (batch, applied) in batches.iter().zip(applied) {
            batch
                .handler
                .verify(session, &context, &batch.work, applied)
                .await?;
            done += batch.work.len();
            self.observer.step(done, total);
        }
        Ok(())
    }

    async fn check_references(
        &self,
        session: &mut dyn TargetSession,
        ids: &IdTable,
    ) -> Result<Vec<OpenReference>, ImportError> {
        let surroundings = Surroundings {
            scope: self.scope,
            package: self.package,
            target: self.target,
            handlers: self.handlers,
            ids,
        };
        let open = surroundings.open_references(session).await?;
        match open.first() {
            Some(reference) if !self.options.missing.is_allowed() => {
                Err(ImportError::PostCondition {
                    object: reference.source_id.clone(),
                    message: format!("its reference to '{}' points nowhere", reference.missing_id),
                })
            }
            _ => Ok(open),
        }
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
            Some(key) => format!(
                "{} row ({}): {}",
                violation.table,
                key.iter().map(shown).collect::<Vec<_>>().join(", "),
                violation.constraint
            ),
            None => format!("{}: {}", violation.table, violation.constraint),
        })
        .collect())
}

/// A value of a row's key as a person reads it.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Text(text) => format!("'{text}'"),
        Value::Blob(bytes) => format!("{} bytes", bytes.len()),
    }
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

fn installed((entry, step): Work<'_>, applied: Applied) -> InstalledArtifact {
    InstalledArtifact {
        artifact_type: entry.artifact_type,
        source_id: entry.id.clone(),
        target_id: step.target_id.clone(),
        name: entry.name.clone(),
        hash: entry.hash,
        base: applied.base,
    }
}
