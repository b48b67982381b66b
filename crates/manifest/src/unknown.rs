//! Members this version of the format does not know, kept for those who do.

use std::borrow::Cow;
use std::fmt::{self, Write};

use installhub_artifact::{Json, Object, to_compact_string};
use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Members that are kept and ignored, held as the text they came as: a tree of a large manifest made of nothing else
/// would take many times its bytes.
///
/// Two are equal when they hold the same values, however they are formatted.
#[derive(Clone, Default)]
pub struct UnknownMembers(String);

impl UnknownMembers {
    /// No members.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The names, in the order of the file.
    pub fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        each_member(self.as_object_text(), |name, _| {
            names.push(name.into_owned());
        });
        names
    }

    /// The value of one member.
    pub fn get(&self, name: &str) -> Option<Json> {
        let mut found = None;
        each_member(self.as_object_text(), |here, value| {
            if here == name {
                found = installhub_artifact::parse(value.get().as_bytes()).ok();
            }
        });
        found
    }

    /// All members as values.
    pub fn to_object(&self) -> Object {
        match installhub_artifact::parse(self.as_object_text().as_bytes()) {
            Ok(Json::Object(members)) => members,
            _ => Object::new(),
        }
    }

    /// The members of `object` that are not in `known`.
    pub(crate) fn of(object: &str, known: &[&str]) -> Self {
        let mut kept = Self::default();
        each_member(object, |name, value| {
            if !known.contains(&name.as_ref()) {
                kept.push(&name, value.get());
            }
        });
        if !kept.0.is_empty() {
            kept.0.push('}');
            kept.0.shrink_to_fit();
        }
        kept
    }

    fn push(&mut self, name: &str, value: &str) {
        self.0.push(if self.0.is_empty() { '{' } else { ',' });
        let name = to_compact_string(&Json::String(name.to_owned()));
        // Writing to a `String` cannot fail.
        let _ = write!(self.0, "{name}:{value}");
    }

    fn as_object_text(&self) -> &str {
        if self.0.is_empty() { "{}" } else { &self.0 }
    }
}

impl From<Object> for UnknownMembers {
    fn from(members: Object) -> Self {
        if members.is_empty() {
            Self::default()
        } else {
            Self(to_compact_string(&Json::Object(members)))
        }
    }
}

impl PartialEq for UnknownMembers {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0 || self.to_object() == other.to_object()
    }
}

impl Eq for UnknownMembers {}

impl fmt::Debug for UnknownMembers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_object_text())
    }
}

/// Visits the members of an object without building anything.
fn each_member<'a>(object: &'a str, visit: impl FnMut(Cow<'a, str>, &'a RawValue)) {
    // A manifest was checked to be strict JSON before anything is kept of it, so there is no error to tell.
    let _ = serde_json::Deserializer::from_str(object).deserialize_map(Members(visit));
}

struct Members<F>(F);

impl<'de, F: FnMut(Cow<'de, str>, &'de RawValue)> Visitor<'de> for Members<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some((name, value)) = map.next_entry::<Name<'de>, &'de RawValue>()? {
            (self.0)(name.0, value);
        }
        Ok(())
    }
}

/// A member's name, borrowed unless it has escapes.
#[derive(serde::Deserialize)]
#[serde(transparent)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_kept_with_their_numbers_and_told_from_known_ones() {
        let text = r#"{ "name": 1, "x-\u0061": {"n": 1.50, "a":[null, 1e3]}, "__proto__": {"admin":true} }"#;
        let kept = UnknownMembers::of(text, &["name"]);
        assert_eq!(kept.names(), ["x-a", "__proto__"]);
        let value = kept.get("x-a").expect("it is there");
        assert_eq!(to_compact_string(&value), r#"{"a":[null,1e3],"n":1.50}"#);
        assert_eq!(kept.get("name"), None);
        assert_eq!(UnknownMembers::from(kept.to_object()), kept);
        assert!(UnknownMembers::of(r#"{"name":1}"#, &["name"]).is_empty());
        assert_ne!(kept, UnknownMembers::new());
    }
}
