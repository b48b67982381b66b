//! What differs between two documents, field by field.

use std::collections::HashSet;
use std::fmt;

use installhub_artifact::{Json, Object, TypeSpec};
use serde::{Serialize, Serializer};

use crate::keyed::{Key, Keyed};
use crate::order::moved;
use crate::path::{ElementKey, FieldPath};
use crate::trail::Trail;

/// A difference in one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FieldChange {
    /// Where.
    pub pointer: FieldPath,
    /// What happened to the field.
    pub kind: ChangeKind,
    /// The old value; absent if the field was added or moved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<Json>,
    /// The new value; absent if the field was removed or moved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<Json>,
    /// Where in its array an added or moved element now stands; absent for everything else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

/// What happened to a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum ChangeKind {
    /// Only the new document has it.
    Added,
    /// Only the old document has it.
    Removed,
    /// The value is another one.
    Changed,
    /// The element of a keyed array stands elsewhere among those that both documents have. As few elements as possible
    /// count as moved; whether one was also changed is told by changes of its own.
    Moved,
}

/// A place in a keyed array; serialized as `first`, or as the key of the element in front.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// At the front.
    First,
    /// Directly behind this element.
    After(ElementKey),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::First => f.write_str("first"),
            Self::After(key) => key.fmt(f),
        }
    }
}

impl Serialize for Place {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The changes that lead from `old` to `new`; none if they are equal.
///
/// Elements of keyed arrays are compared by key, as in [`merge`](crate::merge); other arrays are one value. A subtree
/// that only one document has is one change. The order is that of the documents: members by name, in keyed arrays
/// removed elements before all others. Applied one after the other the changes turn `old` into `new`.
pub fn diff(spec: &TypeSpec, old: &Json, new: &Json) -> Vec<FieldChange> {
    let mut walk = Walk {
        spec,
        changes: Vec::new(),
    };
    walk.value(&Trail::Root, old, new);
    walk.changes
}

struct Walk<'s> {
    spec: &'s TypeSpec,
    changes: Vec<FieldChange>,
}

impl Walk<'_> {
    fn value(&mut self, trail: &Trail<'_>, old: &Json, new: &Json) {
        if old == new {
            return;
        }
        if trail.may_descend() {
            match (old, new) {
                (Json::Object(old), Json::Object(new)) => return self.object(trail, old, new),
                (Json::Array(old), Json::Array(new)) => {
                    if let Some(keyed) = Keyed::read(self.spec, trail, [Some(old), Some(new)]) {
                        return self.keyed_array(trail, &keyed);
                    }
                }
                _ => {}
            }
        }
        self.push(trail, ChangeKind::Changed, Some(old), Some(new), None);
    }

    fn object(&mut self, trail: &Trail<'_>, old: &Object, new: &Object) {
        let mut names: Vec<&str> = old.keys().chain(new.keys()).map(String::as_str).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            let trail = Trail::Member(trail, name);
            match (old.get(name), new.get(name)) {
                (Some(old), Some(new)) => self.value(&trail, old, new),
                (old, None) => self.push(&trail, ChangeKind::Removed, old, None, None),
                (None, new) => self.push(&trail, ChangeKind::Added, None, new, None),
            }
        }
    }

    fn keyed_array(&mut self, trail: &Trail<'_>, keyed: &Keyed<'_, 2>) {
        let [old, new] = &keyed.sides;
        for (key, element) in old.iter().filter(|(key, _)| !new.contains_key(*key)) {
            let trail = Trail::Element(trail, keyed.members, key);
            self.push(&trail, ChangeKind::Removed, Some(element), None, None);
        }
        let old_order: Vec<&Key<'_>> = old.keys().collect();
        let new_order: Vec<&Key<'_>> = new.keys().collect();
        let moves: HashSet<&Key<'_>> = moved(&old_order, &new_order);
        let mut before: Option<&Key<'_>> = None;
        for (key, element) in new {
            let trail = Trail::Element(trail, keyed.members, key);
            let place =
                || Some(before.map_or(Place::First, |key| Place::After(key.owned(keyed.members))));
            match old.get(key) {
                None => self.push(&trail, ChangeKind::Added, None, Some(element), place()),
                Some(old) => {
                    if moves.contains(key) {
                        self.push(&trail, ChangeKind::Moved, None, None, place());
                    }
                    self.value(&trail, old, element);
                }
            }
            before = Some(key);
        }
    }

    fn push(
        &mut self,
        trail: &Trail<'_>,
        kind: ChangeKind,
        old: Option<&Json>,
        new: Option<&Json>,
        place: Option<Place>,
    ) {
        let (old, new) = (old.cloned(), new.cloned());
        self.changes.push(FieldChange {
            pointer: trail.path(),
            kind,
            old,
            new,
            place,
        });
    }
}
