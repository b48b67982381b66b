//! The installation that an import is about to record, as one text in the journal.

use installhub_importing::ports::{InstallationRecord, StoreError};
use serde::{Deserialize, Serialize};

use crate::words::{json_from_text, json_text, value_from_text, value_text};

/// Documents stand beside the record, each as a text: inside of it they would be deeper than a JSON reader goes.
#[derive(Serialize, Deserialize)]
struct Outcome {
    record: InstallationRecord,
    bases: Vec<Option<String>>,
}

pub(crate) fn outcome_text(
    location: &str,
    record: &InstallationRecord,
) -> Result<String, StoreError> {
    let bases = record
        .artifacts
        .iter()
        .map(|artifact| artifact.base.as_ref().map(json_text))
        .collect();
    let mut record = record.clone();
    for artifact in &mut record.artifacts {
        artifact.base = None;
    }
    value_text(location, &Outcome { record, bases })
}

pub(crate) fn outcome_from_text(
    location: &str,
    text: &str,
) -> Result<InstallationRecord, StoreError> {
    let Outcome { mut record, bases } = value_from_text(location, text)?;
    for (artifact, base) in record.artifacts.iter_mut().zip(bases) {
        artifact.base = base
            .map(|base| json_from_text(location, &base))
            .transpose()?;
    }
    Ok(record)
}
