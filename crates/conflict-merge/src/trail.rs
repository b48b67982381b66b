//! The way from a document's root to the value that is being looked at, kept on the stack.

use installhub_artifact::{MergeKey, TypeSpec};

use crate::keyed::Key;
use crate::path::{FieldPath, MAX_DEPTH, Segment};

/// The steps taken so far; becomes a [`FieldPath`] only where one has to be told.
#[derive(Clone, Copy)]
pub(crate) enum Trail<'t> {
    Root,
    Member(&'t Trail<'t>, &'t str),
    Element(&'t Trail<'t>, &'static [&'static str], &'t Key<'t>),
}

impl<'t> Trail<'t> {
    pub(crate) fn parent(&self) -> Option<&'t Self> {
        match self {
            Self::Root => None,
            Self::Member(parent, _) | Self::Element(parent, ..) => Some(parent),
        }
    }

    /// Whether there is room for another level. Below, values are taken whole: recursion ends where JSON ends.
    pub(crate) fn may_descend(&self) -> bool {
        self.steps().count() < MAX_DEPTH
    }

    /// The name, if this is a member of the document itself.
    pub(crate) fn top_level_member(&self) -> Option<&'t str> {
        match self {
            Self::Member(Self::Root, name) => Some(name),
            _ => None,
        }
    }

    pub(crate) fn path(&self) -> FieldPath {
        let mut segments: Vec<Segment> = self.steps().filter_map(Self::segment).collect();
        segments.reverse();
        FieldPath::from_segments(segments)
    }

    /// The last step; `None` for the document itself.
    pub(crate) fn segment(&self) -> Option<Segment> {
        match self {
            Self::Root => None,
            Self::Member(_, name) => Some(Segment::Member((*name).to_owned())),
            Self::Element(_, members, key) => Some(Segment::Element(key.owned(members))),
        }
    }

    /// The keys that the type's catalogue entry names for the array here; it knows arrays of the document itself only.
    pub(crate) fn catalogue_keys(
        &self,
        spec: &TypeSpec,
    ) -> impl Iterator<Item = &'static MergeKey> {
        let here = self.top_level_member();
        spec.merge_keys
            .iter()
            .filter(move |key| here == Some(key.path))
    }

    /// This step and those before it, without the root.
    fn steps(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |step| step.parent())
            .take_while(|step| !matches!(step, Self::Root))
    }
}
