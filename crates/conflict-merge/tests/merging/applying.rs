//! Turns an old document into a new one by its changes: what proves that a difference tells everything.

use installhub_artifact::Json;
use installhub_conflict_merge::{ChangeKind, FieldChange, Place, Segment};

pub(crate) fn apply(old: &Json, changes: &[FieldChange]) -> Json {
    let mut document = old.clone();
    for change in changes {
        match change.pointer.segments().split_last() {
            None => document = change.new.clone().expect("a document is never removed"),
            Some((last, parents)) => apply_one(enter(&mut document, parents), last, change),
        }
    }
    document
}

fn enter<'j>(document: &'j mut Json, parents: &[Segment]) -> &'j mut Json {
    parents.iter().fold(document, |value, segment| {
        let found = match segment {
            Segment::Member(name) => value.get_mut(name),
            Segment::Element(key) => value
                .as_array_mut()
                .and_then(|all| all.iter_mut().find(|one| key.matches(one))),
        };
        found.expect("the parent of a change exists")
    })
}

fn apply_one(parent: &mut Json, last: &Segment, change: &FieldChange) {
    match last {
        Segment::Member(name) => {
            let members = parent
                .as_object_mut()
                .expect("a member belongs to an object");
            match &change.new {
                Some(new) => members.insert(name.clone(), new.clone()),
                None => members.remove(name),
            };
        }
        Segment::Element(key) => {
            let elements = parent
                .as_array_mut()
                .expect("an element belongs to an array");
            let at = elements.iter().position(|element| key.matches(element));
            let taken = at.map(|at| (at, elements.remove(at)));
            match (change.kind, taken, &change.new) {
                (ChangeKind::Added, None, Some(new)) => insert(elements, change, new.clone()),
                (ChangeKind::Moved, Some((_, element)), None) => insert(elements, change, element),
                (ChangeKind::Changed, Some((at, _)), Some(new)) => elements.insert(at, new.clone()),
                (ChangeKind::Removed, Some(_), None) => {}
                impossible => panic!("{}: {impossible:?}", change.pointer),
            }
        }
    }
}

fn insert(elements: &mut Vec<Json>, change: &FieldChange, element: Json) {
    let at = match change
        .place
        .as_ref()
        .expect("an added or moved element has a place")
    {
        Place::First => 0,
        Place::After(key) => {
            1 + elements
                .iter()
                .position(|one| key.matches(one))
                .expect("the one in front is there")
        }
    };
    elements.insert(at, element);
}
