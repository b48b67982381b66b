//! Cycles, each named as a concrete closed path.

use std::collections::VecDeque;
use std::fmt;

use petgraph::algo::kosaraju_scc;

use crate::DependencyGraph;
use crate::elementary::{CAPACITY, for_each_cycle};
use crate::order::sort;

/// How many cycles of one tangle are written down.
const LISTED: usize = 100;
/// How many cycles of one tangle are counted; dense ones have more than could ever be.
const COUNTED: u64 = 10_000;
/// How many cycles are counted in all tangles together; those whose turn comes later show one each.
const COUNTED_IN_ALL: u64 = 100_000;

/// All circular dependencies of a graph (validation and export, `CircularDependency`), by their smallest ids.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Cycles {
    /// At least one; no two share a node.
    pub tangles: Vec<Tangle>,
}

/// A largest set of nodes each of which depends on every other (a strongly connected component with a cycle).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tangle {
    /// The ids, ascending.
    pub members: Vec<String>,
    /// At least one cycle. In a tangle of up to 64 nodes every one, up to 100, in lexicographic order; in a larger one a
    /// shortest through the smallest id.
    pub paths: Vec<CyclePath>,
    /// What `paths` leaves out.
    pub unlisted: Unlisted,
}

/// One elementary cycle as a closed path of ids: each depends on the next, the last is the first again, and the first is
/// the smallest of them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CyclePath(Vec<String>);

/// The cycles of a tangle that are not listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unlisted {
    /// All are listed.
    None,
    /// So many more.
    Exactly(u64),
    /// So many more were counted before counting was given up.
    AtLeast(u64),
    /// Not searched to the end, because the tangle is too large or too many cycles were found before.
    Uncounted,
}

impl CyclePath {
    /// The ids, the first repeated at the end.
    pub fn ids(&self) -> &[String] {
        &self.0
    }
}

impl fmt::Display for CyclePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, id) in self.0.iter().enumerate() {
            if position > 0 {
                f.write_str(" → ")?;
            }
            f.write_str(id)?;
        }
        Ok(())
    }
}

impl fmt::Display for Tangle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, path) in self.paths.iter().enumerate() {
            if position > 0 {
                f.write_str("; ")?;
            }
            write!(f, "{path}")?;
        }
        let members = self.members.len();
        match self.unlisted {
            Unlisted::None => Ok(()),
            Unlisted::Exactly(more) => write!(f, "; and {more} more among these {members}"),
            Unlisted::AtLeast(more) => {
                write!(f, "; and at least {more} more among these {members}")
            }
            Unlisted::Uncounted => write!(f, "; and possibly more among these {members}"),
        }
    }
}

impl fmt::Display for Cycles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("circular dependency: ")?;
        for (position, tangle) in self.tangles.iter().enumerate() {
            if position > 0 {
                f.write_str("; ")?;
            }
            write!(f, "{tangle}")?;
        }
        Ok(())
    }
}

impl Cycles {
    /// Every listed cycle of every tangle.
    pub fn paths(&self) -> impl Iterator<Item = &CyclePath> {
        self.tangles.iter().flat_map(|tangle| &tangle.paths)
    }
}

/// A tangle in node numbers.
struct Knot {
    members: Vec<u32>,
    paths: Vec<Vec<u32>>,
    unlisted: Unlisted,
}

impl DependencyGraph {
    /// The listed cycles, each a closed path (first = last = smallest id); empty when everything can be ordered.
    ///
    /// [`install_order`](Self::install_order) fails with the same cycles, grouped and with the number of those left out.
    pub fn cycles(&self) -> Vec<Vec<&str>> {
        self.knots()
            .into_iter()
            .flat_map(|knot| knot.paths)
            .map(|path| path.into_iter().map(|number| self.id(number)).collect())
            .collect()
    }

    pub(crate) fn find_cycles(&self) -> Cycles {
        let owned = |numbers: &[u32]| -> Vec<String> {
            numbers.iter().map(|&n| self.id(n).to_owned()).collect()
        };
        let tangles = self
            .knots()
            .into_iter()
            .map(|knot| Tangle {
                members: owned(&knot.members),
                paths: knot.paths.iter().map(|p| CyclePath(owned(p))).collect(),
                unlisted: knot.unlisted,
            })
            .collect();
        Cycles { tangles }
    }

