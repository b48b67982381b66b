//! A plan for people.

use std::collections::{BTreeMap, BTreeSet};

use installhub_conflict_merge::{change_lines, clash_lines};
use installhub_importing::ports::RowChanges;
use installhub_importing::{ImportPlan, PlanBlock, PlanStep, PlannedAction};

use crate::failure::Failure;
use crate::output;

/// Remarks of one code that are shown one by one.
const LISTED: usize = 10;
/// Characters of a value that are shown.
const SHOWN: usize = 100;

/// Prints the whole plan.
pub(super) fn print(plan: &ImportPlan) -> Result<(), Failure> {
    output::line(&output::strong(&format!(
        "{} {} → {}",
        plan.package.name, plan.package.version, plan.target.display_name
    )))?;
    if let Some(installed) = &plan.installed_version {
        output::line(&format!("  installed there now: {installed}"))?;
    }
    for step in &plan.steps {
        if step.action != PlannedAction::NoChange {
            print_step(step)?;
        }
    }
    output::line(&format!("  {}", summary(plan)))?;
    print_remarks(&plan.warnings, anstyle::AnsiColor::Yellow, "warning")?;
    print_remarks(&plan.blocks, anstyle::AnsiColor::Red, "blocked")?;
    let codes: BTreeSet<&str> = plan
        .blocks
        .iter()
        .map(|block| block.code.as_str())
        .collect();
    for help in codes.into_iter().filter_map(way_on) {
        output::line(&format!("  {help}"))?;
    }
    Ok(())
}

/// Prints the first few remarks of each code, and counts the others.
fn print_remarks(
    remarks: &[PlanBlock],
    color: anstyle::AnsiColor,
    word: &str,
) -> Result<(), Failure> {
    let mut by_code: BTreeMap<&str, Vec<&PlanBlock>> = BTreeMap::new();
    for found in remarks {
        by_code.entry(&found.code).or_default().push(found);
    }
    let word = output::colored(color, word);
    for (code, found) in by_code {
        for one in found.iter().take(LISTED) {
            output::line(&format!("{word} {}", remark(one)))?;
        }
        if found.len() > LISTED {
            output::line(&format!("{word} {code}: and {} more", found.len() - LISTED))?;
        }
    }
    Ok(())
}

/// What to do about blocks of a code.
fn way_on(code: &str) -> Option<&'static str> {
    Some(match code {
        "DecisionMissing" => {
            "choose --strategy merge, overwrite or skip; --strategy-for makes exceptions"
        }
        "MergeClash" => {
            "decide the fields with --decisions FILE (--write-decisions FILE writes one to fill in), or \
             choose --fallback overwrite or skip"
        }
        "MissingDependency" => {
            "import what is missing first, or leave the references open with --allow-missing"
        }
        "UnsupportedByTarget" => {
            "choose another target with --into, or leave such artifacts out with --skip-unsupported"
        }
        "MajorVersionUpgrade" => "go on with --allow-major-upgrade",
        "VersionDowngrade" => "go on with --allow-downgrade",
        "MissingPackageDependency" | "IncompatiblePackageDependency" => {
            "import the packages it requires first"
        }
        _ => return None,
    })
}

/// The steps counted, in words.
pub(super) fn summary(plan: &ImportPlan) -> String {
    let counts = plan.summary();
    let words = [
        (counts.create, "to create"),
        (counts.update, "to overwrite"),
        (counts.merge, "to merge"),
        (counts.skip, "to skip"),
        (counts.no_change, "without change"),
        (counts.undecided, "undecided"),
        (counts.unsupported, "not supported by the target"),
    ];
    let words: Vec<String> = words
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    words.join(", ")
}

fn remark(block: &PlanBlock) -> String {
    match &block.artifact {
        Some(artifact) => format!("{} ({artifact}): {}", block.code, block.message),
        None => format!("{}: {}", block.code, block.message),
    }
}

fn print_step(step: &PlanStep) -> Result<(), Failure> {
    use anstyle::AnsiColor::{Blue, Green, Red, Yellow};
    let (color, word) = match step.action {
        PlannedAction::Create => (Green, "create"),
        PlannedAction::Update => (Yellow, "overwrite"),
        PlannedAction::Merge => (Blue, "merge"),
        PlannedAction::Skip => (Blue, "skip"),
        PlannedAction::NoChange => (Blue, "no change"),
        PlannedAction::Undecided => (Red, "undecided"),
        PlannedAction::Unsupported => (Red, "unsupported"),
    };
    let rows = step
        .rows
        .as_ref()
        .map_or_else(String::new, |rows| format!(": {}", row_counts(rows)));
    output::line(&format!(
        "  {} {} {}{rows}",
        output::colored(color, &format!("{word:<11}")),
        step.artifact_type.as_str(),
        step.name
    ))?;
    for line in change_lines(&step.changes, SHOWN) {
        output::line(&format!("      {line}"))?;
    }
    for line in clash_lines(&step.clashes, SHOWN) {
        output::line(&format!("      {line}"))?;
    }
    if let Some(rows) = &step.rows {
        for sample in &rows.samples {
            let before = sample.before.as_deref().unwrap_or("(none)");
            let after = sample.after.as_deref().unwrap_or("(none)");
            output::line(&format!("      row {before} → {after}"))?;
        }
    }
    for note in &step.notes {
        output::line(&format!("      {note}"))?;
    }
    Ok(())
}

fn row_counts(rows: &RowChanges) -> String {
    let words = [
        (rows.created, "new"),
        (rows.updated, "changed"),
        (rows.deleted, "to go"),
        (rows.skipped, "kept as they are"),
        (rows.unchanged, "equal"),
    ];
    let words: Vec<String> = words
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    if words.is_empty() {
        "no rows".to_owned()
    } else {
        format!("rows: {}", words.join(", "))
    }
}
