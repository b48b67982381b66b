//! Arrays whose elements have keys.

use indexmap::IndexMap;
use installhub_artifact::{GENERIC_MERGE_KEYS, Json, TypeSpec};

use crate::path::{ElementKey, KeyValue};
use crate::trail::Trail;

/// What tells an element from its neighbours: the values of the key's members.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct Key<'a>(Vec<KeyPart<'a>>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum KeyPart<'a> {
    Text(&'a str),
    Number(&'a str),
    Bool(bool),
}

/// One side of an array: its elements in order, reachable by key.
pub(crate) type Elements<'a> = IndexMap<Key<'a>, &'a Json>;

/// An array that has the same key on all `N` sides.
pub(crate) struct Keyed<'a, const N: usize> {
    /// The members that make up the key.
    pub(crate) members: &'static [&'static str],
    /// The sides in the order given; an absent one is empty.
    pub(crate) sides: [Elements<'a>; N],
}

impl<'a, const N: usize> Keyed<'a, N> {
    /// Reads the arrays at `trail` by key: by the one from the type's catalogue entry, or else by the first generic
    /// member, that all elements on all sides have and that is unique on each side. `None` makes the array a value.
    pub(crate) fn read(
        spec: &TypeSpec,
        trail: &Trail<'_>,
        arrays: [Option<&'a [Json]>; N],
    ) -> Option<Self> {
        let mut elements = arrays.iter().flatten().copied().flatten().peekable();
        elements.peek()?;
        if !elements.all(|element| matches!(element, Json::Object(_))) {
            return None;
        }
        trail
            .catalogue_keys(spec)
            .map(|key| key.members)
            .chain(GENERIC_MERGE_KEYS.iter().map(std::slice::from_ref))
            .find_map(|members| Self::by(members, arrays))
    }

    fn by(members: &'static [&'static str], arrays: [Option<&'a [Json]>; N]) -> Option<Self> {
        let mut sides = [const { None }; N];
        for (side, array) in sides.iter_mut().zip(arrays) {
            *side = Some(elements_by(members, array.unwrap_or_default())?);
        }
        Some(Self {
            members,
            sides: sides.map(Option::unwrap_or_default),
        })
    }
}

fn elements_by<'a>(members: &[&str], array: &'a [Json]) -> Option<Elements<'a>> {
    let mut elements = IndexMap::with_capacity(array.len());
    for element in array {
        let key = members
            .iter()
            .map(|member| KeyPart::of(element.get(member)?))
            .collect::<Option<_>>()?;
        if elements.insert(Key(key), element).is_some() {
            return None;
        }
    }
    Some(elements)
}

impl<'a> KeyPart<'a> {
    /// Containers, `null` and the empty text identify nothing.
    fn of(value: &'a Json) -> Option<Self> {
        match value {
            Json::String(text) if !text.is_empty() => Some(Self::Text(text)),
            Json::Number(number) => Some(Self::Number(number.as_str())),
            Json::Bool(value) => Some(Self::Bool(*value)),
            _ => None,
        }
    }

    fn owned(self) -> KeyValue {
        match self {
            Self::Text(text) => KeyValue::Text(text.to_owned()),
            Self::Number(lexeme) => KeyValue::Number(lexeme.to_owned()),
            Self::Bool(value) => KeyValue::Bool(value),
        }
    }
}

impl Key<'_> {
    /// The key as a path tells it.
    pub(crate) fn owned(&self, members: &[&str]) -> ElementKey {
        ElementKey(
            members
                .iter()
                .zip(&self.0)
                .map(|(name, part)| ((*name).to_owned(), part.owned()))
                .collect(),
        )
    }
}
