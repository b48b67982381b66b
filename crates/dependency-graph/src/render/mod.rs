//! The graph for people and for other programs.

mod absent;
mod document;
mod dot;
mod mermaid;
mod plain;
mod svg;

pub use document::{CycleDocument, EdgeDocument, GraphDocument, MissingDocument, NodeDocument};
