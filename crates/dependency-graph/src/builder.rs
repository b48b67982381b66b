//! Collecting nodes and edges in any order, and freezing them into a [`DependencyGraph`].

use indexmap::{IndexMap, IndexSet};

use crate::DependencyGraph;
use crate::adjacency::{Adjacency, RawEdge};
use crate::graph::{MissingEnd, MissingReference, NodeDetail};

/// One artifact or database object to put into a graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Unique within the graph.
    pub id: String,
    /// Name of the type, such as `AtlasForm`.
    pub kind: String,
    /// Order between types; of two nodes that could both come next, the lower rank does.
    pub rank: u8,
    /// What people call it; need not be unique.
    pub name: String,
}

/// A node that cannot be added.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NodeError {
    /// The id is taken.
    #[error("node id '{id}' is used twice, by '{first}' and by '{second}'")]
    Duplicate {
        /// The id.
        id: String,
        /// Name of the node that has it.
        first: String,
        /// Name of the node that was to get it too.
        second: String,
    },
}

/// Collects nodes and edges.
///
/// The order of calls does not matter, neither for the graph nor for anything computed from it: an edge may come before
/// the nodes it joins.
#[derive(Debug, Clone, Default)]
pub struct GraphBuilder {
    ids: IndexMap<Box<str>, Entry>,
    kinds: IndexSet<Box<str>>,
    vias: IndexSet<Box<str>>,
    edges: Vec<RawEdge>,
    roots: Vec<u32>,
}

/// What is known of an id that was mentioned.
#[derive(Debug, Clone)]
struct Entry {
    /// Position at which it was first mentioned; edges use it.
    mention: u32,
    /// Absent as long as only edges speak of it.
    detail: Option<NodeDetail>,
}

impl GraphBuilder {
    /// An empty graph to be filled.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a node.
    pub fn add_node(&mut self, node: Node) -> Result<(), NodeError> {
        let mention = self.mention(&node.id);
        let kind = intern(&mut self.kinds, &node.kind);
        let entry = &mut self.ids[mention as usize];
        if let Some(first) = &entry.detail {
            return Err(NodeError::Duplicate {
                first: first.name.to_string(),
                id: node.id,
                second: node.name,
            });
        }
        entry.detail = Some(NodeDetail {
            kind,
            rank: node.rank,
            name: node.name.into_boxed_str(),
        });
        Ok(())
    }

    /// States that `dependant` depends on `dependency`, which it names at `via` (a JSON pointer, or what the caller calls
    /// the place).
    ///
    /// Stated again, with this or another `via`, it stays one edge; of several `via` the smallest text is kept.
    pub fn add_edge(&mut self, dependant: &str, dependency: &str, via: impl AsRef<str>) {
        let from = self.mention(dependant);
        let to = self.mention(dependency);
        let via = intern(&mut self.vias, via.as_ref());
        self.edges.push((from, to, via));
    }

    /// Declares `id` a root: something asked for by itself, not because something else needs it.
    ///
    /// Without any declared root the nodes nobody depends on are the roots. An id that never becomes a node is ignored.
    pub fn add_root(&mut self, id: &str) {
        let mention = self.mention(id);
        self.roots.push(mention);
    }

    /// Freezes the graph.
    pub fn build(mut self) -> DependencyGraph {
        let node_count = self.number_nodes();
        let mut number_of = vec![0u32; self.ids.len()];
        for (number, entry) in self.ids.values().enumerate() {
            number_of[entry.mention as usize] = index(number);
        }
        for edge in &mut self.edges {
            edge.0 = number_of[edge.0 as usize];
            edge.1 = number_of[edge.1 as usize];
        }
        let mut roots: Vec<u32> = self
            .roots
            .iter()
            .map(|&mention| number_of[mention as usize])
            .filter(|&root| (root as usize) < node_count)
            .collect();
        roots.sort_unstable();
        roots.dedup();
        drop(number_of);

        let missing = self.split_off_missing(node_count);
        self.fold_edges();
        let adjacency = Adjacency::new(node_count, &self.edges);
        self.edges = Vec::new();

        let mut details = Vec::with_capacity(node_count);
        let mut ids = IndexSet::with_capacity(node_count);
        for (id, entry) in self.ids {
            if let Some(detail) = entry.detail {
                ids.insert(id);
                details.push(detail);
            }
        }
        DependencyGraph {
            ids,
            details,
            kinds: self.kinds,
            vias: self.vias,
            adjacency,
            missing,
            roots,
        }
    }

    /// Brings the nodes to the front, by rank and then id, and the ids that are no nodes behind them.
    ///
    /// From here on the number of a node *is* its place in that order, so comparing numbers breaks ties, and nothing
    /// depends on the order in which the graph was filled.
    fn number_nodes(&mut self) -> usize {
        self.ids.sort_unstable_by(|left_id, left, right_id, right| {
            let rank = |entry: &Entry| entry.detail.as_ref().map_or(u16::MAX, |d| d.rank.into());
            rank(left)
                .cmp(&rank(right))
                .then_with(|| left_id.cmp(right_id))
        });
        self.ids.partition_point(|_, entry| entry.detail.is_some())
    }

    /// Takes the edges out of which an end is no node.
    fn split_off_missing(&mut self, node_count: usize) -> Vec<MissingReference> {
        let known = |number: u32| (number as usize) < node_count;
        let mut missing = Vec::new();
        let ids = &self.ids;
        let vias = &self.vias;
        let text = |number: u32| {
            let (id, _) = ids
                .get_index(number as usize)
                .expect("edges name mentioned ids");
            id.to_string()
        };
        self.edges.retain(|&(from, to, via)| {
            let end = match (known(from), known(to)) {
                (true, true) => return true,
                (true, false) => MissingEnd::Dependency,
                (false, true) => MissingEnd::Dependant,
                (false, false) => MissingEnd::Both,
            };
            missing.push(MissingReference {
                dependant: text(from),
                dependency: text(to),
                via: vias[via as usize].to_string(),
                end,
            });
            false
        });
        missing.sort_unstable();
        missing.dedup();
        missing
    }

    /// Sorts the edges and leaves one of each, the one with the smallest `via`.
    fn fold_edges(&mut self) {
        self.edges.sort_unstable();
        let vias = &self.vias;
        self.edges.dedup_by(|later, kept| {
            let same = (later.0, later.1) == (kept.0, kept.1);
            if same && vias[later.2 as usize] < vias[kept.2 as usize] {
                kept.2 = later.2;
            }
            same
        });
    }

    fn mention(&mut self, id: &str) -> u32 {
        if let Some(position) = self.ids.get_index_of(id) {
            return index(position);
        }
        let mention = index(self.ids.len());
        let entry = Entry {
            mention,
            detail: None,
        };
        self.ids.insert(id.into(), entry);
        mention
    }
}

fn intern(texts: &mut IndexSet<Box<str>>, text: &str) -> u32 {
    let position = texts
        .get_index_of(text)
        .unwrap_or_else(|| texts.insert_full(text.into()).0);
    index(position)
}

/// A position as it is stored. A graph that needs more would not fit into memory.
fn index(position: usize) -> u32 {
    u32::try_from(position).expect("a graph has fewer than 2^32 ids")
}
