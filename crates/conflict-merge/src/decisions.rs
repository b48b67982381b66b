//! Decisions about clashes: one artifact's, as the merge takes them.

use std::collections::BTreeMap;

use installhub_artifact::Json;

use crate::path::{FieldPath, Segment};
use crate::strategy::Fallback;
use crate::trail::Trail;

/// What becomes of one field on which the two sides differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It stays as the target has it; where the target has none, it stays away.
    Existing,
    /// It becomes what the package brings; where the package has none, it goes.
    Incoming,
    /// It becomes this value.
    Value(Json),
}

/// The decisions about one artifact: by field, and who wins where no field is named.
///
/// A decision is honoured wherever the two sides differ at its path, be it a clash or not, a single value or a whole
/// subtree; a decision about a subtree covers everything below it. The fallback settles clashes and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FieldDecisions {
    fields: BTreeMap<FieldPath, Decision>,
    fallback: Option<Fallback>,
}

impl FieldDecisions {
    /// No decision at all: every clash stays open.
    pub fn none() -> Self {
        Self::default()
    }

    /// The same with `decision` about the field at `path`; the later of two about one field stands.
    #[must_use]
    pub fn with(mut self, path: FieldPath, decision: Decision) -> Self {
        self.fields.insert(path, decision);
        self
    }

    /// The same with this side winning the clashes that no decision names.
    #[must_use]
    pub fn with_fallback(mut self, fallback: Option<Fallback>) -> Self {
        self.fallback = fallback;
        self
    }

    /// Who wins the clashes that no decision names.
    pub fn fallback(&self) -> Option<Fallback> {
        self.fallback
    }

    /// The decisions, ordered by path.
    pub fn iter(&self) -> impl Iterator<Item = (&FieldPath, &Decision)> {
        self.fields.iter()
    }
}

impl Extend<(FieldPath, Decision)> for FieldDecisions {
    fn extend<I: IntoIterator<Item = (FieldPath, Decision)>>(&mut self, decisions: I) {
        self.fields.extend(decisions);
    }
}

/// The decisions as a tree that a merge walks along with the document. At most as deep as a path is long.
#[derive(Default)]
pub(crate) struct DecisionNode<'d> {
    here: Option<(&'d FieldPath, &'d Decision)>,
    below: BTreeMap<&'d Segment, DecisionNode<'d>>,
}

impl<'d> DecisionNode<'d> {
    pub(crate) fn new(decisions: &'d FieldDecisions) -> Self {
        let mut root = Self::default();
        for (path, decision) in decisions.iter() {
            let node = path.segments().iter().fold(&mut root, |node, segment| {
                node.below.entry(segment).or_default()
            });
            node.here = Some((path, decision));
        }
        root
    }

    /// The decision about this very field.
    pub(crate) fn here(&self) -> Option<(&'d FieldPath, &'d Decision)> {
        self.here
    }

    /// Whether a field further down has been decided.
    pub(crate) fn reaches_below(&self) -> bool {
        !self.below.is_empty()
    }

    /// The node for the last step of `trail`.
    pub(crate) fn child(&self, trail: &Trail<'_>) -> Option<&Self> {
        if self.below.is_empty() {
            return None;
        }
        self.below.get(&trail.segment()?)
    }
}
