//! Decisions of a whole import, as a versioned JSON file.

use std::collections::BTreeMap;

use installhub_artifact::{Json, Object, parse, to_canonical_bytes};
use serde::{Deserialize, Serialize};

use crate::clash::Clash;
use crate::decision_json::DecisionsError;
use crate::decisions::{Decision, FieldDecisions};
use crate::path::FieldPath;
use crate::strategy::Fallback;

/// The decisions about the clashes of one import: by artifact and field, with a fallback for what they do not name.
///
/// As a file (`decisionsVersion` 1.0):
///
/// ```json
/// {
///   "decisionsVersion": "1.0",
///   "fallbackStrategy": "Skip",
///   "artifacts": {
///     "proc-1": {
///       "fallbackStrategy": "Overwrite",
///       "fields": {
///         "/name": "existing",
///         "/nodes/[nodeId=n1]/config/formId": "incoming",
///         "/timeout": { "value": 30 },
///         "/retries": { "undecided": { "base": 1, "existing": 2, "incoming": 3 } }
///       }
///     }
///   }
/// }
/// ```
///
/// `fallbackStrategy` may be absent; an artifact's own one goes before the file's. An undecided field is there to be
/// filled in: its object is replaced by a decision. Until then the fallback settles it, if there is one. Members that
/// are not named here are refused, for a slip of the pen in a decision must not go unnoticed. [`Decisions::parse`] keeps
/// numbers exactly as written; deserializing through serde rounds what does not fit 64 bits.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(into = "Json", try_from = "Json")]
pub struct Decisions {
    pub(crate) fallback: Option<Fallback>,
    pub(crate) artifacts: BTreeMap<String, ArtifactDecisions>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct ArtifactDecisions {
    pub(crate) fallback: Option<Fallback>,
    pub(crate) fields: BTreeMap<FieldPath, Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Entry {
    Decided(Decision),
    /// The sides of the clash, for whoever decides.
    Undecided(Object),
}

impl Decisions {
    /// No decision at all: every clash stays open.
    pub fn none() -> Self {
        Self::default()
    }

    /// A file to fill in: every clash undecided, with its sides.
    pub fn template<'c>(clashes: impl IntoIterator<Item = (&'c str, &'c [Clash])>) -> Self {
        let mut decisions = Self::default();
        for (artifact_id, clashes) in clashes {
            decisions.add_undecided(artifact_id, clashes);
        }
        decisions
    }

    /// Adds clashes that are yet to be decided; what has been decided stays.
    pub fn add_undecided(&mut self, artifact_id: &str, clashes: &[Clash]) {
        if clashes.is_empty() {
            return;
        }
        let fields = &mut self
            .artifacts
            .entry(artifact_id.to_owned())
            .or_default()
            .fields;
        for clash in clashes {
            let undecided = || Entry::Undecided(sides(clash));
            let entry = fields
                .entry(clash.pointer.clone())
                .or_insert_with(undecided);
            if matches!(entry, Entry::Undecided(_)) {
                *entry = undecided();
            }
        }
    }

    /// Decides one field of one artifact; the later of two decisions stands.
    pub fn decide(&mut self, artifact_id: &str, path: FieldPath, decision: Decision) {
        let artifact = self.artifacts.entry(artifact_id.to_owned()).or_default();
        artifact.fields.insert(path, Entry::Decided(decision));
    }

    /// Who wins the clashes that no decision names, in artifacts without a fallback of their own.
    pub fn set_fallback(&mut self, fallback: Option<Fallback>) {
        self.fallback = fallback;
    }

    /// Who wins the clashes of one artifact that no decision names.
    pub fn set_artifact_fallback(&mut self, artifact_id: &str, fallback: Option<Fallback>) {
        self.artifacts
            .entry(artifact_id.to_owned())
            .or_default()
            .fallback = fallback;
    }

    /// What has been decided about one artifact, for [`merge`](crate::merge).
    pub fn for_artifact(&self, artifact_id: &str) -> FieldDecisions {
        let Some(artifact) = self.artifacts.get(artifact_id) else {
            return FieldDecisions::none().with_fallback(self.fallback);
        };
        let mut decisions =
            FieldDecisions::none().with_fallback(artifact.fallback.or(self.fallback));
        decisions.extend(
            artifact
                .fields
                .iter()
                .filter_map(|(path, entry)| match entry {
                    Entry::Decided(decision) => Some((path.clone(), decision.clone())),
                    Entry::Undecided(_) => None,
                }),
        );
        decisions
    }

    /// The ids of the artifacts that are named, ordered; one that is not in the package is a decision without use.
    pub fn artifact_ids(&self) -> impl Iterator<Item = &str> {
        self.artifacts.keys().map(String::as_str)
    }

    /// The fields that are yet to be decided, with the artifact's id, ordered.
    pub fn undecided(&self) -> impl Iterator<Item = (&str, &FieldPath)> {
        self.artifacts.iter().flat_map(|(id, artifact)| {
            let open = artifact
                .fields
                .iter()
                .filter(|(_, entry)| matches!(entry, Entry::Undecided(_)));
            open.map(|(path, _)| (id.as_str(), path))
        })
    }

    /// Reads a file.
    pub fn parse(bytes: &[u8]) -> Result<Self, DecisionsError> {
        parse(bytes)?.try_into()
    }

    /// The file's bytes in canonical JSON.
    pub fn to_bytes(&self) -> Vec<u8> {
        to_canonical_bytes(&self.clone().into())
    }
}

fn sides(clash: &Clash) -> Object {
    [
        ("base", &clash.base),
        ("existing", &clash.existing),
        ("incoming", &clash.incoming),
    ]
    .into_iter()
    .filter_map(|(side, value)| Some((side, value.clone()?)))
    .collect()
}
