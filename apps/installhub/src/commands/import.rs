//! `installhub import`.

use std::io::{IsTerminal, Write};

use installhub_bootstrap::Location;
use installhub_conflict_merge::Decisions;
use installhub_importing::ports::ImportTarget;
use installhub_importing::{
    ImportError, ImportOptions, ImportPlan, ImportReport, Package, Permit, PlannedAction,
};
use installhub_recovery::Retention;

use super::home::{self, OpenHome};
use super::observe::Bar;
use super::package_file::{self, limits};
use super::{description, plan_view, strategies};
use crate::cli::{GlobalArgs, ImportArgs, OutputFormat};
use crate::failure::{Failure, Outcome};
use crate::output;

pub(super) async fn run(global: &GlobalArgs, arguments: ImportArgs) -> Result<Outcome, Failure> {
    let location: Location = arguments.into.parse().map_err(|source| {
        Failure::from_error("InvalidTarget", &source).help("for example: --into sqlite:shop.db")
    })?;
    let retention = Retention::from_days(arguments.retention)
        .map_err(|source| Failure::from_error("InvalidRetention", &source))?;
    let options = options(&arguments)?;
    let format = arguments.output.format;
    let Some(reader) =
        package_file::read_valid(&arguments.file, &limits(&arguments.limits), format)?
    else {
        return Ok(Outcome::Findings);
    };
    let package = package_file::package(reader);
    let mut opened = home::open(global).await?;
    opened.home.set_retention(retention);
    let target = opened.home.target(&location);
    let run = Run {
        opened: &opened,
        package: &package,
        target: target.as_ref(),
        options: &options,
        arguments: &arguments,
    };
    run.execute().await
}

fn options(arguments: &ImportArgs) -> Result<ImportOptions, Failure> {
    Ok(ImportOptions {
        strategies: strategies::rules(arguments)?,
        decisions: strategies::decisions(arguments)?,
        major_upgrade: Permit::from(arguments.allow_major_upgrade),
        downgrade: Permit::from(arguments.allow_downgrade),
        missing: Permit::from(arguments.allow_missing),
        unsupported: Permit::from(arguments.skip_unsupported),
        platform_version: Some(description::platform_version()),
    })
}

struct Run<'a> {
    opened: &'a OpenHome,
    package: &'a Package,
    target: &'a dyn ImportTarget,
    options: &'a ImportOptions,
    arguments: &'a ImportArgs,
}

