//! What incoming documents meet in the target.

use std::collections::HashSet;

use installhub_artifact::ArtifactType;
use installhub_conflict_merge::{Candidate, Existing, Match, detect};
use installhub_kernel::TenantScope;
use installhub_manifest::ArtifactEntry;

use crate::error::ImportError;
use crate::handler::Detection;
use crate::installed::Installed;
use crate::ports::{DocumentOutline, DocumentTarget};
use crate::references::LOOKUP;

pub(super) async fn detect_documents(
    target: &mut dyn DocumentTarget,
    scope: &TenantScope,
    installed: &Installed,
    incoming: &[&ArtifactEntry],
) -> Result<Vec<Detection>, ImportError> {
    let candidates: Vec<Candidate> = incoming
        .iter()
        .map(|entry| Candidate {
            artifact_type: entry.artifact_type,
            id: entry.id.clone(),
            name: entry.name.clone(),
            installed_as: installed
                .artifact(&entry.id)
                .map(|artifact| artifact.target_id.clone()),
        })
        .collect();
    let existing = possible_matches(target, scope, &candidates).await?;
    Ok(detect(&candidates, &existing)
        .into_iter()
        .map(detection)
        .collect())
}

/// Everything in the target that one of the artifacts could be: what was installed for it, and its namesakes.
async fn possible_matches(
    target: &mut dyn DocumentTarget,
    scope: &TenantScope,
    candidates: &[Candidate],
) -> Result<Vec<Existing>, ImportError> {
    let mut outlines: Vec<DocumentOutline> = Vec::new();
    let installed: Vec<String> = candidates
        .iter()
        .filter_map(|candidate| candidate.installed_as.clone())
        .collect();
    for some in installed.chunks(LOOKUP) {
        let found = target.find_by_ids(scope, some).await?;
        outlines.extend(found.into_iter().map(|document| document.outline));
    }
    let names: Vec<(ArtifactType, String)> = candidates
        .iter()
        .map(|candidate| (candidate.artifact_type, candidate.name.clone()))
        .collect();
    outlines.extend(target.find_by_names(scope, &names).await?);
    let mut seen = HashSet::new();
    outlines.retain(|outline| seen.insert(outline.id.clone()));
    Ok(outlines
        .into_iter()
        .map(|outline| Existing {
            artifact_type: outline.artifact_type,
            id: outline.id,
            name: outline.name,
        })
        .collect())
}

fn detection(found: Match<'_>) -> Detection {
    match found {
        Match::New => Detection::New,
        Match::Installed(existing) | Match::SameName(existing) => Detection::Existing {
            target_id: existing.id.clone(),
        },
        Match::Ambiguous(candidates) => Detection::Ambiguous {
            candidates: candidates
                .iter()
                .map(|existing| existing.id.clone())
                .collect(),
        },
        Match::Contested {
            existing,
            claimants,
        } => Detection::Contested {
            target_id: existing.id.clone(),
            claimants: claimants.iter().map(|id| (*id).to_owned()).collect(),
        },
    }
}
