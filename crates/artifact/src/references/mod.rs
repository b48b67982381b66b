//! Which other artifacts a document names, and giving them other names.

mod expression;
mod extract;
mod matcher;
mod rewrite;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use crate::catalogue::ArtifactType;

pub use extract::{references, references_ref};
pub use matcher::Sighting;
pub(crate) use matcher::{Finder, Matcher};
pub use rewrite::rewrite_references;

/// A place in a document that names an artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The value that holds the id, or the text that holds the expression (RFC 6901).
    pub pointer: String,
    /// The type the place asks for; nothing where it does not say, or says a type that the catalogue does not know.
    pub target: Option<ArtifactType>,
    /// The id that is named; of a JSON number, the lexeme.
    pub id: String,
    /// How it is named.
    pub kind: ReferenceKind,
}

/// How a document names another artifact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReferenceKind {
    /// In one of the type's reference fields.
    Field,
    /// By an entry of the top-level `references`.
    Declared,
    /// By an entry of a system object's `dependsOn`.
    DependsOn,
    /// By a call `entity('<id>')` in an expression.
    Expression,
}

/// The ids that the artifact `own_id` depends on, each once, in the order of the references.
///
/// A field or expression that names its own artifact (a workflow that calls itself) is no dependency. An entry of `references` or
/// `dependsOn` that does is one, and so a cycle (package format 1.0, Artifact types).
pub fn dependency_ids<'r>(own_id: &str, references: &'r [Reference]) -> Vec<&'r str> {
    let mut seen = HashSet::new();
    let counts = |reference: &&Reference| match reference.kind {
        ReferenceKind::Field | ReferenceKind::Expression => reference.id != own_id,
        ReferenceKind::Declared | ReferenceKind::DependsOn => true,
    };
    let ids = references
        .iter()
        .filter(counts)
        .map(|reference| reference.id.as_str());
    ids.filter(|id| seen.insert(*id)).collect()
}
