//! Ids of artifacts made of workflows: readable, legal, and the same in every run.

use std::collections::{BTreeMap, BTreeSet};

use installhub_artifact::{ArtifactType, safe_ids};

use super::workflow::Workflow;

/// What an artifact's id is made of: the id of the workflow, or one from its content.
pub(super) fn own_texts(workflows: &[&Workflow], renamed: &BTreeSet<usize>) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let mut texts = vec![String::new(); workflows.len()];
    // Those that have an id of their own are served first, so that a made one never takes theirs.
    let order = (0..workflows.len()).filter(|at| !renamed.contains(at));
    for at in order.chain(renamed.iter().copied()) {
        let workflow = workflows[at];
        texts[at] = if renamed.contains(&at) {
            candidates(workflow)
                .find(|text| !taken.contains(text))
                .unwrap_or_default()
        } else {
            let own = workflow.source_id.as_ref();
            own.unwrap_or(&workflow.content_id).clone()
        };
        taken.insert(texts[at].clone());
    }
    texts
}

/// New ids for a workflow whose own is taken, the shortest first. The content decides; two workflows that differ in volatile
/// members only need those to be told apart.
fn candidates(workflow: &Workflow) -> impl Iterator<Item = String> {
    let base = workflow.source_id.as_ref().unwrap_or(&workflow.content_id);
    let whole = workflow.digest.to_hex();
    [
        format!("{base}-{}", &workflow.content_id[..8]),
        format!("{base}-{}", workflow.content_id),
        format!("{base}-{}", &whole[..16]),
        format!("{base}-{whole}"),
    ]
    .into_iter()
}

/// Legal ids, made together so that they differ even where a file system ignores case.
pub(super) struct Ids(BTreeMap<(ArtifactType, String), String>);

impl Ids {
    /// For every type and text an id.
    pub(super) fn new(wanted: impl IntoIterator<Item = (ArtifactType, String)>) -> Self {
        let wanted: BTreeSet<(ArtifactType, String)> = wanted.into_iter().collect();
        let texts: Vec<String> = wanted
            .iter()
            .map(|(artifact_type, text)| {
                format!(
                    "{}{text}",
                    artifact_type.spec().id_prefix.unwrap_or_default()
                )
            })
            .collect();
        let ids = safe_ids(texts.iter().map(String::as_str));
        Self(
            wanted
                .into_iter()
                .zip(ids.into_iter().map(String::from))
                .collect(),
        )
    }

    /// The id for a type and text that were wanted.
    pub(super) fn of(&self, artifact_type: ArtifactType, text: &str) -> String {
        let known = self.0.get(&(artifact_type, text.to_owned()));
        known.cloned().unwrap_or_default()
    }
}
