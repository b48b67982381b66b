//! What is referred to but not there, numbered for drawing.

use indexmap::IndexSet;

use crate::DependencyGraph;

/// The ends of missing references that have no node.
pub(crate) struct Absent<'g> {
    /// Ids without a node; position = number.
    pub(crate) ids: IndexSet<&'g str>,
    /// The references, each pair once, ends named `n` + number for a node, `m` + number for an id without one.
    pub(crate) edges: IndexSet<(End, End)>,
}

/// One end of a missing reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum End {
    /// A node, by its number.
    Node(u32),
    /// An id without a node, by its position.
    Absent(usize),
}

impl std::fmt::Display for End {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Node(number) => write!(f, "n{number}"),
            Self::Absent(position) => write!(f, "m{position}"),
        }
    }
}

impl DependencyGraph {
    pub(crate) fn absent(&self) -> Absent<'_> {
        let mut ids = IndexSet::new();
        let mut edges = IndexSet::new();
        for reference in self.missing() {
            let mut end = |id| match self.number(id) {
                Some(number) => End::Node(number),
                None => End::Absent(ids.insert_full(id).0),
            };
            let from = end(reference.dependant.as_str());
            let to = end(reference.dependency.as_str());
            edges.insert((from, to));
        }
        Absent { ids, edges }
    }
}
