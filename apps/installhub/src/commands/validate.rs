//! `installhub validate`.

use std::collections::BTreeMap;
use std::path::Path;

use installhub_manifest::{Block, Diagnostic, Warning, check_package_dependencies, check_platform};
use installhub_package_format::{Limits, Report, validate};
use semver::Version;
use serde::Serialize;

use super::package_file::{self, limits};
use crate::cli::{OutputFormat, ValidateArgs};
use crate::failure::{Failure, Outcome};
use crate::output;

/// One line of JSON for one file.
#[derive(Serialize)]
struct Verdict<'a> {
    file: String,
    valid: bool,
    errors: &'a [Diagnostic],
    /// How many there are; more than are listed when there are very many.
    total: usize,
    warnings: Vec<Warning>,
    blocks: Vec<Block>,
}

pub(super) fn run(arguments: &ValidateArgs) -> Result<Outcome, Failure> {
    let installed = super::installed::parse(&arguments.installed)?;
    let limits = limits(&arguments.limits);
    let mut outcome = Outcome::Done;
    let mut unreadable = None;
    for path in &arguments.files {
        match judge(path, &limits) {
            Ok(report) => {
                if !report.is_valid() {
                    outcome = Outcome::Findings;
                }
                print(arguments, path, &report, &installed)?;
            }
            // The other files are judged all the same.
            Err(failure) => {
                if let Some(earlier) = unreadable.replace(failure) {
                    let earlier: Failure = earlier;
                    earlier.print(arguments.output.format);
                }
            }
        }
    }
    match unreadable {
        Some(failure) => Err(failure),
        None => Ok(outcome),
    }
}

fn judge(path: &Path, limits: &Limits) -> Result<Report, Failure> {
    let file = package_file::open(path)?;
    validate(&file, limits).map_err(|source| package_file::unreadable(path, &source))
}

fn print(
    arguments: &ValidateArgs,
    path: &Path,
    report: &Report,
    installed: &BTreeMap<String, Version>,
) -> Result<(), Failure> {
    let mut warnings = report.warnings.clone();
    let mut blocks = Vec::new();
    if let Some(manifest) = &report.manifest {
        warnings.extend(
            arguments
                .target_platform
                .as_ref()
                .and_then(|target| check_platform(manifest, target)),
        );
        blocks = check_package_dependencies(manifest, installed);
    }
    match arguments.output.format {
        OutputFormat::Json => output::json(&Verdict {
            file: path.display().to_string(),
            valid: report.is_valid(),
            errors: &report.diagnostics,
            total: report.total,
            warnings,
            blocks,
        }),
        OutputFormat::Human => print_human(path, report, &warnings, &blocks),
    }
}

fn print_human(
    path: &Path,
    report: &Report,
    warnings: &[Warning],
    blocks: &[Block],
) -> Result<(), Failure> {
    use anstyle::AnsiColor::{Green, Red, Yellow};
    if report.is_valid() {
        let what = report
            .manifest
            .as_ref()
            .map_or_else(String::new, |manifest| {
                format!(
                    ": {} {}, {} artifacts",
                    manifest.name,
                    manifest.version,
                    manifest.artifacts.len()
                )
            });
        output::line(&format!(
            "{} {}{what}",
            output::colored(Green, "valid  "),
            path.display()
        ))?;
    } else {
        let findings = if report.total == 1 {
            "1 finding".to_owned()
        } else {
            format!("{} findings", report.total)
        };
        output::line(&format!(
            "{} {}: {findings}",
            output::colored(Red, "invalid"),
            path.display()
        ))?;
    }
    for found in &report.diagnostics {
        output::line(&format!(
            "  {} {}: {}",
            found.layer.as_str(),
            found.code.as_str(),
            found.message
        ))?;
    }
    if report.total > report.diagnostics.len() {
        output::line(&format!(
            "  … and {} more",
            report.total - report.diagnostics.len()
        ))?;
    }
    for remark in warnings {
        output::line(&format!(
            "  {} {}: {}",
            output::colored(Yellow, "warning"),
            remark.code,
            remark.message
        ))?;
    }
    for remark in blocks {
        output::line(&format!(
            "  {} {}: {}",
            output::colored(Yellow, "blocks import"),
            remark.code,
            remark.message
        ))?;
    }
    Ok(())
}
