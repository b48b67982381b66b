//! Resolving a closure against a store that answers in batches, without knowing how it is asked.

use indexmap::IndexMap;

use crate::{DependencyGraph, FoundArtifact, GraphBuilder, LookedUp, Node};

/// How far a closure may grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClosureLimits {
    /// Longest permitted distance from a root, in references.
    pub max_depth: u32,
    /// Most artifacts, roots and those not found included.
    pub max_nodes: usize,
    /// Most ids in one batch; at least one is always asked.
    pub batch_size: usize,
}

impl Default for ClosureLimits {
    /// 100 references deep, 10,000 artifacts (as many as a package may have entries), 500 ids a batch.
    fn default() -> Self {
        Self {
            max_depth: 100,
            max_nodes: 10_000,
            batch_size: 500,
        }
    }
}

/// Why a closure cannot be resolved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClosureError {
    /// A chain of references is too long (export, `DependencyDepthExceeded`).
    #[error(
        "'{}' is more than the permitted {limit} references away from a root: {}",
        .chain.last().map_or("", String::as_str),
        .chain.join(" → ")
    )]
    DepthExceeded {
        /// The permitted distance.
        limit: u32,
        /// From a root to the artifact that is too far away.
        chain: Vec<String>,
    },
    /// There are too many artifacts.
    #[error("the roots need more than the permitted {limit} artifacts; '{id}' was one too many")]
    TooManyNodes {
        /// The permitted number.
        limit: usize,
        /// The first id beyond it.
        id: String,
    },
    /// An answer is missing: the lookup broke its promise.
    #[error("the lookup did not answer for '{id}' (and {more} more)")]
    Unanswered {
        /// The first id without an answer.
        id: String,
        /// How many more.
        more: usize,
    },
    /// An answer came that nobody asked for, or came twice: the lookup broke its promise.
    #[error("the lookup answered for '{id}', which was not asked")]
    Unasked {
        /// The id of the answer.
        id: String,
    },
    /// The closure was taken before everything was looked up.
    #[error("{waiting} artifacts are still to be looked up")]
    Unfinished {
        /// How many.
        waiting: usize,
    },
}

/// Drives a breadth-first closure: ask for [`next_batch`](Self::next_batch), look it up, [`feed`](Self::feed) the answers,
/// until the batch is empty.
///
/// Everything is looked up once. The order of answers within a batch has no influence on the result.
///
/// ```
/// use installhub_dependency_graph::{ArtifactLookup, ClosureBuilder, ClosureLimits, DependencyGraph};
/// use installhub_kernel::TenantScope;
///
/// async fn closure(
///     lookup: &dyn ArtifactLookup,
///     scope: &TenantScope,
///     roots: Vec<String>,
/// ) -> Result<DependencyGraph, Box<dyn std::error::Error>> {
///     let mut closure = ClosureBuilder::new(roots, ClosureLimits::default());
///     loop {
///         let batch = closure.next_batch();
///         if batch.is_empty() {
///             return Ok(closure.finish()?.graph);
///         }
///         closure.feed(lookup.references_of(scope, &batch).await?)?;
///     }
/// }
/// ```
#[derive(Debug, Clone)]
pub struct ClosureBuilder {
    limits: ClosureLimits,
    /// In the order discovered, that is by distance.
    discovered: IndexMap<String, Discovery>,
    /// How many of `discovered` are answered; they are the first.
    answered: usize,
    /// How many of `discovered`, after the answered ones, are out being looked up.
    asked: usize,
    graph: GraphBuilder,
    missing_roots: Vec<String>,
    /// A limit that the roots already broke.
    refused: Option<ClosureError>,
}

/// How an id was first met.
#[derive(Debug, Clone, Copy)]
struct Discovery {
    depth: u32,
    /// Position of what refers to it; `None` for a root.
    from: Option<usize>,
}

/// A closure with everything looked up.
#[derive(Debug, Clone)]
pub struct ResolvedClosure {
    /// The artifacts found, with the roots declared; references to artifacts not found are
    /// [`missing`](DependencyGraph::missing).
    pub graph: DependencyGraph,
    /// Roots that were not found, as asked.
    pub missing_roots: Vec<String>,
}

impl ClosureBuilder {
    /// A closure of `roots`; a repeated root counts once.
    pub fn new(roots: impl IntoIterator<Item = String>, limits: ClosureLimits) -> Self {
        let mut builder = Self {
            limits,
            discovered: IndexMap::new(),
            answered: 0,
            asked: 0,
            graph: GraphBuilder::new(),
            missing_roots: Vec::new(),
            refused: None,
        };
        for root in roots {
            builder.graph.add_root(&root);
            if let Err(error) = builder.discover(&root, None) {
                builder.refused = Some(error);
                break;
            }
        }
        builder
    }

