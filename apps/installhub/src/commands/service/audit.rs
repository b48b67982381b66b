//! `installhub audit`.

use std::collections::BTreeMap;
use std::io::Write as _;

use futures::TryStreamExt as _;
use installhub_auditing::{ExportRange, Verdict, Verification};
use installhub_bootstrap::Service;
use installhub_kernel::{ActorKind, PlatformScope, TenantId};
use serde_json::{Value, json};

use super::opened;
use crate::cli::{
    AuditArgs, AuditCheckpointArgs, AuditCommand, AuditExportArgs, AuditVerifyArgs, GlobalArgs,
    OutputFormat,
};
use crate::commands::description::session_actor;
use crate::commands::written_file::WrittenFile;
use crate::failure::{Failure, Outcome};
use crate::output;

pub(in crate::commands) async fn run(
    global: &GlobalArgs,
    arguments: &AuditArgs,
) -> Result<Outcome, Failure> {
    match &arguments.command {
        AuditCommand::Verify(arguments) => verify(global, arguments).await,
        AuditCommand::Export(arguments) => export(global, arguments).await,
        AuditCommand::Checkpoint(arguments) => checkpoint(global, arguments).await,
    }
}

/// Whoever can read the database may look at all of it.
fn across() -> Result<PlatformScope, Failure> {
    Ok(PlatformScope::acting(
        session_actor()?,
        ActorKind::CommandLine,
        None,
    ))
}

async fn verify(global: &GlobalArgs, arguments: &AuditVerifyArgs) -> Result<Outcome, Failure> {
    if let Some(file) = &arguments.file {
        return verify_file(file, arguments.output.format);
    }
    let service = opened::open(global, &arguments.settings)?;
    let across = across()?;
    let tenants = match arguments.tenant {
        Some(id) => BTreeMap::from([(TenantId::from_uuid(id), String::new())]),
        None => chains(&service, &across).await?,
    };
    let mut outcome = Outcome::Done;
    let mut shown = Vec::new();
    for (tenant, name) in tenants {
        let found = service
            .audit
            .verify_scope(&across.of_tenant(tenant))
            .await
            .map_err(|error| Failure::from_error("DatabaseUnavailable", &error))?;
        if found.verdict != Verdict::Intact {
            outcome = Outcome::Findings;
        }
        match arguments.output.format {
            OutputFormat::Json => shown.push(as_json(&found)),
            OutputFormat::Human => print_human(&name, &found)?,
        }
    }
    if arguments.output.format == OutputFormat::Json {
        output::json(&json!({ "chains": shown }))?;
    }
    Ok(outcome)
}

/// The chains there are: the platform's and that of every tenant.
async fn chains(
    service: &Service,
    across: &PlatformScope,
) -> Result<BTreeMap<TenantId, String>, Failure> {
    let mut chains = BTreeMap::from([(TenantId::PLATFORM, "the platform".to_owned())]);
    for tenant in service
        .tenants(across)
        .await
        .map_err(|error| opened::unusable(&error))?
    {
        chains.insert(tenant.id, tenant.name);
    }
    Ok(chains)
}

fn verdict(found: &Verification) -> (&'static str, Option<String>) {
    match &found.verdict {
        Verdict::Intact => ("intact", None),
        Verdict::FirstBad(bad) => ("broken", Some(bad.to_string())),
        Verdict::BadCheckpoint(error) => ("forgedCheckpoint", Some(error.to_string())),
    }
}

fn as_json(found: &Verification) -> Value {
    let (verdict, finding) = verdict(found);
    json!({
        "tenant": found.tenant,
        "verdict": verdict,
        "finding": finding,
        "events": found.events,
        "checkpoints": found.checkpoints,
        "unknownKeys": found.unknown_keys,
        "head": { "sequence": found.last.sequence, "hash": found.last.hash },
    })
}

fn print_human(name: &str, found: &Verification) -> Result<(), Failure> {
    let (verdict, finding) = verdict(found);
    output::line(&format!(
        "{:<9} {} {name}: {} events, {} checkpoints",
        verdict, found.tenant, found.events, found.checkpoints
    ))?;
    match finding {
        Some(finding) => output::line(&format!("          {finding}")),
        None => Ok(()),
    }
}

fn verify_file(file: &std::path::Path, format: OutputFormat) -> Result<Outcome, Failure> {
    let opened = std::fs::File::open(file).map_err(|source| {
        Failure::new("CannotRead", format!("cannot read {}", file.display())).because(&source)
    })?;
    let verified = installhub_audit_chain::verify_export(std::io::BufReader::new(opened), &[]);
    match (verified, format) {
        (Ok(found), OutputFormat::Json) => {
            output::json(&json!({ "verdict": "intact", "events": found.last.sequence }))?;
            Ok(Outcome::Done)
        }
        (Ok(found), OutputFormat::Human) => {
            output::line(&format!("intact    {} events", found.last.sequence))?;
            Ok(Outcome::Done)
        }
        (Err(error), OutputFormat::Json) => {
            output::json(&json!({ "verdict": "broken", "finding": error.to_string() }))?;
            Ok(Outcome::Findings)
        }
        (Err(error), OutputFormat::Human) => {
            output::line(&format!("broken    {error}"))?;
            Ok(Outcome::Findings)
        }
    }
}

async fn export(global: &GlobalArgs, arguments: &AuditExportArgs) -> Result<Outcome, Failure> {
    let service = opened::open(global, &arguments.settings)?;
    let tenant = arguments
        .tenant
        .map_or(TenantId::LOCAL, TenantId::from_uuid);
    let failed = |error| Failure::from_error("CannotExport", &error);
    let range = ExportRange {
        from: None,
        to: None,
    };
    let mut file = WrittenFile::create(&arguments.output)?;
    let mut pieces = service
        .audit
        .export_scope(&across()?.of_tenant(tenant), range)
        .await
        .map_err(failed)?;
    let mut bytes = 0;
    while let Some(piece) = pieces.try_next().await.map_err(failed)? {
        file.handle().write_all(&piece).map_err(|source| {
            crate::commands::written_file::cannot_write(&arguments.output, &source)
        })?;
        bytes += piece.len() as u64;
    }
    file.finish()?;
    output::line(&format!(
        "{}: {}",
        arguments.output.display(),
        output::human_bytes(bytes)
    ))?;
    Ok(Outcome::Done)
}

async fn checkpoint(
    global: &GlobalArgs,
    arguments: &AuditCheckpointArgs,
) -> Result<Outcome, Failure> {
    let service = opened::open(global, &arguments.settings)?;
    let run = service
        .audit
        .checkpoint_all(&across()?)
        .await
        .map_err(|error| Failure::from_error("CannotSign", &error))?;
    output::line(&format!("{} chains signed", run.signed))?;
    for (tenant, error) in &run.failed {
        output::line(&format!("not signed: {tenant}: {error}"))?;
    }
    Ok(if run.failed.is_empty() {
        Outcome::Done
    } else {
        Outcome::Findings
    })
}