impl Run<'_> {
    async fn execute(&self) -> Result<Outcome, Failure> {
        let plan = self.plan().await?;
        self.write_open_decisions(&plan)?;
        if self.arguments.plan || !plan.is_ready() {
            return self.show_only(&plan);
        }
        if self.human() {
            plan_view::print(&plan)?;
        }
        if nothing_to_record(&plan) {
            return self.nothing_to_do(&plan);
        }
        if !self.confirmed()? {
            output::remark("nothing was done");
            return Ok(Outcome::Findings);
        }
        let report = self.import(&plan).await?;
        // The import is done whatever comes of this; the next one tries again.
        if let Err(error) = self.opened.home.sweep(&self.opened.scope).await {
            output::remark(&format!(
                "note: expired snapshots were not removed: {error}"
            ));
        }
        self.report(&plan, &report)
    }

    async fn plan(&self) -> Result<ImportPlan, Failure> {
        let importer = self.opened.home.importer();
        let planned = importer
            .plan(&self.opened.scope, self.package, self.target, self.options)
            .await;
        planned.map_err(|source| self.failed(&source))
    }

    async fn import(&self, plan: &ImportPlan) -> Result<ImportReport, Failure> {
        let bar = Bar::new();
        let importer = self.opened.home.importer();
        let scope = &self.opened.scope;
        let done = importer
            .import(scope, self.package, self.target, self.options, plan, &bar)
            .await;
        bar.finish();
        done.map_err(|source| self.failed(&source))
    }

    fn failed(&self, error: &ImportError) -> Failure {
        let failure = Failure::from_error("ImportFailed", error);
        match error {
            ImportError::Store(source) => self.opened.unusable(source),
            ImportError::PlanOutdated(_) => {
                failure.help("run the command again to see the new plan")
            }
            ImportError::Interrupted { .. } => {
                failure.help("installhub imports shows how it was settled")
            }
            _ => failure.help("nothing was changed"),
        }
    }

    fn human(&self) -> bool {
        self.arguments.output.format == OutputFormat::Human
    }

    fn show_only(&self, plan: &ImportPlan) -> Result<Outcome, Failure> {
        if self.human() {
            plan_view::print(plan)?;
            if !plan.is_ready() {
                output::line("nothing was done: decide the points above first")?;
            }
        } else {
            output::json(&serde_json::json!({
                "outcome": if plan.is_ready() { "planned" } else { "blocked" },
                "summary": plan.summary(),
                "plan": plan,
            }))?;
        }
        Ok(if plan.is_ready() {
            Outcome::Done
        } else {
            Outcome::Findings
        })
    }

    fn nothing_to_do(&self, plan: &ImportPlan) -> Result<Outcome, Failure> {
        if self.human() {
            output::line("nothing to do: the target stays as it is")?;
        } else {
            output::json(
                &serde_json::json!({ "outcome": "unchanged", "summary": plan.summary(), "plan": plan }),
            )?;
        }
        Ok(Outcome::Done)
    }

    fn report(&self, plan: &ImportPlan, report: &ImportReport) -> Result<Outcome, Failure> {
        if self.human() {
            output::line(&format!("done: import {}", report.record.id))?;
            output::line(&format!(
                "to go back: installhub rollback {}",
                report.record.id
            ))?;
        } else {
            output::json(&serde_json::json!({
                "outcome": "imported",
                "id": report.record.id.to_string(),
                "state": report.record.state.as_str(),
                "summary": plan.summary(),
                "snapshot": report.snapshot,
                "plan": plan,
            }))?;
        }
        Ok(Outcome::Done)
    }

    /// Asks, where there is somebody to ask.
    fn confirmed(&self) -> Result<bool, Failure> {
        if self.arguments.yes {
            return Ok(true);
        }
        if !std::io::stdin().is_terminal() || !self.human() {
            return Err(Failure::new(
                "NotConfirmed",
                "the import waits for a go, and there is nobody to ask",
            )
            .help("look at the plan with --plan, and go ahead with --yes"));
        }
        let failed = |source| Failure::new("NotConfirmed", "cannot ask for a go").because(&source);
        let mut err = std::io::stderr();
        write!(err, "Go ahead? [y/N] ")
            .and_then(|()| err.flush())
            .map_err(failed)?;
        let mut answer = String::new();
        std::io::stdin().read_line(&mut answer).map_err(failed)?;
        Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
    }

    fn write_open_decisions(&self, plan: &ImportPlan) -> Result<(), Failure> {
        let Some(path) = &self.arguments.write_decisions else {
            return Ok(());
        };
        let mut decisions = self.options.decisions.clone();
        for step in &plan.steps {
            decisions.add_undecided(&step.source_id, &step.clashes);
        }
        if decisions == Decisions::none() {
            output::remark("no field waits for a decision; no file was written");
            return Ok(());
        }
        let mut file = super::written_file::WrittenFile::create(path)?;
        file.handle()
            .write_all(&decisions.to_bytes())
            .map_err(|source| super::written_file::cannot_write(path, &source))?;
        file.finish()
    }
}

/// Whether an import would leave the target and the list of what is installed as they are. A version that is not recorded
/// yet is imported even if the target has all of it already; one of which the target can hold nothing is not.
fn nothing_to_record(plan: &ImportPlan) -> bool {
    let nothing_fits = plan
        .steps
        .iter()
        .all(|step| step.action == PlannedAction::Unsupported);
    let recorded = plan.installed_version.as_ref() == Some(&plan.package.version);
    nothing_fits || (recorded && !plan.changes_anything())
}
