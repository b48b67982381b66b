//! Finding references in a tree. Documents come from anywhere, so that any shape is read as far as it makes sense: a keyed object
//! serves as a list, numbers as ids; what is missing, blank or of another kind names nothing.

use super::Reference;
use super::matcher::{Finder, Matcher, Sighting};
use crate::catalogue::ArtifactType;
use crate::json::{Json, JsonRef};
use crate::tree::{Node, Shape};

/// Everything that `content`, a document of type `artifact_type`, refers to: in the type's fields, in `references[]` and, of a system
/// object, in `dependsOn[]`. In the order of the document with its keys sorted, however it was formatted.
pub fn references(artifact_type: ArtifactType, content: &Json) -> Vec<Reference> {
    extract(artifact_type, content)
}

/// Like [`references`], for a borrowed tree.
pub fn references_ref(artifact_type: ArtifactType, content: &JsonRef<'_>) -> Vec<Reference> {
    extract(artifact_type, content)
}

fn extract<N: Node>(artifact_type: ArtifactType, content: &N) -> Vec<Reference> {
    let mut matcher = Matcher::new(artifact_type, Vec::new());
    walk(content, &mut matcher);
    matcher.finder
}

/// Shows the matcher `node` and what matters below it.
fn walk<N: Node>(node: &N, matcher: &mut Matcher<Vec<Reference>>) {
    match node.shape() {
        Shape::Scalar(value) => matcher.scalar(value),
        Shape::Container(children) => {
            matcher.open();
            for (token, child) in children {
                if matcher.child(token) {
                    walk(child, matcher);
                }
            }
            matcher.close();
        }
    }
}

impl Finder for Vec<Reference> {
    fn reference(&mut self, found: Sighting<'_>) {
        self.push(found.into());
    }
}

impl From<Sighting<'_>> for Reference {
    fn from(found: Sighting<'_>) -> Self {
        let Sighting {
            pointer,
            target,
            id,
            kind,
        } = found;
        Self {
            pointer: pointer.to_owned(),
            target,
            id: id.to_owned(),
            kind,
        }
    }
}
