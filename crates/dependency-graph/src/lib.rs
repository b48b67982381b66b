#![doc = include_str!("../README.md")]

mod builder;
mod graph;

mod adjacency;
mod cycles;
mod elementary;
mod layers;
mod order;
mod reach;

mod ports;
mod resolve;

mod render;

pub use builder::{GraphBuilder, Node, NodeError};
pub use cycles::{CyclePath, Cycles, Tangle, Unlisted};
pub use graph::{DependencyGraph, Link, MissingEnd, MissingReference, NodeView};
pub use order::OrderViolation;
#[cfg(feature = "mock")]
pub use ports::MockArtifactLookup;
pub use ports::{ArtifactLookup, FoundArtifact, LookedUp, LookupError, Requirement};
pub use reach::{Closure, Reached, Why};
pub use render::{CycleDocument, EdgeDocument, GraphDocument, MissingDocument, NodeDocument};
pub use resolve::{ClosureBuilder, ClosureError, ClosureLimits, ResolvedClosure};
