//! The edges, stored compactly in both directions, as a petgraph graph.
//!
//! Two compressed sparse rows hold every edge once per direction, so that walking down (what does this need) and up
//! (what needs this) are both linear. petgraph's own `Csr` knows one direction; the traits implemented here make the pair
//! a directed graph that its algorithms accept.

use petgraph::csr::Csr;
use petgraph::visit::{
    GraphBase, IntoNeighbors, IntoNeighborsDirected, IntoNodeIdentifiers, Visitable,
};
use petgraph::{Directed, Direction};

/// One edge before it is stored: dependant, dependency, index of the `via` text.
pub(crate) type RawEdge = (u32, u32, u32);

type Down = Csr<(), u32, Directed, u32>;
type Up = Csr<(), (), Directed, u32>;

/// The edges between nodes `0..node_count`, in both directions.
#[derive(Debug, Clone)]
pub(crate) struct Adjacency {
    down: Down,
    up: Up,
}

impl Adjacency {
    /// Stores `edges`, which are sorted by dependant, then dependency, without repeats, and name nodes below `node_count`.
    pub(crate) fn new(node_count: usize, edges: &[RawEdge]) -> Self {
        let mut down =
            Down::from_sorted_edges(edges).expect("the edges are sorted and without repeats");
        while down.node_count() < node_count {
            down.add_node(());
        }
        let mut reversed: Vec<(u32, u32)> = edges.iter().map(|&(from, to, _)| (to, from)).collect();
        reversed.sort_unstable();
        let mut up =
            Up::from_sorted_edges(&reversed).expect("the edges are sorted and without repeats");
        while up.node_count() < node_count {
            up.add_node(());
        }
        Self { down, up }
    }

    pub(crate) fn node_count(&self) -> usize {
        self.down.node_count()
    }

    pub(crate) fn edge_count(&self) -> usize {
        self.down.edge_count()
    }

    /// What `node` depends on, ascending.
    pub(crate) fn dependencies(&self, node: u32) -> &[u32] {
        self.down.neighbors_slice(node)
    }

    /// The `via` texts of the edges to [`Self::dependencies`], in step with them.
    pub(crate) fn vias(&self, node: u32) -> &[u32] {
        self.down.edges_slice(node)
    }

    /// What depends on `node`, ascending.
    pub(crate) fn dependants(&self, node: u32) -> &[u32] {
        self.up.neighbors_slice(node)
    }

    /// The `via` text of one edge, if there is that edge.
    pub(crate) fn via(&self, dependant: u32, dependency: u32) -> Option<u32> {
        let position = self
            .dependencies(dependant)
            .binary_search(&dependency)
            .ok()?;
        Some(self.vias(dependant)[position])
    }

    /// All node numbers.
    pub(crate) fn nodes(&self) -> std::ops::Range<u32> {
        0..u32::try_from(self.node_count()).expect("node numbers fit 32 bits")
    }
}

impl GraphBase for Adjacency {
    type EdgeId = usize;
    type NodeId = u32;
}

impl<'a> IntoNeighbors for &'a Adjacency {
    type Neighbors = std::iter::Copied<std::slice::Iter<'a, u32>>;

    fn neighbors(self, node: u32) -> Self::Neighbors {
        self.dependencies(node).iter().copied()
    }
}

impl<'a> IntoNeighborsDirected for &'a Adjacency {
    type NeighborsDirected = std::iter::Copied<std::slice::Iter<'a, u32>>;

    fn neighbors_directed(self, node: u32, direction: Direction) -> Self::NeighborsDirected {
        match direction {
            Direction::Outgoing => self.dependencies(node).iter().copied(),
            Direction::Incoming => self.dependants(node).iter().copied(),
        }
    }
}

impl IntoNodeIdentifiers for &Adjacency {
    type NodeIdentifiers = std::ops::Range<u32>;

    fn node_identifiers(self) -> Self::NodeIdentifiers {
        self.nodes()
    }
}

impl Visitable for Adjacency {
    type Map = <Down as Visitable>::Map;

    fn visit_map(&self) -> Self::Map {
        self.down.visit_map()
    }

    fn reset_map(&self, map: &mut Self::Map) {
        self.down.reset_map(map);
    }
}
