//! From what the sources offer to one graph and one install order.

use std::collections::{BTreeSet, HashMap, HashSet};

use installhub_artifact::dependency_ids;
use installhub_dependency_graph::{DependencyGraph, GraphBuilder, Node};

use crate::error::ExportError;
use crate::ports::{ArtifactOutline, Notice};

/// Everything that will be in the package, and in which order.
#[derive(Debug)]
pub struct Closure {
    /// The artifacts, in install order, each with the index of the source that offers it.
    pub artifacts: Vec<(usize, ArtifactOutline)>,
    /// References to things that are not in the package, each with the index of the source whose artifact refers.
    pub missing: Vec<(usize, Notice)>,
}

/// Puts the artifacts of all sources into one install order: `preferred`, if it names exactly these artifacts and puts
/// dependencies first, else the canonical one.
///
/// # Errors
///
/// All ids that are offered twice; without any, every cycle in full.
pub fn close(
    offers: Vec<Vec<ArtifactOutline>>,
    preferred: Option<&[String]>,
) -> Result<Closure, ExportError> {
    let mut by_id: HashMap<String, (usize, ArtifactOutline)> = HashMap::new();
    let mut folded: HashMap<String, String> = HashMap::new();
    let mut twice = BTreeSet::new();
    for (source, artifacts) in offers.into_iter().enumerate() {
        for artifact in artifacts {
            // File systems that ignore case could not hold both.
            let taken = folded.insert(artifact.id.to_ascii_lowercase(), artifact.id.clone());
            if let Some(other) = taken {
                twice.extend([other, artifact.id.clone()]);
            }
            by_id.insert(artifact.id.clone(), (source, artifact));
        }
    }
    if !twice.is_empty() {
        return Err(ExportError::DuplicateIds(twice.into_iter().collect()));
    }
    if by_id.is_empty() {
        return Err(ExportError::NothingToExport);
    }
    let graph = graph(by_id.values().map(|(_, artifact)| artifact));
    let canonical = graph.install_order()?;
    let order: Vec<&str> = match preferred {
        Some(preferred) if fits(&graph, preferred) => {
            preferred.iter().map(String::as_str).collect()
        }
        _ => canonical,
    };
    let missing = missing(&graph, &by_id);
    let artifacts = order.iter().filter_map(|id| by_id.remove(*id)).collect();
    Ok(Closure { artifacts, missing })
}

fn graph<'a>(artifacts: impl Iterator<Item = &'a ArtifactOutline>) -> DependencyGraph {
    let mut builder = GraphBuilder::new();
    for artifact in artifacts {
        let node = Node {
            id: artifact.id.clone(),
            kind: artifact.artifact_type.as_str().to_owned(),
            rank: artifact.artifact_type.spec().install_rank,
            name: artifact.name.clone(),
        };
        // No id comes twice.
        let added = builder.add_node(node);
        debug_assert!(added.is_ok(), "{added:?}");
        let needed: HashSet<&str> = dependency_ids(&artifact.id, &artifact.references)
            .into_iter()
            .collect();
        for reference in artifact
            .references
            .iter()
            .filter(|reference| needed.contains(reference.id.as_str()))
        {
            builder.add_edge(&artifact.id, &reference.id, &reference.pointer);
        }
    }
    builder.build()
}

fn fits(graph: &DependencyGraph, order: &[String]) -> bool {
    let named: HashSet<&String> = order.iter().collect();
    let complete = named.len() == order.len() && order.len() == graph.node_count();
    complete && order.iter().all(|id| graph.contains(id)) && graph.check_order(order).is_empty()
}

fn missing(
    graph: &DependencyGraph,
    by_id: &HashMap<String, (usize, ArtifactOutline)>,
) -> Vec<(usize, Notice)> {
    let told = graph.missing().iter().filter_map(|reference| {
        let (source, _) = by_id.get(&reference.dependant)?;
        let notice = Notice {
            code: "UnresolvedReference",
            object: reference.dependency.clone(),
            message: format!(
                "{} refers to it at {} and it is not in the package; importing needs it in the target, or the permission \
                 to leave it open",
                reference.dependant, reference.via
            ),
        };
        Some((*source, notice))
    });
    told.collect()
}