    /// The strongly connected components, dependencies before dependants.
    ///
    /// petgraph's `tarjan_scc` recurses once per node of a chain and would exhaust the stack; its Kosaraju keeps a heap.
    pub(crate) fn components(&self) -> Vec<Vec<u32>> {
        kosaraju_scc(&self.adjacency)
    }

    /// How many tangles there are.
    pub(crate) fn tangle_count(&self) -> usize {
        self.tangled().len()
    }

    /// The components with a cycle.
    fn tangled(&self) -> Vec<Vec<u32>> {
        if sort(&self.adjacency).len() == self.node_count() {
            return Vec::new();
        }
        let mut components = self.components();
        components.retain(|component| match component[..] {
            [single] => self.adjacency.via(single, single).is_some(),
            _ => true,
        });
        components
    }

    fn knots(&self) -> Vec<Knot> {
        let mut tangled = self.tangled();
        for members in &mut tangled {
            members.sort_unstable_by_key(|&number| self.id(number));
        }
        tangled.sort_unstable_by_key(|members| self.id(members[0]));

        let mut place = vec![u32::MAX; self.node_count()];
        let mut budget = COUNTED_IN_ALL;
        tangled
            .into_iter()
            .map(|members| self.untangle(members, &mut place, &mut budget))
            .collect()
    }

    /// Finds the cycles among `members`. `place` is scratch space, all `u32::MAX` before and after.
    fn untangle(&self, members: Vec<u32>, place: &mut [u32], budget: &mut u64) -> Knot {
        for (position, &member) in (0u32..).zip(&members) {
            place[member as usize] = position;
        }
        let inner: Vec<Vec<u32>> = members
            .iter()
            .map(|&member| {
                let all = self.adjacency.dependencies(member).iter();
                all.map(|&d| place[d as usize])
                    .filter(|&p| p != u32::MAX)
                    .collect()
            })
            .collect();
        for &member in &members {
            place[member as usize] = u32::MAX;
        }

        let is_ring = inner.iter().all(|successors| successors.len() == 1);
        let (mut paths, unlisted) = if is_ring || members.len() > CAPACITY || *budget == 0 {
            let more = if is_ring {
                Unlisted::None
            } else {
                Unlisted::Uncounted
            };
            (vec![shortest_through_first(&inner)], more)
        } else {
            enumerate(&inner, budget)
        };
        for path in &mut paths {
            path.push(path[0]);
            for step in path.iter_mut() {
                *step = members[*step as usize];
            }
        }
        Knot {
            members,
            paths,
            unlisted,
        }
    }
}

/// Every elementary cycle of a small component, as far as the limits go.
fn enumerate(inner: &[Vec<u32>], budget: &mut u64) -> (Vec<Vec<u32>>, Unlisted) {
    let successors: Vec<u64> = inner
        .iter()
        .map(|nodes| nodes.iter().fold(0, |word, &node| word | 1 << node))
        .collect();
    let allowance = COUNTED.min(*budget);
    let mut left = allowance;
    let mut paths = Vec::new();
    let mut more = 0;
    for_each_cycle(&successors, |path| {
        if paths.len() < LISTED {
            paths.push(path.to_vec());
        } else {
            more += 1;
        }
        left -= 1;
        left > 0
    });
    *budget -= allowance - left;
    let unlisted = match (more, left) {
        (0, 0) => Unlisted::Uncounted,
        (more, 0) => Unlisted::AtLeast(more),
        (0, _) => Unlisted::None,
        (more, _) => Unlisted::Exactly(more),
    };
    (paths, unlisted)
}

/// A shortest cycle through node 0 of a strongly connected component, breadth first.
fn shortest_through_first(inner: &[Vec<u32>]) -> Vec<u32> {
    let mut reached_from = vec![u32::MAX; inner.len()];
    let mut queue = VecDeque::from([0u32]);
    while let Some(node) = queue.pop_front() {
        for &next in &inner[node as usize] {
            if next == 0 {
                let mut path = vec![node];
                let mut at = node;
                while at != 0 {
                    at = reached_from[at as usize];
                    path.push(at);
                }
                path.reverse();
                return path;
            }
            if reached_from[next as usize] == u32::MAX {
                reached_from[next as usize] = node;
                queue.push_back(next);
            }
        }
    }
    unreachable!("every node of a strongly connected component is on a cycle")
}
