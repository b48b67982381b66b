//! Two- and three-way merge of documents, clashes as values.

use std::collections::{BTreeSet, HashMap};

use installhub_artifact::{Json, Object, TypeSpec};

use crate::clash::{Clash, Merge, MergeReport};
use crate::decisions::{Decision, DecisionNode, FieldDecisions};
use crate::envelope;
use crate::keyed::{Key, Keyed};
use crate::order::{interleave, same_order};
use crate::path::FieldPath;
use crate::strategy::Fallback;
use crate::trail::Trail;

/// Merges what a package brings (`incoming`) into what the target holds (`existing`); see the crate's documentation
/// for the rules (import, Conflicts).
///
/// `base` is the version last installed; without it incoming fields win and absent ones stay, so that nothing clashes.
/// Ids have to be those of the target on all sides: merge after references were rewritten. The result depends on the
/// arguments' values alone.
pub fn merge(
    spec: &TypeSpec,
    base: Option<&Json>,
    existing: &Json,
    incoming: &Json,
    decisions: &FieldDecisions,
) -> Merge {
    merge_with_report(spec, base, existing, incoming, decisions).merge
}

/// Like [`merge`], and says which fields the fallback settled and which decisions met nothing to decide.
pub fn merge_with_report(
    spec: &TypeSpec,
    base: Option<&Json>,
    existing: &Json,
    incoming: &Json,
    decisions: &FieldDecisions,
) -> MergeReport {
    let tree = DecisionNode::new(decisions);
    let mut engine = Engine {
        spec,
        ways: if base.is_some() {
            Ways::Three
        } else {
            Ways::Two
        },
        fallback: decisions.fallback(),
        used: BTreeSet::new(),
        by_fallback: Vec::new(),
        clashes: Vec::new(),
    };
    let sides = Sides {
        base,
        existing: Some(existing),
        incoming: Some(incoming),
    };
    let merged = engine.value(&Trail::Root, sides, Some(&tree));
    let document = merged.unwrap_or_else(|| existing.clone());

    let Engine {
        used,
        mut by_fallback,
        mut clashes,
        ..
    } = engine;
    by_fallback.sort();
    clashes.sort_by(|left, right| left.pointer.cmp(&right.pointer));
    let unused = decisions
        .iter()
        .map(|(path, _)| path)
        .filter(|path| !used.contains(path))
        .cloned()
        .collect();
    let merge = if clashes.is_empty() {
        Merge::Clean(document)
    } else {
        Merge::Clashed {
            partial: document,
            clashes,
        }
    };
    MergeReport {
        merge,
        by_fallback,
        unused,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Ways {
    Two,
    Three,
}

/// One place on all sides; `None` where a side has nothing.
#[derive(Clone, Copy)]
struct Sides<'a> {
    base: Option<&'a Json>,
    existing: Option<&'a Json>,
    incoming: Option<&'a Json>,
}

impl Sides<'_> {
    /// Who wins where one side alone has something to say.
    fn undisputed(self, ways: Ways) -> Option<Decision> {
        match ways {
            Ways::Two if self.existing.is_none() => Some(Decision::Incoming),
            Ways::Two if self.incoming.is_none() => Some(Decision::Existing),
            Ways::Three if self.base == self.existing => Some(Decision::Incoming),
            Ways::Three if self.base == self.incoming => Some(Decision::Existing),
            Ways::Two | Ways::Three => None,
        }
    }

    fn pick(self, decision: &Decision) -> Option<Json> {
        match decision {
            Decision::Existing => self.existing.cloned(),
            Decision::Incoming => self.incoming.cloned(),
            Decision::Value(value) => Some(value.clone()),
        }
    }
}

struct Engine<'r, 'd> {
    spec: &'r TypeSpec,
    ways: Ways,
    fallback: Option<Fallback>,
    used: BTreeSet<&'d FieldPath>,
    by_fallback: Vec<FieldPath>,
    clashes: Vec<Clash>,
}

