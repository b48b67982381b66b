//! Judging a document without building it: what a validator asks of bytes that may be hostile.

use std::borrow::Cow;

use crate::catalogue::ArtifactType;
use crate::json::{Container, JsonError, JsonLimits, Key, KeyStack, Sink, read};
use crate::references::{Finder, Matcher, Sighting};
use crate::tree::{Scalar, Token};

/// What a document says about itself (see [`Identity`](crate::Identity)), read in passing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inspection {
    /// Whether the document is an object, which every artifact is.
    pub is_object: bool,
    /// `_type`, or without it `type`.
    pub artifact_type: Option<String>,
    /// `id`
    pub id: Option<String>,
    /// `name`
    pub name: Option<String>,
    /// `_version`, or without it `version`.
    pub version: Option<String>,
}

/// Checks that `bytes` are one strict JSON document, reads who it is, and shows `found` every reference of a document of type
/// `artifact_type`, in the order of the text.
///
/// It needs no memory but for keys of open objects, eight bytes each where there are many; a tree of a hostile document takes twelve
/// times the document. Sightings before an error are void.
pub fn inspect(
    artifact_type: ArtifactType,
    bytes: &[u8],
    found: &mut dyn FnMut(Sighting<'_>),
) -> Result<Inspection, JsonError> {
    let passing = Passing {
        found,
        members: [const { None }; MEMBERS.len()],
    };
    let mut inspector = Inspector {
        keys: KeyStack::default(),
        matcher: Matcher::with_members(artifact_type, MEMBERS, passing),
        live: Vec::new(),
        dead: 0,
        matters: true,
        is_object: false,
    };
    read(bytes, &JsonLimits::default(), &mut inspector)?;
    let [own_type, plain_type, id, name, own_version, plain_version] =
        inspector.matcher.finder.members;
    Ok(Inspection {
        is_object: inspector.is_object,
        artifact_type: own_type.or(plain_type),
        id,
        name,
        version: own_version.or(plain_version),
    })
}

/// The members that say who a document is, in the order [`inspect`] takes them apart.
pub(crate) const MEMBERS: &[&str; 6] = &["_type", "type", "id", "name", "_version", "version"];

struct Passing<'f> {
    found: &'f mut dyn FnMut(Sighting<'_>),
    members: [Option<String>; MEMBERS.len()],
}

impl Finder for Passing<'_> {
    fn reference(&mut self, sighting: Sighting<'_>) {
        (self.found)(sighting);
    }

    fn member(&mut self, name: &'static str, said: &str) {
        if let Some(at) = MEMBERS.iter().position(|member| *member == name) {
            self.members[at] = Some(said.to_owned());
        }
    }
}

struct Inspector<'a, 'f> {
    keys: KeyStack<'a>,
    matcher: Matcher<Passing<'f>>,
    /// For each open container that matters, how many elements it had, if it is an array.
    live: Vec<Option<usize>>,
    /// How many containers are open inside one that does not matter, that one included.
    dead: usize,
    /// Whether the value that comes next matters.
    matters: bool,
    is_object: bool,
}

impl Inspector<'_, '_> {
    #[inline]
    fn scalar(&mut self, value: Scalar<'_>) {
        if self.matters {
            self.matcher.scalar(value);
        }
    }

    #[inline]
    fn close(&mut self) {
        if self.dead > 0 {
            self.dead -= 1;
            return;
        }
        self.matcher.close();
        self.live.pop();
    }
}

impl<'a> Sink<'a> for Inspector<'a, '_> {
    fn start(&mut self, text: &'a str) {
        self.keys.start(text);
    }

    #[inline]
    fn value(&mut self) {
        if self.dead == 0
            && let Some(Some(count)) = self.live.last_mut()
        {
            self.matters = self.matcher.child(Token::Index(*count));
            *count += 1;
        }
    }

    #[inline]
    fn wants_text(&self) -> bool {
        self.matters
    }

    #[inline]
    fn null(&mut self) {}

    #[inline]
    fn bool(&mut self, _: bool) {}

    #[inline]
    fn number(&mut self, lexeme: &'a str) {
        self.scalar(Scalar::Number(lexeme));
    }

    #[inline]
    fn string(&mut self, text: Cow<'a, str>) {
        self.scalar(Scalar::Text(&text));
    }

    #[inline]
    fn open(&mut self, container: Container) {
        self.keys.open();
        if !self.matters {
            self.dead += 1;
            return;
        }
        let is_object = matches!(container, Container::Object);
        if self.live.is_empty() {
            self.is_object = is_object;
        }
        self.matcher.open();
        self.live.push((!is_object).then_some(0));
    }

    #[inline]
    fn key(&mut self, key: Key<'a>) {
        if self.dead == 0 {
            self.matters = self.matcher.child(Token::Key(&key.text));
        }
        self.keys.push(key);
    }

    #[inline]
    fn close_array(&mut self) {
        self.keys.close_array();
        self.close();
    }

    #[inline]
    fn close_object(&mut self) -> Result<(), Key<'a>> {
        self.keys.close_object()?;
        self.close();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::references::Reference;

    fn look(artifact_type: ArtifactType, text: &str) -> (Inspection, Vec<Reference>) {
        let mut references: Vec<Reference> = Vec::new();
        let inspection = inspect(artifact_type, text.as_bytes(), &mut |found| {
            references.push(found.into());
        })
        .expect(text);
        (inspection, references)
    }

    #[test]
    fn who_a_document_is_comes_from_its_own_members_only() {
        let text = r#"{"nodes":[{"id":"n","type":"x","name":"y"}],"type":"View","_type":"Table","id":7,"version":"2.0.0","name":" "}"#;
        let (said, found) = look(ArtifactType::Table, text);
        assert!(said.is_object && found.is_empty());
        assert_eq!(
            (said.artifact_type.as_deref(), said.id.as_deref()),
            (Some("Table"), Some("7"))
        );
        assert_eq!((said.version.as_deref(), said.name), (Some("2.0.0"), None));
        for other in ["[]", "1", "\"id\"", "null", "[{\"id\":1}]"] {
            assert_eq!(
                look(ArtifactType::Table, other),
                (Inspection::default(), Vec::new()),
                "{other}"
            );
        }
    }

    #[test]
    fn a_dead_branch_does_not_shift_what_follows() {
        let text = r#"{"x":[[{"nodes":1}]],"nodes":[{"a":{"config":[]}},[],3,"s",{"config":{"x":{},"formId":"f"}}],"id":"p"}"#;
        let (said, found) = look(ArtifactType::ProcessDefinition, text);
        assert_eq!(said.id.as_deref(), Some("p"));
        let found: Vec<_> = found
            .iter()
            .map(|found| (found.pointer.as_str(), found.id.as_str()))
            .collect();
        assert_eq!(found, [("/nodes/4/config/formId", "f")]);
    }

    #[test]
    fn the_same_errors_come_as_from_building() {
        for wrong in [
            "",
            "{",
            "[1,]",
            r#"{"a":1,"a":2}"#,
            r#"{"references":[{"id":1,"id":2}]}"#,
            "[NaN]",
        ] {
            let error =
                inspect(ArtifactType::View, wrong.as_bytes(), &mut |_| ()).expect_err(wrong);
            assert_eq!(Err(error), crate::json::parse(wrong.as_bytes()), "{wrong}");
        }
    }
}