    /// The ids to look up next, none twice; empty when everything is known.
    ///
    /// Until the answers are fed the same batch is given again, so that a failed lookup can be repeated.
    pub fn next_batch(&mut self) -> Vec<String> {
        if self.asked == 0 {
            let waiting = self.discovered.len() - self.answered;
            self.asked = waiting.min(self.limits.batch_size.max(1));
        }
        let ids = self.discovered.keys();
        ids.skip(self.answered).take(self.asked).cloned().collect()
    }

    /// Takes the answers to the whole last batch, in any order.
    ///
    /// After an error the closure cannot be continued.
    pub fn feed(&mut self, results: Vec<LookedUp>) -> Result<(), ClosureError> {
        if let Some(error) = &self.refused {
            return Err(error.clone());
        }
        for (position, result) in self.sorted(results)? {
            match result {
                LookedUp::Found(artifact) => self.accept(position, artifact)?,
                LookedUp::NotFound { id } => {
                    if self.discovered[position].from.is_none() {
                        self.missing_roots.push(id);
                    }
                }
            }
        }
        self.answered += self.asked;
        self.asked = 0;
        Ok(())
    }

    /// The closure, once nothing is left to look up.
    pub fn finish(self) -> Result<ResolvedClosure, ClosureError> {
        if let Some(error) = self.refused {
            return Err(error);
        }
        match self.discovered.len() - self.answered {
            0 => Ok(ResolvedClosure {
                graph: self.graph.build(),
                missing_roots: self.missing_roots,
            }),
            waiting => Err(ClosureError::Unfinished { waiting }),
        }
    }

    /// The answers in the order asked, exactly one each.
    fn sorted(&self, results: Vec<LookedUp>) -> Result<Vec<(usize, LookedUp)>, ClosureError> {
        let batch = self.answered..self.answered + self.asked;
        let mut answers: Vec<Option<LookedUp>> = vec![None; self.asked];
        for result in results {
            let position = self.discovered.get_index_of(result.id());
            let slot = position
                .filter(|position| batch.contains(position))
                .map(|position| &mut answers[position - batch.start]);
            match slot {
                Some(slot) if slot.is_none() => *slot = Some(result),
                _ => {
                    let id = result.id().to_owned();
                    return Err(ClosureError::Unasked { id });
                }
            }
        }
        let mut unanswered = batch.clone().filter(|p| answers[p - batch.start].is_none());
        if let Some(first) = unanswered.next() {
            return Err(ClosureError::Unanswered {
                id: self.id_at(first),
                more: unanswered.count(),
            });
        }
        Ok(batch.zip(answers.into_iter().flatten()).collect())
    }

    fn accept(&mut self, position: usize, artifact: FoundArtifact) -> Result<(), ClosureError> {
        for requirement in &artifact.requires {
            self.discover(&requirement.id, Some(position))?;
            self.graph
                .add_edge(&artifact.id, &requirement.id, &requirement.via);
        }
        let node = Node {
            id: artifact.id,
            kind: artifact.kind,
            rank: artifact.rank,
            name: artifact.name,
        };
        self.graph
            .add_node(node)
            .expect("every id is answered once");
        Ok(())
    }

    fn discover(&mut self, id: &str, from: Option<usize>) -> Result<(), ClosureError> {
        if self.discovered.contains_key(id) {
            return Ok(());
        }
        let depth = from.map_or(0, |position| self.discovered[position].depth + 1);
        if depth > self.limits.max_depth {
            return Err(ClosureError::DepthExceeded {
                limit: self.limits.max_depth,
                chain: self.chain_to(id, from),
            });
        }
        if self.discovered.len() == self.limits.max_nodes {
            return Err(ClosureError::TooManyNodes {
                limit: self.limits.max_nodes,
                id: id.to_owned(),
            });
        }
        self.discovered
            .insert(id.to_owned(), Discovery { depth, from });
        Ok(())
    }

    fn chain_to(&self, id: &str, from: Option<usize>) -> Vec<String> {
        let mut chain = vec![id.to_owned()];
        let mut at = from;
        while let Some(position) = at {
            chain.push(self.id_at(position));
            at = self.discovered[position].from;
        }
        chain.reverse();
        chain
    }

    fn id_at(&self, position: usize) -> String {
        let entry = self.discovered.get_index(position);
        entry.map_or_else(String::new, |(id, _)| id.clone())
    }
}
