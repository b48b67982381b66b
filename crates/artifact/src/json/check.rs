//! Strictness without a tree, for rows and for whatever is only passed on.

use std::borrow::Cow;

use super::duplicates::Key;
use super::error::{Fault, JsonError, JsonErrorKind};
use super::keys::KeyStack;
use super::parser::{Container, JsonLimits, Sink, read};

/// Checks that `bytes` are one strict JSON document.
pub fn check(bytes: &[u8]) -> Result<(), JsonError> {
    count(bytes).map(drop)
}

/// Checks that `line` is one strict JSON array, and gives the number of its elements (package format 1.0, data files).
pub fn check_array(line: &[u8]) -> Result<usize, JsonError> {
    let elements = count(line)?;
    elements.ok_or_else(|| {
        let found = line
            .iter()
            .position(|byte| !byte.is_ascii_whitespace())
            .unwrap_or(0);
        let kind = JsonErrorKind::Unexpected {
            found: match line.get(found) {
                Some(b'{') => "an object",
                Some(b'"') => "a string",
                Some(b'n') => "null",
                Some(b't' | b'f') => "a boolean",
                _ => "a number",
            }
            .to_owned(),
            expected: "an array",
        };
        Fault::new(found, kind).locate(line)
    })
}

fn count(bytes: &[u8]) -> Result<Option<usize>, JsonError> {
    let mut counter = Counter::default();
    read(bytes, &JsonLimits::default(), &mut counter)?;
    Ok(counter.array)
}

/// Keeps the keys of the open objects and nothing else.
#[derive(Default)]
struct Counter<'a> {
    keys: KeyStack<'a>,
    depth: usize,
    /// Values directly inside the outermost container.
    elements: usize,
    /// The number of elements, once the outermost container has closed and was an array.
    array: Option<usize>,
}

impl<'a> Sink<'a> for Counter<'a> {
    fn start(&mut self, text: &'a str) {
        self.keys.start(text);
    }

    #[inline]
    fn value(&mut self) {
        self.elements += usize::from(self.depth == 1);
    }

    #[inline]
    fn wants_text(&self) -> bool {
        false
    }

    #[inline]
    fn null(&mut self) {}

    #[inline]
    fn bool(&mut self, _: bool) {}

    #[inline]
    fn number(&mut self, _: &'a str) {}

    #[inline]
    fn string(&mut self, _: Cow<'a, str>) {}

    #[inline]
    fn open(&mut self, _: Container) {
        self.depth += 1;
        self.keys.open();
    }

    #[inline]
    fn key(&mut self, key: Key<'a>) {
        self.keys.push(key);
    }

    #[inline]
    fn close_array(&mut self) {
        self.keys.close_array();
        self.depth -= 1;
        if self.depth == 0 {
            self.array = Some(self.elements);
        }
    }

    #[inline]
    fn close_object(&mut self) -> Result<(), Key<'a>> {
        self.depth -= 1;
        self.keys.close_object()
    }
}
