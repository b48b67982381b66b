//! `installhub inspect`.

use std::collections::BTreeMap;

use installhub_manifest::Manifest;
use installhub_package_format::Limits;

use super::package_file;
use crate::cli::{InspectArgs, OutputFormat};
use crate::failure::{Failure, Outcome};
use crate::output;

pub(super) fn run(arguments: &InspectArgs) -> Result<Outcome, Failure> {
    let format = arguments.output.format;
    let Some(reader) = package_file::read_valid(&arguments.file, &Limits::default(), format)?
    else {
        return Ok(Outcome::Findings);
    };
    match format {
        // The manifest is the description of the package; programs get it as it is.
        OutputFormat::Json => {
            let manifest: serde_json::Value = serde_json::from_slice(reader.manifest_bytes())
                .map_err(|source| Failure::from_error("CannotRead", &source))?;
            output::json(&manifest)?;
        }
        OutputFormat::Human => print_human(reader.manifest())?,
    }
    Ok(Outcome::Done)
}

fn print_human(manifest: &Manifest) -> Result<(), Failure> {
    output::line(&output::strong(&format!(
        "{} {}",
        manifest.name, manifest.version
    )))?;
    let fact = |label: &str, value: Option<String>| match value {
        Some(value) => output::line(&format!("  {label:<14} {value}")),
        None => Ok(()),
    };
    fact("type", Some(manifest.package_type.to_string()))?;
    fact("description", manifest.description.clone())?;
    fact("author", manifest.author.clone())?;
    fact("license", manifest.license.clone())?;
    fact(
        "tags",
        (!manifest.tags.is_empty()).then(|| manifest.tags.join(", ")),
    )?;
    fact("package id", Some(manifest.package_id.to_string()))?;
    fact("exported", Some(exported(manifest)))?;
    fact(
        "platform",
        manifest.platform_version.as_ref().map(ToString::to_string),
    )?;
    fact("checksum", Some(manifest.checksum.to_string()))?;
    for needed in &manifest.package_dependencies {
        let from = needed
            .min_version
            .as_ref()
            .map_or_else(String::new, |version| format!(" from {version}"));
        let below = needed
            .max_version
            .as_ref()
            .map_or_else(String::new, |version| format!(" below {version}"));
        fact(
            "requires",
            Some(format!("{}{from}{below}", needed.package_name)),
        )?;
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in &manifest.artifacts {
        *counts.entry(entry.artifact_type.as_str()).or_default() += 1;
    }
    let counts: Vec<String> = counts
        .iter()
        .map(|(name, count)| format!("{count} {name}"))
        .collect();
    fact("artifacts", Some(counts.join(", ")))?;
    output::line("")?;
    for entry in manifest.artifacts_in_install_order() {
        output::line(&format!(
            "  {:<18} {:<40} {:<10} {}",
            entry.artifact_type.as_str(),
            entry.id,
            entry.version,
            entry.name
        ))?;
    }
    Ok(())
}

fn exported(manifest: &Manifest) -> String {
    let at = manifest
        .exported_at
        .to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    match &manifest.exported_by {
        Some(by) => format!("{at} by {by}"),
        None => at,
    }
}
