//! A tree that borrows from the text it was read from.

use std::borrow::Cow;

use super::duplicates::{Key, duplicate};
use super::error::JsonError;
use super::number::Number;
use super::owned::Json;
use super::parser::{Container, JsonLimits, Sink, read};
use super::pointer;

/// A JSON value that borrows from its text; what has to be looked at once and quickly.
///
/// Members stand in the order of the text. Numbers are their lexemes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JsonRef<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, exactly as written.
    Number(&'a str),
    /// A string, unescaped.
    String(Cow<'a, str>),
    /// An array.
    Array(Box<[JsonRef<'a>]>),
    /// An object: distinct keys and their values, in the order of the text.
    Object(Box<[Member<'a>]>),
}

/// A key and its value.
pub type Member<'a> = (Cow<'a, str>, JsonRef<'a>);

/// Reads one strict JSON document (see [`parse`](super::parse)) without copying what can be borrowed.
pub fn parse_ref(bytes: &[u8]) -> Result<JsonRef<'_>, JsonError> {
    parse_ref_with(bytes, &JsonLimits::default())
}

/// Like [`parse_ref`], with other limits.
pub fn parse_ref_with<'a>(bytes: &'a [u8], limits: &JsonLimits) -> Result<JsonRef<'a>, JsonError> {
    let mut tree = Tree {
        values: Vec::new(),
        keys: Vec::new(),
        open: Vec::new(),
    };
    read(bytes, limits, &mut tree)?;
    // The grammar has let exactly one value through.
    Ok(tree.values.pop().unwrap_or(JsonRef::Null))
}

impl<'a> JsonRef<'a> {
    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The truth value.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The lexeme of a number.
    pub fn as_number(&self) -> Option<&'a str> {
        match self {
            Self::Number(lexeme) => Some(lexeme),
            _ => None,
        }
    }

    /// The elements of an array.
    pub fn as_array(&self) -> Option<&[JsonRef<'a>]> {
        match self {
            Self::Array(elements) => Some(elements),
            _ => None,
        }
    }

    /// The members of an object.
    pub fn as_object(&self) -> Option<&[Member<'a>]> {
        match self {
            Self::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The member of an object with this key, found in linear time.
    pub fn get(&self, key: &str) -> Option<&JsonRef<'a>> {
        self.as_object()?
            .iter()
            .find_map(|(name, value)| (name == key).then_some(value))
    }

    /// What an RFC 6901 pointer points at.
    pub fn pointer(&self, pointer: &str) -> Option<&JsonRef<'a>> {
        pointer::tokens(pointer)?.try_fold(self, |value, token| match value {
            Self::Array(elements) => elements.get(pointer::index(&token)?),
            _ => value.get(&token),
        })
    }

    /// What kind of value this is, for messages: "an object", "null", …
    pub fn kind_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::Array(_) => "an array",
            Self::Object(_) => "an object",
        }
    }

    /// The same value in a tree of its own.
    pub fn into_json(self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Bool(value) => Json::Bool(value),
            Self::Number(lexeme) => Json::Number(Number::from_lexeme(lexeme)),
            Self::String(text) => Json::String(text.into_owned()),
            Self::Array(elements) => {
                Json::Array(elements.into_iter().map(JsonRef::into_json).collect())
            }
            Self::Object(members) => Json::Object(
                members
                    .into_iter()
                    .map(|(key, value)| (key.into_owned(), value.into_json()))
                    .collect(),
            ),
        }
    }
}

impl From<JsonRef<'_>> for Json {
    fn from(value: JsonRef<'_>) -> Self {
        value.into_json()
    }
}

/// Builds a tree bottom up: finished values wait on a stack until the container around them closes, which then takes exactly the
/// room it needs.
struct Tree<'a> {
    values: Vec<JsonRef<'a>>,
    keys: Vec<Key<'a>>,
    /// For each open container, how many values and keys lie below its own.
    open: Vec<(usize, usize)>,
}

impl<'a> Sink<'a> for Tree<'a> {
    fn wants_text(&self) -> bool {
        true
    }

    fn null(&mut self) {
        self.values.push(JsonRef::Null);
    }

    fn bool(&mut self, value: bool) {
        self.values.push(JsonRef::Bool(value));
    }

    #[inline]
    fn number(&mut self, lexeme: &'a str) {
        self.values.push(JsonRef::Number(lexeme));
    }

    #[inline]
    fn string(&mut self, text: Cow<'a, str>) {
        self.values.push(JsonRef::String(text));
    }

    #[inline]
    fn open(&mut self, _: Container) {
        self.open.push((self.values.len(), self.keys.len()));
    }

    #[inline]
    fn key(&mut self, key: Key<'a>) {
        self.keys.push(key);
    }

    #[inline]
    fn close_array(&mut self) {
        let (values, _) = self.open.pop().unwrap_or_default();
        let elements = self.values.drain(values..).collect();
        self.values.push(JsonRef::Array(elements));
    }

    #[inline]
    fn close_object(&mut self) -> Result<(), Key<'a>> {
        let (values, keys) = self.open.pop().unwrap_or_default();
        if let Some(at) = duplicate(&self.keys[keys..]) {
            return Err(self.keys.swap_remove(keys + at));
        }
        let keys = self.keys.drain(keys..).map(|key| key.text);
        let members = keys.zip(self.values.drain(values..)).collect();
        self.values.push(JsonRef::Object(members));
        Ok(())
    }
}
