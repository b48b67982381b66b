//! The graph as JSON.

use serde::Serialize;

use crate::{DependencyGraph, Link, MissingEnd, Unlisted};

/// A whole graph with what was computed from it, ready to be serialized.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GraphDocument<'g> {
    /// All nodes, by rank and id.
    pub nodes: Vec<NodeDocument<'g>>,
    /// All edges, by dependant and dependency.
    pub edges: Vec<EdgeDocument<'g>>,
    /// Ids of the roots.
    pub roots: Vec<&'g str>,
    /// Number of layers.
    pub layer_count: usize,
    /// Groups of nodes that need each other; with any there is no order.
    pub cycles: Vec<CycleDocument>,
    /// References to what is not there.
    pub missing: Vec<MissingDocument<'g>>,
}

/// A node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NodeDocument<'g> {
    /// Its id.
    pub id: &'g str,
    /// Name of its type.
    #[serde(rename = "type")]
    pub kind: &'g str,
    /// What people call it.
    pub name: &'g str,
    /// Length of the longest chain of dependencies below it.
    pub layer: u32,
    /// Position in the install order, from 0; `None` when there is no order.
    pub order: Option<usize>,
}

/// An edge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EdgeDocument<'g> {
    /// Id of the dependant.
    pub from: &'g str,
    /// Id of the dependency.
    pub to: &'g str,
    /// Where the dependant names it.
    pub via: &'g str,
}

impl<'g> From<Link<'g>> for EdgeDocument<'g> {
    fn from(link: Link<'g>) -> Self {
        Self {
            from: link.dependant,
            to: link.dependency,
            via: link.via,
        }
    }
}

/// Nodes that need each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CycleDocument {
    /// Ids, ascending.
    pub members: Vec<String>,
    /// Closed paths of ids.
    pub paths: Vec<Vec<String>>,
    /// How many cycles are known beyond `paths`.
    pub unlisted: u64,
    /// Whether every cycle was counted.
    pub complete: bool,
}

/// A reference to what is not there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MissingDocument<'g> {
    /// Id of what refers.
    pub from: &'g str,
    /// Id of what is referred to.
    pub to: &'g str,
    /// Where.
    pub via: &'g str,
    /// Which of the two is not there.
    pub missing: MissingEnd,
}

impl DependencyGraph {
    /// The graph as a value to serialize.
    pub fn document(&self) -> GraphDocument<'_> {
        let layers = self.layer_numbers();
        let (order, tangles) = match self.install_order_numbers() {
            Ok(order) => (order, Vec::new()),
            Err(cycles) => (Vec::new(), cycles.tangles),
        };
        let mut place: Vec<Option<usize>> = vec![None; self.node_count()];
        for (position, number) in order.into_iter().enumerate() {
            place[number as usize] = Some(position);
        }
        let nodes = self.nodes().zip(&layers).zip(&place);
        let missing = self.missing().iter().map(|reference| MissingDocument {
            from: &reference.dependant,
            to: &reference.dependency,
            via: &reference.via,
            missing: reference.end,
        });
        GraphDocument {
            nodes: nodes
                .map(|((node, &layer), &order)| NodeDocument {
                    id: node.id,
                    kind: node.kind,
                    name: node.name,
                    layer,
                    order,
                })
                .collect(),
            edges: self.edges().map(EdgeDocument::from).collect(),
            roots: self.roots(),
            layer_count: layers.iter().max().map_or(0, |&top| top as usize + 1),
            cycles: tangles.into_iter().map(CycleDocument::from).collect(),
            missing: missing.collect(),
        }
    }

    /// [`document`](Self::document) as JSON text, indented by two spaces, without a final newline.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(&self.document())
            .expect("a document of texts and numbers is always JSON")
    }
}

impl From<crate::Tangle> for CycleDocument {
    fn from(tangle: crate::Tangle) -> Self {
        let (unlisted, complete) = match tangle.unlisted {
            Unlisted::None => (0, true),
            Unlisted::Exactly(more) => (more, true),
            Unlisted::AtLeast(more) => (more, false),
            Unlisted::Uncounted => (0, false),
        };
        Self {
            members: tangle.members,
            paths: tangle
                .paths
                .into_iter()
                .map(|path| path.ids().to_vec())
                .collect(),
            unlisted,
            complete,
        }
    }
}
