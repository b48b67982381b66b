//! Where a field is: a JSON pointer that addresses elements of keyed arrays by key instead of by position.

use std::fmt;

use installhub_artifact::Json;
use serde::{Deserialize, Serialize};

/// The most segments of a path: a JSON document nests at most 128 levels (package format 1.0, Canonical JSON).
pub(crate) const MAX_DEPTH: usize = 128;

/// The path of a field inside a document, such as `/nodes/[nodeId=n1]/config/timeout`.
///
/// Members of objects are written as in RFC 6901. An element of an array of objects that has a key is written as its
/// key in brackets: `[id=7f3]`, with several members `[from=a,to=b]`. A key that is text stands after `=`, a number or
/// boolean after `:=` (`[id:=7]`), so that `"7"` and `7` are two keys. Elements of arrays without a key have no path:
/// such an array is one value.
///
/// RFC 6901 escapes `~` as `~0` and `/` as `~1`; here, too, `~2` is a `[` at the start of a member's name, and inside
/// brackets `~3` is `=` in a key's name, `~4` is `,` and `~5` is `:` in a key's name. The empty path is the whole
/// document. A path has at most 128 segments.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct FieldPath(Vec<Segment>);

/// One step of a [`FieldPath`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Segment {
    /// Into an object.
    Member(String),
    /// Into an array whose elements have keys.
    Element(ElementKey),
}

/// What tells one element of a keyed array from the others: one or more members with their values.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ElementKey(pub(crate) Vec<(String, KeyValue)>);

/// The value of one member of a key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum KeyValue {
    /// A text; never empty.
    Text(String),
    /// A number, as written.
    Number(String),
    /// A boolean.
    Bool(bool),
}

impl FieldPath {
    /// The whole document.
    pub const fn root() -> Self {
        Self(Vec::new())
    }

    /// The member `name` of the object at this path.
    #[must_use]
    pub fn member(&self, name: &str) -> Self {
        self.joined(Segment::Member(name.to_owned()))
    }

    /// The element `key` of the array at this path.
    #[must_use]
    pub fn element(&self, key: ElementKey) -> Self {
        self.joined(Segment::Element(key))
    }

    /// The steps from the document's root.
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// The value at this path; `None` if the document has none there.
    pub fn find<'j>(&self, document: &'j Json) -> Option<&'j Json> {
        self.0
            .iter()
            .try_fold(document, |value, segment| match segment {
                Segment::Member(name) => value.as_object()?.get(name),
                Segment::Element(key) => value
                    .as_array()?
                    .iter()
                    .find(|element| key.matches(element)),
            })
    }

    pub(crate) fn from_segments(segments: Vec<Segment>) -> Self {
        Self(segments)
    }

    fn joined(&self, segment: Segment) -> Self {
        let mut segments = self.0.clone();
        segments.push(segment);
        Self(segments)
    }
}

impl ElementKey {
    /// Whether `element` is an object with this key.
    pub fn matches(&self, element: &Json) -> bool {
        self.0
            .iter()
            .all(|(name, value)| element.get(name).is_some_and(|found| value.is(found)))
    }
}

impl KeyValue {
    fn is(&self, json: &Json) -> bool {
        match (self, json) {
            (Self::Text(text), Json::String(found)) => text == found,
            (Self::Number(lexeme), Json::Number(found)) => lexeme == found.as_str(),
            (Self::Bool(value), Json::Bool(found)) => value == found,
            _ => false,
        }
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|segment| write!(f, "/{segment}"))
    }
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Member(name) => {
                let rest = name.strip_prefix('[');
                if rest.is_some() {
                    f.write_str("~2")?;
                }
                escape(rest.unwrap_or(name), &['~', '/'], f)
            }
            Self::Element(key) => key.fmt(f),
        }
    }
}

impl fmt::Display for ElementKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, (name, value)) in self.0.iter().enumerate() {
            f.write_str(if position == 0 { "[" } else { "," })?;
            escape(name, &['~', '/', '=', ',', ':'], f)?;
            match value {
                KeyValue::Text(text) => {
                    f.write_str("=")?;
                    escape(text, &['~', '/', ','], f)?;
                }
                KeyValue::Number(lexeme) => write!(f, ":={lexeme}")?,
                KeyValue::Bool(value) => write!(f, ":={value}")?,
            }
        }
        f.write_str("]")
    }
}

impl From<FieldPath> for String {
    fn from(path: FieldPath) -> Self {
        path.to_string()
    }
}

/// Every character that is ever escaped, at the digit that stands for it.
pub(crate) const ESCAPED: [char; 6] = ['~', '/', '[', '=', ',', ':'];

fn escape(text: &str, special: &[char], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut rest = text;
    while let Some(at) = rest.find(special) {
        let (plain, tail) = rest.split_at(at);
        f.write_str(plain)?;
        let mut tail = tail.chars();
        if let Some(digit) = tail
            .next()
            .and_then(|c| ESCAPED.iter().position(|&e| e == c))
        {
            write!(f, "~{digit}")?;
        }
        rest = tail.as_str();
    }
    f.write_str(rest)
}
