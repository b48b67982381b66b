//! The frozen graph and plain questions to it.

use std::fmt;

use indexmap::IndexSet;
use serde::Serialize;

use crate::adjacency::Adjacency;

/// What is stored beside the id of a node.
#[derive(Debug, Clone)]
pub(crate) struct NodeDetail {
    pub(crate) kind: u32,
    pub(crate) rank: u8,
    pub(crate) name: Box<str>,
}

/// What needs what, frozen by [`GraphBuilder::build`](crate::GraphBuilder::build).
///
/// Two graphs filled with the same nodes, edges and roots in any order answer everything alike.
#[derive(Debug, Clone)]
pub struct DependencyGraph {
    /// Position = number of the node; ascending by rank, then id.
    pub(crate) ids: IndexSet<Box<str>>,
    pub(crate) details: Vec<NodeDetail>,
    pub(crate) kinds: IndexSet<Box<str>>,
    pub(crate) vias: IndexSet<Box<str>>,
    pub(crate) adjacency: Adjacency,
    pub(crate) missing: Vec<MissingReference>,
    pub(crate) roots: Vec<u32>,
}

/// A node as the graph shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NodeView<'g> {
    /// Unique within the graph.
    pub id: &'g str,
    /// Name of the type.
    pub kind: &'g str,
    /// Order between types.
    pub rank: u8,
    /// What people call it.
    pub name: &'g str,
}

/// One edge: the dependant needs the dependency and names it at `via`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Link<'g> {
    /// Id of what needs.
    pub dependant: &'g str,
    /// Id of what is needed.
    pub dependency: &'g str,
    /// Where the dependant names it.
    pub via: &'g str,
}

impl fmt::Display for Link<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            dependant,
            dependency,
            via,
        } = self;
        write!(f, "{dependant} → {dependency} (via {via})")
    }
}

/// Which end of a reference is not in the graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum MissingEnd {
    /// What is referred to: a dangling reference.
    Dependency,
    /// What refers.
    Dependant,
    /// Neither is there.
    Both,
}

/// A reference of which an end is not in the graph.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MissingReference {
    /// Id of what is referred to.
    pub dependency: String,
    /// Id of what refers to it.
    pub dependant: String,
    /// Where it does.
    pub via: String,
    /// Which of the two is not there.
    pub end: MissingEnd,
}

impl fmt::Display for MissingReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            dependant,
            dependency,
            via,
            end,
        } = self;
        match end {
            MissingEnd::Dependency => write!(
                f,
                "'{dependant}' refers to '{dependency}' at {via}, which does not exist"
            ),
            MissingEnd::Dependant => write!(
                f,
                "'{dependant}' does not exist but is said to refer to '{dependency}' at {via}"
            ),
            MissingEnd::Both => write!(
                f,
                "'{dependant}' is said to refer to '{dependency}' at {via}, and neither exists"
            ),
        }
    }
}

impl DependencyGraph {
    /// How many nodes there are.
    pub fn node_count(&self) -> usize {
        self.adjacency.node_count()
    }

    /// How many edges there are between nodes, each pair counted once.
    pub fn edge_count(&self) -> usize {
        self.adjacency.edge_count()
    }

    /// Whether there is a node of this id.
    pub fn contains(&self, id: &str) -> bool {
        self.ids.contains(id)
    }

    /// The node of this id.
    pub fn node(&self, id: &str) -> Option<NodeView<'_>> {
        self.number(id).map(|number| self.view(number))
    }

    /// All nodes, by rank, then id.
    pub fn nodes(&self) -> impl ExactSizeIterator<Item = NodeView<'_>> {
        self.adjacency.nodes().map(|number| self.view(number))
    }

    /// All edges, by dependant, then dependency, each by rank and id.
    pub fn edges(&self) -> impl Iterator<Item = Link<'_>> {
        self.adjacency
            .nodes()
            .flat_map(|number| self.links_of(number))
    }

    /// The edges by which `id` depends on others; none for an unknown id.
    pub fn requirements(&self, id: &str) -> Vec<Link<'_>> {
        self.number(id)
            .map_or_else(Vec::new, |number| self.links_of(number).collect())
    }

    /// The references of which an end is not in the graph, by dependency, dependant and place.
    ///
    /// Every place that refers to something missing is listed, since each needs mending.
    pub fn missing(&self) -> &[MissingReference] {
        &self.missing
    }

    /// The roots: the declared ones, or, where none was declared, the nodes nothing else depends on.
    pub fn roots(&self) -> Vec<&str> {
        self.root_numbers()
            .into_iter()
            .map(|number| self.id(number))
            .collect()
    }

    pub(crate) fn root_numbers(&self) -> Vec<u32> {
        if !self.roots.is_empty() {
            return self.roots.clone();
        }
        self.adjacency
            .nodes()
            .filter(|&node| self.adjacency.dependants(node).is_empty())
            .collect()
    }

    pub(crate) fn number(&self, id: &str) -> Option<u32> {
        let position = self.ids.get_index_of(id)?;
        u32::try_from(position).ok()
    }

    pub(crate) fn id(&self, number: u32) -> &str {
        &self.ids[number as usize]
    }

    pub(crate) fn view(&self, number: u32) -> NodeView<'_> {
        let detail = &self.details[number as usize];
        NodeView {
            id: self.id(number),
            kind: &self.kinds[detail.kind as usize],
            rank: detail.rank,
            name: &detail.name,
        }
    }

    /// The edge between two nodes known to be joined.
    pub(crate) fn link(&self, dependant: u32, dependency: u32) -> Link<'_> {
        let via = self.adjacency.via(dependant, dependency);
        Link {
            dependant: self.id(dependant),
            dependency: self.id(dependency),
            via: via.map_or("", |via| &self.vias[via as usize]),
        }
    }

    fn links_of(&self, number: u32) -> impl Iterator<Item = Link<'_>> {
        let dependencies = self.adjacency.dependencies(number);
        let vias = self.adjacency.vias(number);
        dependencies.iter().zip(vias).map(move |(&to, &via)| Link {
            dependant: self.id(number),
            dependency: self.id(to),
            via: &self.vias[via as usize],
        })
    }
}
