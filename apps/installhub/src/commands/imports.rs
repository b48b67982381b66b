//! `installhub imports`.

use installhub_importing::ports::{ImportRecord, InstallationRecord, Transition};
use serde::Serialize;

use super::home::{self, OpenHome};
use crate::cli::{GlobalArgs, ImportsArgs, OutputFormat};
use crate::failure::{Failure, Outcome};
use crate::output;

/// An import as programs see it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ImportView {
    id: String,
    package_name: String,
    package_version: String,
    package_id: String,
    target: String,
    state: &'static str,
    actor: String,
    created_at: String,
    updated_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    snapshot: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Detail {
    #[serde(flatten)]
    import: ImportView,
    transitions: Vec<Transition>,
    #[serde(skip_serializing_if = "Option::is_none")]
    installation: Option<InstallationRecord>,
}

impl From<&ImportRecord> for ImportView {
    fn from(record: &ImportRecord) -> Self {
        Self {
            id: record.id.to_string(),
            package_name: record.package_name.clone(),
            package_version: record.package_version.to_string(),
            package_id: record.package_id.clone(),
            target: record.target.clone(),
            state: record.state.as_str(),
            actor: record.actor.to_string(),
            created_at: instant(record.created_at),
            updated_at: instant(record.updated_at),
            snapshot: record.snapshot.map(|id| id.to_string()),
            error: record.error.clone(),
        }
    }
}

fn instant(at: chrono::DateTime<chrono::Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

pub(super) async fn run(global: &GlobalArgs, arguments: &ImportsArgs) -> Result<Outcome, Failure> {
    let opened = home::open(global).await?;
    match &arguments.id {
        Some(typed) => show(&opened, typed, arguments.output.format).await?,
        None => list(&opened, arguments.output.format).await?,
    }
    Ok(Outcome::Done)
}

async fn list(opened: &OpenHome, format: OutputFormat) -> Result<(), Failure> {
    let records = opened.records().await?;
    match format {
        OutputFormat::Json => {
            let items: Vec<ImportView> = records.iter().map(ImportView::from).collect();
            output::json(&serde_json::json!({ "items": items }))
        }
        OutputFormat::Human if records.is_empty() => output::line("nothing has been imported yet"),
        OutputFormat::Human => {
            for record in &records {
                output::line(&format!(
                    "{}  {:<10}  {}  {} {} → {}",
                    record.id,
                    record.state.as_str(),
                    record.created_at.format("%Y-%m-%d %H:%M"),
                    record.package_name,
                    record.package_version,
                    record.target
                ))?;
            }
            Ok(())
        }
    }
}

async fn show(opened: &OpenHome, typed: &str, format: OutputFormat) -> Result<(), Failure> {
    let id = opened.import_id(typed).await?;
    let failed = |source| Failure::from_error("CannotReadHome", &source);
    let mut unit = opened
        .home
        .importer()
        .units
        .read(&opened.scope)
        .await
        .map_err(failed)?;
    let record = unit
        .imports()
        .find(&opened.scope, id)
        .await
        .map_err(failed)?
        .ok_or_else(|| {
            Failure::new("UnknownImport", format!("there is no import {id}"))
                .help("installhub imports lists all imports with their ids")
        })?;
    let transitions = unit
        .imports()
        .transitions(&opened.scope, id)
        .await
        .map_err(failed)?;
    let installation = unit
        .installations()
        .of_import(&opened.scope, id)
        .await
        .map_err(failed)?;
    match format {
        OutputFormat::Json => output::json(&Detail {
            import: ImportView::from(&record),
            transitions,
            installation,
        }),
        OutputFormat::Human => print_human(&record, &transitions, installation.as_ref()),
    }
}

fn print_human(
    record: &ImportRecord,
    transitions: &[Transition],
    installation: Option<&InstallationRecord>,
) -> Result<(), Failure> {
    output::line(&output::strong(&format!(
        "{} {} → {}",
        record.package_name, record.package_version, record.target
    )))?;
    output::line(&format!("  import    {}", record.id))?;
    output::line(&format!("  state     {}", record.state))?;
    output::line(&format!("  by        {}", record.actor))?;
    if let Some(error) = &record.error {
        output::line(&format!("  error     {error}"))?;
    }
    for transition in transitions {
        let note = transition
            .note
            .as_ref()
            .map_or_else(String::new, |note| format!("  ({note})"));
        output::line(&format!(
            "  {}  {}{note}",
            instant(transition.at),
            transition.to
        ))?;
    }
    if let Some(installation) = installation {
        output::line(&format!(
            "  installed {} artifacts",
            installation.artifacts.len()
        ))?;
        for open in &installation.open_references {
            output::line(&format!(
                "  open: {} refers at {} to {}",
                open.source_id, open.pointer, open.missing_id
            ))?;
        }
    }
    Ok(())
}
