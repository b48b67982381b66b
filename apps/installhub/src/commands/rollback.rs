//! `installhub rollback`.

use installhub_importing::{ImportError, Permit};

use super::home;
use crate::cli::{GlobalArgs, OutputFormat, RollbackArgs};
use crate::failure::{Failure, Outcome};
use crate::output;

pub(super) async fn run(global: &GlobalArgs, arguments: &RollbackArgs) -> Result<Outcome, Failure> {
    let opened = home::open(global).await?;
    let format = arguments.output.format;
    let id = opened.import_id(&arguments.id).await?;
    let target = opened
        .home
        .target_of_import(&opened.scope, id)
        .await
        .map_err(|source| Failure::from_error("CannotRollBack", &source))?;
    let force = Permit::from(arguments.force);
    let report = match opened
        .home
        .importer()
        .rollback(&opened.scope, id, target.as_ref(), force)
        .await
    {
        Ok(report) => report,
        Err(ImportError::Store(source)) => return Err(opened.unusable(&source)),
        Err(ImportError::WouldLose(lost)) => return would_lose(&lost, &arguments.id, format),
        Err(source) => return Err(Failure::from_error("CannotRollBack", &source)),
    };
    match format {
        OutputFormat::Json => output::json(&serde_json::json!({
            "id": id.to_string(),
            "state": report.record.state.as_str(),
            "target": report.record.target,
            "lost": report.lost,
            "undone": report.undone.iter().map(ToString::to_string).collect::<Vec<_>>(),
        }))?,
        OutputFormat::Human => {
            output::line(&format!(
                "{} is back to where it was before {} {} was imported",
                report.record.target, report.record.package_name, report.record.package_version
            ))?;
            for lost in &report.lost {
                output::line(&format!("  lost: {lost}"))?;
            }
        }
    }
    Ok(Outcome::Done)
}

fn would_lose(lost: &[String], typed: &str, format: OutputFormat) -> Result<Outcome, Failure> {
    match format {
        OutputFormat::Json => output::json(&serde_json::json!({
            "error": "WouldLose",
            "message": "the target has changed since the import; rolling back would lose that",
            "lost": lost,
        }))?,
        OutputFormat::Human => {
            output::line("The target has changed since the import. Rolling back would lose:")?;
            for change in lost {
                output::line(&format!("  {change}"))?;
            }
            output::line(&format!(
                "Nothing was done. To go back all the same: installhub rollback {typed} --force"
            ))?;
        }
    }
    Ok(Outcome::Findings)
}
