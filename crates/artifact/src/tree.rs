//! What reading needs of a document, whichever of the two trees holds it.

use crate::json::{Json, JsonRef, push_pointer};

/// A value in a tree.
pub(crate) trait Node: Sized {
    /// The member of an object with this key.
    fn member(&self, key: &str) -> Option<&Self>;
    /// The value itself, or what it contains.
    fn shape(&self) -> Shape<'_, Self>;

    /// The text of a string or the lexeme of a number: some tools number their objects.
    fn text_or_number(&self) -> Option<&str> {
        match self.shape() {
            Shape::Scalar(Scalar::Text(said) | Scalar::Number(said)) => Some(said),
            _ => None,
        }
    }
}

/// What a value is.
pub(crate) enum Shape<'n, N> {
    Scalar(Scalar<'n>),
    /// The elements of an array, or the members of an object sorted by key: a keyed object is how some tools write a list.
    Container(Vec<(Token<'n>, &'n N)>),
}

/// A value that contains no other.
#[derive(Clone, Copy)]
pub(crate) enum Scalar<'n> {
    Text(&'n str),
    Number(&'n str),
    Other,
}

/// One step of a pointer.
#[derive(Clone, Copy)]
pub(crate) enum Token<'n> {
    Index(usize),
    Key(&'n str),
}

impl Token<'_> {
    /// Appends this step.
    pub(crate) fn push_to(self, pointer: &mut String) {
        match self {
            Self::Index(index) => push_pointer(pointer, &index.to_string()),
            Self::Key(key) => push_pointer(pointer, key),
        }
    }
}

impl Node for Json {
    fn member(&self, key: &str) -> Option<&Self> {
        self.get(key)
    }

    fn shape(&self) -> Shape<'_, Self> {
        match self {
            Self::Null | Self::Bool(_) => Shape::Scalar(Scalar::Other),
            Self::Number(number) => Shape::Scalar(Scalar::Number(number.as_str())),
            Self::String(text) => Shape::Scalar(Scalar::Text(text)),
            Self::Array(elements) => indexed(elements),
            Self::Object(members) => Shape::Container(
                members
                    .iter()
                    .map(|(key, value)| (Token::Key(key), value))
                    .collect(),
            ),
        }
    }
}

impl Node for JsonRef<'_> {
    fn member(&self, key: &str) -> Option<&Self> {
        self.get(key)
    }

    fn shape(&self) -> Shape<'_, Self> {
        match self {
            Self::Null | Self::Bool(_) => Shape::Scalar(Scalar::Other),
            Self::Number(lexeme) => Shape::Scalar(Scalar::Number(lexeme)),
            Self::String(text) => Shape::Scalar(Scalar::Text(text)),
            Self::Array(elements) => indexed(elements),
            Self::Object(members) => {
                let mut members: Vec<_> = members
                    .iter()
                    .map(|(key, value)| (key.as_ref(), value))
                    .collect();
                members.sort_unstable_by_key(|(key, _)| *key);
                Shape::Container(
                    members
                        .into_iter()
                        .map(|(key, value)| (Token::Key(key), value))
                        .collect(),
                )
            }
        }
    }
}

fn indexed<N>(elements: &[N]) -> Shape<'_, N> {
    Shape::Container(
        elements
            .iter()
            .enumerate()
            .map(|(index, element)| (Token::Index(index), element))
            .collect(),
    )
}
