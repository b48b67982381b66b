//! What reading needs of a document, whichever of the two trees holds it.

use crate::json::{Json, JsonRef, push_pointer};

/// A value in a tree.
pub(crate) trait Node: Sized {
    /// The text of a string.
    fn text(&self) -> Option<&str>;
    /// The text of a string or the lexeme of a number: some tools number their objects.
    fn text_or_number(&self) -> Option<&str>;
    /// The member of an object with this key.
    fn member(&self, key: &str) -> Option<&Self>;
    /// The elements of an array, or the members of an object by key; a keyed object is how some tools write a list.
    fn children(&self) -> Vec<(Token<'_>, &Self)>;
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
    fn text(&self) -> Option<&str> {
        self.as_str()
    }

    fn text_or_number(&self) -> Option<&str> {
        match self {
            Self::Number(number) => Some(number.as_str()),
            other => other.as_str(),
        }
    }

    fn member(&self, key: &str) -> Option<&Self> {
        self.get(key)
    }

    fn children(&self) -> Vec<(Token<'_>, &Self)> {
        match self {
            Self::Array(elements) => indexed(elements),
            Self::Object(members) => members
                .iter()
                .map(|(key, value)| (Token::Key(key), value))
                .collect(),
            _ => Vec::new(),
        }
    }
}

impl Node for JsonRef<'_> {
    fn text(&self) -> Option<&str> {
        self.as_str()
    }

    fn text_or_number(&self) -> Option<&str> {
        self.as_number().or_else(|| self.as_str())
    }

    fn member(&self, key: &str) -> Option<&Self> {
        self.get(key)
    }

    fn children(&self) -> Vec<(Token<'_>, &Self)> {
        match self {
            Self::Array(elements) => indexed(elements),
            Self::Object(members) => {
                let mut members: Vec<_> = members
                    .iter()
                    .map(|(key, value)| (key.as_ref(), value))
                    .collect();
                // The order of the text does not matter to what is found.
                members.sort_unstable_by_key(|(key, _)| *key);
                members
                    .into_iter()
                    .map(|(key, value)| (Token::Key(key), value))
                    .collect()
            }
            _ => Vec::new(),
        }
    }
}

fn indexed<N>(elements: &[N]) -> Vec<(Token<'_>, &N)> {
    elements
        .iter()
        .enumerate()
        .map(|(index, element)| (Token::Index(index), element))
        .collect()
}
