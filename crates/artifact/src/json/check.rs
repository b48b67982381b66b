//! Strictness without a tree, for rows and for whatever is only passed on.

use std::borrow::Cow;

use super::duplicates::{Key, duplicate};
use super::error::{Fault, JsonError, JsonErrorKind};
use super::parser::{JsonLimits, Sink, read};

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
    let mut counter = Counter {
        keys: Vec::new(),
        open: Vec::new(),
        elements: 0,
        top: None,
    };
    read(bytes, &JsonLimits::default(), &mut counter)?;
    Ok(counter.top)
}

/// Keeps the keys of the open objects and nothing else.
struct Counter<'a> {
    keys: Vec<Key<'a>>,
    /// For each open container, how many keys lie below its own.
    open: Vec<usize>,
    /// Values directly inside the outermost container.
    elements: usize,
    /// The number of elements, once the outermost container has closed and was an array.
    top: Option<usize>,
}

impl Counter<'_> {
    #[inline]
    fn value(&mut self) {
        self.elements += usize::from(self.open.len() == 1);
    }
}

impl<'a> Sink<'a> for Counter<'a> {
    const WANTS_STRINGS: bool = false;

    #[inline]
    fn null(&mut self) {
        self.value();
    }

    #[inline]
    fn bool(&mut self, _: bool) {
        self.value();
    }

    #[inline]
    fn number(&mut self, _: &'a str) {
        self.value();
    }

    #[inline]
    fn string(&mut self, _: Cow<'a, str>) {
        self.value();
    }

    #[inline]
    fn open(&mut self) {
        self.value();
        self.open.push(self.keys.len());
    }

    #[inline]
    fn key(&mut self, key: Key<'a>) {
        self.keys.push(key);
    }

    #[inline]
    fn close_array(&mut self) {
        self.open.pop();
        if self.open.is_empty() {
            self.top = Some(self.elements);
        }
    }

    #[inline]
    fn close_object(&mut self) -> Result<(), Key<'a>> {
        let keys = self.open.pop().unwrap_or_default();
        if let Some(at) = duplicate(&self.keys[keys..]) {
            return Err(self.keys.swap_remove(keys + at));
        }
        self.keys.truncate(keys);
        Ok(())
    }
}