impl<'d> Engine<'_, 'd> {
    /// The merged value at `trail`; `None` if it ends up deleted.
    fn value(
        &mut self,
        trail: &Trail<'_>,
        sides: Sides<'_>,
        decisions: Option<&DecisionNode<'d>>,
    ) -> Option<Json> {
        if sides.existing == sides.incoming {
            return sides.existing.cloned();
        }
        if let Some((path, decision)) = decisions.and_then(DecisionNode::here) {
            self.used.insert(path);
            return sides.pick(decision);
        }
        // Going down gives the same where one side is unchanged; only a decision further down makes it worth the way.
        if !decisions.is_some_and(DecisionNode::reaches_below)
            && let Some(winner) = sides.undisputed(self.ways)
        {
            return sides.pick(&winner);
        }
        if trail.may_descend() {
            match (sides.existing, sides.incoming) {
                (Some(Json::Object(existing)), Some(Json::Object(incoming))) => {
                    let base = sides.base.and_then(Json::as_object);
                    return Some(self.object(trail, base, existing, incoming, decisions));
                }
                (Some(Json::Array(existing)), Some(Json::Array(incoming))) => {
                    let base = sides.base.and_then(Json::as_array).map(Vec::as_slice);
                    let arrays = [base, Some(existing.as_slice()), Some(incoming.as_slice())];
                    if let Some(keyed) = Keyed::read(self.spec, trail, arrays) {
                        return Some(self.keyed_array(trail, &keyed, decisions));
                    }
                }
                _ => {}
            }
        }
        self.leaf(trail, sides)
    }

    fn object(
        &mut self,
        trail: &Trail<'_>,
        base: Option<&Object>,
        existing: &Object,
        incoming: &Object,
        decisions: Option<&DecisionNode<'d>>,
    ) -> Json {
        let names: BTreeSet<&str> = existing
            .keys()
            .chain(incoming.keys())
            .map(String::as_str)
            .collect();
        let mut merged = Object::new();
        for name in names {
            let trail = Trail::Member(trail, name);
            let sides = Sides {
                base: base.and_then(|members| members.get(name)),
                existing: existing.get(name),
                incoming: incoming.get(name),
            };
            let decisions = decisions.and_then(|node| node.child(&trail));
            if let Some(value) = self.value(&trail, sides, decisions) {
                merged.insert(name.to_owned(), value);
            }
        }
        Json::Object(merged)
    }

    fn keyed_array(
        &mut self,
        trail: &Trail<'_>,
        keyed: &Keyed<'_, 3>,
        decisions: Option<&DecisionNode<'d>>,
    ) -> Json {
        let [base, existing, incoming] = &keyed.sides;
        let mut merged: HashMap<&Key<'_>, Json> =
            HashMap::with_capacity(existing.len().max(incoming.len()));
        let only_incoming = incoming.keys().filter(|key| !existing.contains_key(*key));
        for key in existing.keys().chain(only_incoming) {
            let trail = Trail::Element(trail, keyed.members, key);
            let sides = Sides {
                base: base.get(key).copied(),
                existing: existing.get(key).copied(),
                incoming: incoming.get(key).copied(),
            };
            let decisions = decisions.and_then(|node| node.child(&trail));
            if let Some(value) = self.value(&trail, sides, decisions) {
                merged.insert(key, value);
            }
        }
        Json::Array(Self::in_order(keyed, merged))
    }

    /// The merged elements in the existing order, unless the incoming side alone has changed the order of the base.
    fn in_order<'k, 'a>(
        keyed: &'k Keyed<'a, 3>,
        mut merged: HashMap<&'k Key<'a>, Json>,
    ) -> Vec<Json> {
        let [base, existing, incoming] = &keyed.sides;
        let base: Vec<&Key<'_>> = base.keys().collect();
        let existing_kept: Vec<&Key<'_>> = existing
            .keys()
            .filter(|key| merged.contains_key(*key))
            .collect();
        let incoming_kept: Vec<&Key<'_>> = incoming
            .keys()
            .filter(|key| merged.contains_key(*key))
            .collect();
        let only_incoming_reordered =
            same_order(&base, &existing_kept) && !same_order(&base, &incoming_kept);
        let order = if only_incoming_reordered {
            interleave(&incoming_kept, &existing_kept)
        } else {
            interleave(&existing_kept, &incoming_kept)
        };
        order
            .into_iter()
            .filter_map(|key| merged.remove(key))
            .collect()
    }

    /// A place that cannot be taken apart.
    fn leaf(&mut self, trail: &Trail<'_>, sides: Sides<'_>) -> Option<Json> {
        let winner = sides.undisputed(self.ways).or_else(|| match self.ways {
            Ways::Two => Some(Decision::Incoming),
            Ways::Three => envelope::settle(
                self.spec,
                trail.top_level_member()?,
                sides.existing,
                sides.incoming,
            ),
        });
        if let Some(winner) = winner {
            return sides.pick(&winner);
        }
        let winner = match self.fallback {
            Some(Fallback::Overwrite) => Decision::Incoming,
            Some(Fallback::Skip) | None => Decision::Existing,
        };
        if self.fallback.is_some() {
            self.by_fallback.push(trail.path());
        } else {
            self.clashes.push(Clash {
                pointer: trail.path(),
                base: sides.base.cloned(),
                existing: sides.existing.cloned(),
                incoming: sides.incoming.cloned(),
            });
        }
        sides.pick(&winner)
    }
}
