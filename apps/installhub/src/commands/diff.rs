//! `installhub diff`.

use std::collections::BTreeMap;

use installhub_conflict_merge::{FieldChange, change_lines, diff};
use installhub_manifest::ArtifactEntry;
use installhub_package_format::Limits;
use serde::Serialize;

use super::package_file::{self, FileReader};
use crate::cli::{DiffArgs, OutputFormat};
use crate::failure::{Failure, Outcome};
use crate::output;

/// Characters of a value that are shown to people.
const SHOWN: usize = 100;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Differences {
    old: String,
    new: String,
    /// The part of the version that should rise at least: `major`, `minor`, `patch` or `none`.
    suggested_bump: &'static str,
    added: Vec<Named>,
    removed: Vec<Named>,
    changed: Vec<Changed>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Named {
    #[serde(rename = "type")]
    artifact_type: &'static str,
    id: String,
    name: String,
}

#[derive(Serialize)]
struct Changed {
    #[serde(flatten)]
    artifact: Named,
    /// Empty for rows, which are compared by digest alone.
    changes: Vec<FieldChange>,
}

pub(super) fn run(arguments: &DiffArgs) -> Result<Outcome, Failure> {
    let format = arguments.output.format;
    let limits = Limits::default();
    let (Some(old), Some(new)) = (
        package_file::read_valid(&arguments.old, &limits, format)?,
        package_file::read_valid(&arguments.new, &limits, format)?,
    ) else {
        return Err(Failure::new(
            "ValidationFailed",
            "only valid packages can be compared",
        ));
    };
    let differences = compare(&old, &new)?;
    let equal = differences.added.is_empty()
        && differences.removed.is_empty()
        && differences.changed.is_empty();
    match format {
        OutputFormat::Json => output::json(&differences)?,
        OutputFormat::Human => print_human(&differences)?,
    }
    Ok(if equal {
        Outcome::Done
    } else {
        Outcome::Findings
    })
}

fn compare(old: &FileReader, new: &FileReader) -> Result<Differences, Failure> {
    let title =
        |reader: &FileReader| format!("{} {}", reader.manifest().name, reader.manifest().version);
    let before = by_id(old);
    let after = by_id(new);
    let mut differences = Differences {
        old: title(old),
        new: title(new),
        suggested_bump: "none",
        added: after
            .values()
            .filter(|entry| !before.contains_key(entry.id.as_str()))
            .map(|entry| named(entry))
            .collect(),
        removed: before
            .values()
            .filter(|entry| !after.contains_key(entry.id.as_str()))
            .map(|entry| named(entry))
            .collect(),
        changed: Vec::new(),
    };
    for (id, entry) in &after {
        if let Some(earlier) = before.get(id).filter(|earlier| earlier.hash != entry.hash) {
            let changes = field_changes(old, new, earlier, entry)?;
            differences.changed.push(Changed {
                artifact: named(entry),
                changes,
            });
        }
    }
    differences.suggested_bump = bump(&differences, &before, &after);
    Ok(differences)
}

fn field_changes(
    old: &FileReader,
    new: &FileReader,
    before: &ArtifactEntry,
    after: &ArtifactEntry,
) -> Result<Vec<FieldChange>, Failure> {
    let spec = after.artifact_type.spec();
    if spec.extension == "ndjson" || before.artifact_type != after.artifact_type {
        return Ok(Vec::new());
    }
    let read = |reader: &FileReader, id: &str| {
        reader
            .read_document(id)
            .map_err(|source| Failure::from_error("CannotRead", &source))
    };
    Ok(diff(spec, &read(old, &before.id)?, &read(new, &after.id)?))
}

/// Removed or retyped is breaking, added is a feature, anything else is a fix (export, Versions and lifecycle).
fn bump(
    differences: &Differences,
    before: &BTreeMap<&str, &ArtifactEntry>,
    after: &BTreeMap<&str, &ArtifactEntry>,
) -> &'static str {
    let retyped = after.iter().any(|(id, entry)| {
        before
            .get(id)
            .is_some_and(|earlier| earlier.artifact_type != entry.artifact_type)
    });
    let breaking = |change: &FieldChange| {
        let gone = change.new.is_none() && change.old.is_some();
        let retyped = match (&change.old, &change.new) {
            (Some(old), Some(new)) => std::mem::discriminant(old) != std::mem::discriminant(new),
            _ => false,
        };
        gone || retyped
    };
    let mut changes = differences
        .changed
        .iter()
        .flat_map(|changed| &changed.changes);
    let added = |change: &FieldChange| change.old.is_none() && change.new.is_some();
    if retyped || !differences.removed.is_empty() || changes.clone().any(breaking) {
        "major"
    } else if !differences.added.is_empty() || changes.any(added) {
        "minor"
    } else if differences.changed.is_empty() {
        "none"
    } else {
        "patch"
    }
}

fn by_id(reader: &FileReader) -> BTreeMap<&str, &ArtifactEntry> {
    reader
        .manifest()
        .artifacts
        .iter()
        .map(|entry| (entry.id.as_str(), entry))
        .collect()
}

fn named(entry: &ArtifactEntry) -> Named {
    Named {
        artifact_type: entry.artifact_type.as_str(),
        id: entry.id.clone(),
        name: entry.name.clone(),
    }
}

fn print_human(differences: &Differences) -> Result<(), Failure> {
    use anstyle::AnsiColor::{Green, Red, Yellow};
    output::line(&output::strong(&format!(
        "{} → {}",
        differences.old, differences.new
    )))?;
    let artifact = |artifact: &Named| {
        format!(
            "{} {} ({})",
            artifact.artifact_type, artifact.id, artifact.name
        )
    };
    for removed in &differences.removed {
        output::line(&format!(
            "{} {}",
            output::colored(Red, "-"),
            artifact(removed)
        ))?;
    }
    for added in &differences.added {
        output::line(&format!(
            "{} {}",
            output::colored(Green, "+"),
            artifact(added)
        ))?;
    }
    for changed in &differences.changed {
        output::line(&format!(
            "{} {}",
            output::colored(Yellow, "~"),
            artifact(&changed.artifact)
        ))?;
        for line in change_lines(&changed.changes, SHOWN) {
            output::line(&format!("    {line}"))?;
        }
    }
    match differences.suggested_bump {
        "none" => output::line("no artifact differs"),
        bump => output::line(&format!("suggested version change: {bump}")),
    }
}
