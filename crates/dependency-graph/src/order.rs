//! The order of installation, and judging an order that somebody else wrote.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fmt;

use crate::adjacency::Adjacency;
use crate::{Cycles, DependencyGraph};

/// Two entries of a given order that are the wrong way round (validation, `InvalidInstallOrder`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct OrderViolation<'g> {
    /// Comes first, although it needs the other.
    pub dependant: &'g str,
    /// Comes later, although the other needs it.
    pub dependency: &'g str,
    /// Where the dependant names it.
    pub via: &'g str,
}

impl fmt::Display for OrderViolation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            dependant,
            dependency,
            via,
        } = self;
        write!(
            f,
            "'{dependant}' comes before '{dependency}', which it refers to at {via}"
        )
    }
}

impl DependencyGraph {
    /// Every node after all it depends on; of those that could come next, the lowest rank and then the smallest id does.
    ///
    /// Fails with all cycles when there is one. Linear but for a heap of the nodes that are ready.
    pub fn install_order(&self) -> Result<Vec<&str>, Cycles> {
        let order = self.install_order_numbers()?;
        Ok(order.into_iter().map(|number| self.id(number)).collect())
    }

    pub(crate) fn install_order_numbers(&self) -> Result<Vec<u32>, Cycles> {
        let order = sort(&self.adjacency);
        if order.len() < self.node_count() {
            return Err(self.find_cycles());
        }
        Ok(order)
    }

    /// The pairs that `order` has the wrong way round, by the place of the dependant in it. Linear in nodes and edges.
    ///
    /// Only ids that are both in the graph and in `order` are judged. An id that is repeated counts where it first
    /// appears. A node that depends on itself is a cycle, not a violation.
    pub fn check_order<S: AsRef<str>>(&self, order: &[S]) -> Vec<OrderViolation<'_>> {
        let mut place = vec![usize::MAX; self.node_count()];
        let mut known = Vec::with_capacity(order.len());
        for id in order {
            let Some(number) = self.number(id.as_ref()) else {
                continue;
            };
            if place[number as usize] == usize::MAX {
                place[number as usize] = known.len();
                known.push(number);
            }
        }
        let mut violations = Vec::new();
        for (at, &dependant) in known.iter().enumerate() {
            for &dependency in self.adjacency.dependencies(dependant) {
                let other = place[dependency as usize];
                if other != usize::MAX && other > at {
                    let link = self.link(dependant, dependency);
                    violations.push(OrderViolation {
                        dependant: link.dependant,
                        dependency: link.dependency,
                        via: link.via,
                    });
                }
            }
        }
        violations
    }
}

/// Kahn's algorithm with the ready nodes in a heap. Leaves out every node that is on a cycle or needs one that is.
pub(crate) fn sort(adjacency: &Adjacency) -> Vec<u32> {
    let mut waiting_for: Vec<u32> = adjacency
        .nodes()
        .map(|node| {
            u32::try_from(adjacency.dependencies(node).len()).expect("one edge per pair of nodes")
        })
        .collect();
    let mut ready: BinaryHeap<Reverse<u32>> = adjacency
        .nodes()
        .filter(|&node| waiting_for[node as usize] == 0)
        .map(Reverse)
        .collect();
    let mut order = Vec::with_capacity(adjacency.node_count());
    while let Some(Reverse(node)) = ready.pop() {
        order.push(node);
        for &dependant in adjacency.dependants(node) {
            let left = &mut waiting_for[dependant as usize];
            *left -= 1;
            if *left == 0 {
                ready.push(Reverse(dependant));
            }
        }
    }
    order
}
