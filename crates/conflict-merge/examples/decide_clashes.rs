//! From a clash to a decision: merges two edits of one form, writes the template of decisions, fills it in, merges again.

use std::error::Error;
use std::io::{Write, stdout};

use installhub_artifact::{ArtifactType, parse, to_compact_string};
use installhub_conflict_merge::{
    Decision, Decisions, Summary, change_lines, clash_lines, diff, merge_with_report,
};

fn main() -> Result<(), Box<dyn Error>> {
    let spec = ArtifactType::AtlasForm.spec();
    let base =
        parse(br#"{"name": "Order", "fields": [{"fieldId": "sum", "label": "Sum", "max": 100}]}"#)?;
    let existing = parse(
        br#"{"name": "Order", "fields": [{"fieldId": "sum", "label": "Total", "max": 500}]}"#,
    )?;
    let incoming =
        parse(br#"{"name": "Order", "fields": [{"fieldId": "date"}, {"fieldId": "sum", "label": "Sum", "max": 1000}]}"#)?;
    let mut out = stdout().lock();

    let report = merge_with_report(
        spec,
        Some(&base),
        &existing,
        &incoming,
        &Decisions::none().for_artifact("form-1"),
    );
    let clashes = report.merge.clashes();
    for line in clash_lines(clashes, 40) {
        writeln!(out, "{line}")?;
    }

    let mut decisions = Decisions::template([("form-1", clashes)]);
    out.write_all(&decisions.to_bytes())?;
    for clash in clashes {
        decisions.decide("form-1", clash.pointer.clone(), Decision::Incoming);
    }

    let report = merge_with_report(
        spec,
        Some(&base),
        &existing,
        &incoming,
        &decisions.for_artifact("form-1"),
    );
    let merged = report.merge.clean().ok_or("every clash has been decided")?;
    let changes = diff(spec, &existing, &merged);
    writeln!(
        out,
        "{}: {}",
        Summary::of(&changes),
        to_compact_string(&merged)
    )?;
    for line in change_lines(&changes, 40) {
        writeln!(out, "{line}")?;
    }
    Ok(())
}
