//! Finding references. Documents come from anywhere, so that any shape is read as far as it makes sense: a keyed object serves as
//! a list, numbers as ids; what is missing, blank or of another kind names nothing.

use super::{Reference, ReferenceKind, expression};
use crate::catalogue::{ArtifactType, Category, ReferenceForm};
use crate::json::{Json, JsonRef};
use crate::tree::Node;

/// Everything that `content`, a document of type `artifact_type`, refers to: first the type's fields in the order of the
/// catalogue, then `references[]`, then `dependsOn[]`.
pub fn references(artifact_type: ArtifactType, content: &Json) -> Vec<Reference> {
    extract(artifact_type, content)
}

/// Like [`references`], for a borrowed tree.
pub fn references_ref(artifact_type: ArtifactType, content: &JsonRef<'_>) -> Vec<Reference> {
    extract(artifact_type, content)
}

fn extract<N: Node>(artifact_type: ArtifactType, content: &N) -> Vec<Reference> {
    let spec = artifact_type.spec();
    let mut found = Vec::new();
    let mut pointer = String::new();
    for field in spec.references {
        let target = Some(field.target);
        walk(
            content,
            field.path,
            &mut pointer,
            &mut |pointer, value| match field.form {
                ReferenceForm::Id => {
                    found.extend(by_id(pointer, value, target, ReferenceKind::Field));
                }
                ReferenceForm::Expression => in_texts(value, pointer, &mut |pointer, id| {
                    found.push(Reference {
                        pointer,
                        target,
                        id,
                        kind: ReferenceKind::Expression,
                    });
                }),
            },
        );
    }
    walk(
        content,
        "references[]",
        &mut pointer,
        &mut |pointer, entry| {
            let target = entry
                .member("type")
                .and_then(Node::text)
                .and_then(|name| name.parse().ok());
            walk(entry, "id", pointer, &mut |pointer, id| {
                found.extend(by_id(pointer, id, target, ReferenceKind::Declared));
            });
        },
    );
    if spec.category == Category::System {
        walk(content, "dependsOn[]", &mut pointer, &mut |pointer, id| {
            found.extend(by_id(pointer, id, None, ReferenceKind::DependsOn));
        });
    }
    found
}

/// Visits every value at `path` (see [`ReferenceField`](crate::ReferenceField)) below `node`; `pointer` is where `node` is.
fn walk<N: Node>(
    node: &N,
    path: &str,
    pointer: &mut String,
    visit: &mut dyn FnMut(&mut String, &N),
) {
    if path.is_empty() {
        return visit(pointer, node);
    }
    let (step, rest) = path.split_once('.').unwrap_or((path, ""));
    let (key, each) = step
        .strip_suffix("[]")
        .map_or((step, false), |key| (key, true));
    let Some(member) = node.member(key) else {
        return;
    };
    let before = pointer.len();
    crate::json::push_pointer(pointer, key);
    if each {
        let list = pointer.len();
        for (token, child) in member.children() {
            token.push_to(pointer);
            walk(child, rest, pointer, visit);
            pointer.truncate(list);
        }
    } else {
        walk(member, rest, pointer, visit);
    }
    pointer.truncate(before);
}

fn by_id<N: Node>(
    pointer: &str,
    value: &N,
    target: Option<ArtifactType>,
    kind: ReferenceKind,
) -> Option<Reference> {
    let id = value.text_or_number().filter(|id| !id.trim().is_empty())?;
    Some(Reference {
        pointer: pointer.to_owned(),
        target,
        id: id.to_owned(),
        kind,
    })
}

/// Visits the ids named by expressions in a text, or in any text inside a structured condition.
fn in_texts<N: Node>(node: &N, pointer: &mut String, visit: &mut dyn FnMut(String, String)) {
    if let Some(text) = node.text() {
        for range in expression::entity_ids(text) {
            visit(pointer.clone(), text[range].to_owned());
        }
    }
    let before = pointer.len();
    for (token, child) in node.children() {
        token.push_to(pointer);
        in_texts(child, pointer, visit);
        pointer.truncate(before);
    }
}
