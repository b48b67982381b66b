//! What can go wrong with an export.

use installhub_dependency_graph::Cycles;

use crate::ports::SourceError;

/// Why no package was made. Whatever it is, nothing half-made is left.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// No source offers anything.
    #[error("there is nothing to export: no source offers an artifact")]
    NothingToExport,
    /// Several artifacts with one id; ids that differ in case alone are one.
    #[error("several artifacts have the same id: {}", .0.join(", "))]
    DuplicateIds(Vec<String>),
    /// Artifacts need each other in a circle.
    #[error(transparent)]
    CircularDependency(#[from] Cycles),
    /// A source could not be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The package could not be written.
    #[error("cannot write the package")]
    Write(#[source] Box<dyn std::error::Error + Send + Sync>),
}
