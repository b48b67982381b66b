//! Giving the artifacts that a document names other ids, the exact inverse of finding them.

use super::{ReferenceKind, expression, references};
use crate::catalogue::ArtifactType;
use crate::json::Json;
use crate::tree::Node;

/// Exchanges every id in `content` that `map` knows: in fields, `references[]`, `dependsOn[]` and expressions, and the document's
/// own `id`. Gives how many places changed; everything else stays as it was.
///
/// Ids that were JSON numbers become strings. An id stays where `map` gives nothing.
pub fn rewrite_references(
    artifact_type: ArtifactType,
    content: &mut Json,
    map: &dyn Fn(&str) -> Option<String>,
) -> usize {
    let mut changed = 0;
    let mut last_expression = None;
    for reference in references(artifact_type, content) {
        if reference.kind != ReferenceKind::Expression {
            changed += usize::from(rewrite_id(content, &reference.pointer, map));
            continue;
        }
        // One text can name several artifacts; it is rewritten at once.
        if last_expression.as_ref() != Some(&reference.pointer) {
            changed += rewrite_expression(content, &reference.pointer, map);
            last_expression = Some(reference.pointer);
        }
    }
    changed + usize::from(rewrite_id(content, "/id", map))
}

fn rewrite_id(content: &mut Json, pointer: &str, map: &dyn Fn(&str) -> Option<String>) -> bool {
    let Some(place) = content.pointer_mut(pointer) else {
        return false;
    };
    let new = place
        .text_or_number()
        .and_then(|old| map(old).filter(|new| new != old));
    let Some(new) = new else { return false };
    *place = Json::String(new);
    true
}

fn rewrite_expression(
    content: &mut Json,
    pointer: &str,
    map: &dyn Fn(&str) -> Option<String>,
) -> usize {
    let Some(Json::String(text)) = content.pointer_mut(pointer) else {
        return 0;
    };
    let Some((new, count)) = expression::rewritten(text, map) else {
        return 0;
    };
    *text = new;
    count
}
