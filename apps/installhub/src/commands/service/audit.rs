//! `installhub audit`.

use std::collections::BTreeMap;
use std::io::Write as _;

use futures::TryStreamExt as _;
use installhub_auditing::{ExportRange, Verdict, Verification};
use installhub_bootstrap::Service;
use installhub_kernel::{PlatformScope, TenantId};
use serde_json::{Value, json};

use super::opened;
use crate::cli::{
    AuditArgs, AuditCheckpointArgs, AuditCommand, AuditExportArgs, AuditKeyArgs, AuditVerifyArgs,
    GlobalArgs, OutputFormat,
};
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
        AuditCommand::Key(arguments) => key(global, arguments),
    }
}

async fn verify(global: &GlobalArgs, arguments: &AuditVerifyArgs) -> Result<Outcome, Failure> {
    if let Some(file) = &arguments.file {
        return super::audit_file::verify(file, &arguments.key, arguments.output.format);
    }
    let service = opened::open(global, &arguments.settings)?;
    let across = opened::across()?;
    let mut tenants = chains(&service, &across).await?;
    if let Some(id) = arguments.tenant {
        let (tenant, name) = named(tenants, TenantId::from_uuid(id))?;
        tenants = BTreeMap::from([(tenant, name)]);
    }
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

/// The chain that was asked for. One that nobody has would be intact, and an export would begin it.
fn named(
    mut chains: BTreeMap<TenantId, String>,
    tenant: TenantId,
) -> Result<(TenantId, String), Failure> {
    chains.remove_entry(&tenant).ok_or_else(|| {
        Failure::new("NotFound", format!("there is no tenant {tenant}"))
            .help("installhub audit verify lists every tenant")
    })
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

async fn export(global: &GlobalArgs, arguments: &AuditExportArgs) -> Result<Outcome, Failure> {
    let service = opened::open(global, &arguments.settings)?;
    let across = opened::across()?;
    let tenant = arguments
        .tenant
        .map_or(TenantId::LOCAL, TenantId::from_uuid);
    let (tenant, _) = named(chains(&service, &across).await?, tenant)?;
    let failed = |error| Failure::from_error("CannotExport", &error);
    let range = ExportRange {
        from: None,
        to: None,
    };
    let mut file = WrittenFile::create(&arguments.output)?;
    let mut pieces = service
        .audit
        .export_scope(&across.of_tenant(tenant), range)
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
        .checkpoint_all(&opened::across()?)
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

fn key(global: &GlobalArgs, arguments: &AuditKeyArgs) -> Result<Outcome, Failure> {
    let service = opened::open(global, &arguments.settings)?;
    let signer = service.audit.signer.as_ref().ok_or_else(|| {
        Failure::new(
            "InvalidConfiguration",
            "there is no key to sign the audit log with",
        )
    })?;
    output::line(signer.verifying_key().to_public_key_pem().trim_end())?;
    Ok(Outcome::Done)
}
