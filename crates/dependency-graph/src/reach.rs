//! What is reached from where: closures with their reasons, and who would break.

use std::fmt;

use crate::{DependencyGraph, Link};

const UNREACHED: u32 = u32::MAX;

/// Everything some roots need, breadth first, each with the reason it is there.
#[derive(Debug, Clone)]
pub struct Closure<'g> {
    graph: &'g DependencyGraph,
    /// In the order reached.
    order: Vec<u32>,
    /// Per node: what it was reached from (itself for a root), or `UNREACHED`.
    reached_from: Vec<u32>,
    /// Per node: distance from the nearest root, in edges.
    distance: Vec<u32>,
    unknown_roots: Vec<String>,
}

/// A member of a [`Closure`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reached<'g> {
    /// Its id.
    pub id: &'g str,
    /// How many edges it is away from the nearest root; 0 for a root.
    pub distance: usize,
    /// The edge it was first reached by; `None` for a root.
    pub required_by: Option<Link<'g>>,
}

/// Why a node is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why<'g> {
    /// It was asked for.
    Root,
    /// A shortest chain of edges from a root to it; never empty.
    Required(Vec<Link<'g>>),
}

impl fmt::Display for Why<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => f.write_str("root"),
            Self::Required(chain) => {
                for (position, link) in chain.iter().enumerate() {
                    if position == 0 {
                        f.write_str(link.dependant)?;
                    }
                    write!(f, " → {} (via {})", link.dependency, link.via)?;
                }
                Ok(())
            }
        }
    }
}

impl<'g> Closure<'g> {
    /// How many nodes were reached, roots included.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether no root was known.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// Whether `id` was reached.
    pub fn contains(&self, id: &str) -> bool {
        self.graph
            .number(id)
            .is_some_and(|number| self.reached_from[number as usize] != UNREACHED)
    }

    /// Roots as given, then what they need, nearest first, and by rank and id among the needs of one node.
    pub fn members(&self) -> impl ExactSizeIterator<Item = Reached<'g>> {
        self.order.iter().map(|&number| {
            let from = self.reached_from[number as usize];
            Reached {
                id: self.graph.id(number),
                distance: self.distance[number as usize] as usize,
                required_by: (from != number).then(|| self.graph.link(from, number)),
            }
        })
    }

    /// Roots that are not in the graph, as given.
    pub fn unknown_roots(&self) -> &[String] {
        &self.unknown_roots
    }

    /// Why `id` is in the closure; `None` when it is not.
    pub fn why(&self, id: &str) -> Option<Why<'g>> {
        let mut at = self.graph.number(id)?;
        let mut chain = Vec::new();
        loop {
            match self.reached_from[at as usize] {
                UNREACHED => return None,
                from if from == at => break,
                from => {
                    chain.push(self.graph.link(from, at));
                    at = from;
                }
            }
        }
        if chain.is_empty() {
            return Some(Why::Root);
        }
        chain.reverse();
        Some(Why::Required(chain))
    }
}

impl DependencyGraph {
    /// Everything `roots` need, themselves included, breadth first (export, Pipeline).
    pub fn closure<S: AsRef<str>>(&self, roots: &[S]) -> Closure<'_> {
        let mut unknown_roots = Vec::new();
        let mut numbers = Vec::with_capacity(roots.len());
        for root in roots {
            match self.number(root.as_ref()) {
                Some(number) => numbers.push(number),
                None => unknown_roots.push(root.as_ref().to_owned()),
            }
        }
        let mut closure = self.walk(&numbers, |node| self.adjacency.dependencies(node));
        closure.unknown_roots = unknown_roots;
        closure
    }

    /// A shortest chain from a [root](Self::roots) to `id`; `None` for an unknown id, and for one no root needs.
    ///
    /// To explain many ids, take a [`closure`](Self::closure) of the roots and ask that.
    pub fn why(&self, id: &str) -> Option<Why<'_>> {
        self.walk(&self.root_numbers(), |node| {
            self.adjacency.dependencies(node)
        })
        .why(id)
    }

    /// What directly depends on `id`, by rank and id; none for an unknown id.
    pub fn dependants(&self, id: &str) -> Vec<&str> {
        self.number(id).map_or_else(Vec::new, |number| {
            self.named(self.adjacency.dependants(number))
        })
    }

    /// What would break without `id`: everything that depends on it directly or through others, nearest first.
    ///
    /// `id` itself is not in it, not even when it is on a cycle.
    pub fn all_dependants(&self, id: &str) -> Vec<&str> {
        self.number(id).map_or_else(Vec::new, |number| {
            let walk = self.walk(&[number], |node| self.adjacency.dependants(node));
            self.named(&walk.order[1..])
        })
    }

    /// What `id` directly depends on, by rank and id; none for an unknown id.
    pub fn dependencies(&self, id: &str) -> Vec<&str> {
        self.number(id).map_or_else(Vec::new, |number| {
            self.named(self.adjacency.dependencies(number))
        })
    }

    fn named(&self, numbers: &[u32]) -> Vec<&str> {
        numbers.iter().map(|&number| self.id(number)).collect()
    }

    fn walk<'g>(&'g self, roots: &[u32], next: impl Fn(u32) -> &'g [u32]) -> Closure<'g> {
        let mut reached_from = vec![UNREACHED; self.node_count()];
        let mut distance = vec![0; self.node_count()];
        let mut order = Vec::new();
        for &root in roots {
            if reached_from[root as usize] == UNREACHED {
                reached_from[root as usize] = root;
                order.push(root);
            }
        }
        let mut head = 0;
        while let Some(&node) = order.get(head) {
            head += 1;
            for &neighbour in next(node) {
                if reached_from[neighbour as usize] == UNREACHED {
                    reached_from[neighbour as usize] = node;
                    distance[neighbour as usize] = distance[node as usize] + 1;
                    order.push(neighbour);
                }
            }
        }
        Closure {
            graph: self,
            order,
            reached_from,
            distance,
            unknown_roots: Vec::new(),
        }
    }
}
