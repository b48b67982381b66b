//! From what the sources offer to one graph and one install order.

use std::collections::{HashMap, HashSet};

use installhub_artifact::dependency_ids;
use installhub_dependency_graph::{DependencyGraph, GraphBuilder, Node};

use crate::error::ExportError;
use crate::ports::{ArtifactOutline, Notice};

/// Everything that will be in the package, and in which order.
#[derive(Debug)]
pub struct Closure {
    /// The artifacts, in install order, each with the index of the source that offers it.
    pub artifacts: Vec<(usize, ArtifactOutline)>,
    /// References to things that are not in the package.
    pub notices: Vec<Notice>,
}

/// Puts the artifacts of all sources into one install order: `preferred`, if it names exactly these artifacts and puts
/// dependencies first, else the canonical one.
///
/// # Errors
///
/// All of them together: ids offered twice, and every cycle in full.
pub fn close(
    offers: Vec<Vec<ArtifactOutline>>,
    preferred: Option<&[String]>,
) -> Result<Closure, ExportError> {
    let offered: Vec<(usize, ArtifactOutline)> = offers
        .into_iter()
        .enumerate()
        .flat_map(|(source, artifacts)| {
            artifacts
                .into_iter()
                .map(move |artifact| (source, artifact))
        })
        .collect();
    if offered.is_empty() {
        return Err(ExportError::NothingToExport);
    }
    let graph = graph(&offered)?;
    let order: Vec<String> = graph
        .install_order()
        .map_err(|cycles| ExportError::CircularDependency(cycles.to_string()))?
        .into_iter()
        .map(str::to_owned)
        .collect();
    let order = match preferred {
        Some(preferred) if fits(&graph, preferred) => preferred.to_vec(),
        _ => order,
    };
    let notices = missing(&graph);
    let mut by_id: HashMap<String, (usize, ArtifactOutline)> = offered
        .into_iter()
        .map(|(source, artifact)| (artifact.id.clone(), (source, artifact)))
        .collect();
    let artifacts = order.iter().filter_map(|id| by_id.remove(id)).collect();
    Ok(Closure { artifacts, notices })
}

fn graph(offered: &[(usize, ArtifactOutline)]) -> Result<DependencyGraph, ExportError> {
    let mut builder = GraphBuilder::new();
    let mut twice = Vec::new();
    for (_, artifact) in offered {
        let node = Node {
            id: artifact.id.clone(),
            kind: artifact.artifact_type.as_str().to_owned(),
            rank: artifact.artifact_type.spec().install_rank,
            name: artifact.name.clone(),
        };
        if builder.add_node(node).is_err() {
            twice.push(artifact.id.clone());
        }
    }
    if !twice.is_empty() {
        return Err(ExportError::DuplicateIds(twice));
    }
    for (_, artifact) in offered {
        let needed = dependency_ids(&artifact.id, &artifact.references);
        let needed: HashSet<&str> = needed.into_iter().collect();
        for reference in artifact
            .references
            .iter()
            .filter(|reference| needed.contains(reference.id.as_str()))
        {
            builder.add_edge(&artifact.id, &reference.id, &reference.pointer);
        }
    }
    Ok(builder.build())
}

fn fits(graph: &DependencyGraph, order: &[String]) -> bool {
    let named: HashSet<&String> = order.iter().collect();
    let complete = named.len() == order.len() && order.len() == graph.node_count();
    complete && order.iter().all(|id| graph.contains(id)) && graph.check_order(order).is_empty()
}

fn missing(graph: &DependencyGraph) -> Vec<Notice> {
    graph
        .missing()
        .iter()
        .map(|reference| Notice {
            code: "UnresolvedReference",
            object: reference.dependency.clone(),
            message: format!(
                "{} refers to it at {} and it is not in the package; importing needs it in the target, or the permission \
                 to leave it open",
                reference.dependant, reference.via
            ),
        })
        .collect()
}
