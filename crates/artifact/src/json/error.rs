//! What is wrong with a JSON text, and where.

use std::fmt;

/// A text that is not one strict JSON document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonError {
    /// What was found and what was expected.
    pub kind: JsonErrorKind,
    /// Where, in bytes from the start of the text.
    pub offset: usize,
    /// The line of `offset`, counted from 1.
    pub line: usize,
    /// The character in that line, counted from 1.
    pub column: usize,
}

/// The ways in which a text fails to be one strict JSON document (validation, `InvalidManifestJson`).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonErrorKind {
    /// Nothing, or nothing but white space.
    #[error("found an empty text, expected a JSON document")]
    Empty,
    /// The text starts with a byte order mark.
    #[error("found a byte order mark, expected UTF-8 without one")]
    ByteOrderMark,
    /// The bytes are not UTF-8.
    #[error("found the byte 0x{0:02x}, which is not UTF-8")]
    InvalidUtf8(u8),
    /// Something else than the grammar allows at this place.
    #[error("found {found}, expected {expected}")]
    Unexpected {
        /// A short, escaped piece of the text.
        found: String,
        /// What the grammar allows here.
        expected: &'static str,
    },
    /// The text stops in the middle.
    #[error("found the end of the text, expected {expected}")]
    UnexpectedEnd {
        /// What the grammar allows here.
        expected: &'static str,
    },
    /// A key that the object already has, compared after unescaping.
    #[error("found the key \"{0}\" again, expected every key of an object once")]
    DuplicateKey(String),
    /// A `\u` escape of half a surrogate pair.
    #[error("found the lone surrogate \\u{0:04x}, expected a high surrogate followed by a low one")]
    LoneSurrogate(u16),
    /// A raw control character inside a string.
    #[error("found the control character U+{0:04X} in a string, expected it to be escaped")]
    ControlCharacter(u8),
    /// A number beyond the range of a 64-bit float.
    #[error("found the number {0}, which is out of range, expected a magnitude below 1.8e308")]
    NumberOutOfRange(String),
    /// More containers inside each other than allowed.
    #[error("found more than {limit} levels of nesting, expected at most {limit}")]
    TooDeep {
        /// The limit in force.
        limit: usize,
    },
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} (line {}, column {})",
            self.kind, self.line, self.column
        )
    }
}

impl std::error::Error for JsonError {}

/// An error as the lexer knows it: lines are counted only once it is certain that somebody wants to know.
#[derive(Debug)]
pub(super) struct Fault {
    /// Boxed to keep the good case small.
    kind: Box<JsonErrorKind>,
    offset: usize,
}

/// What lexing gives.
pub(super) type Lexed<T> = Result<T, Fault>;

impl Fault {
    #[cold]
    pub(super) fn new(offset: usize, kind: JsonErrorKind) -> Self {
        Self {
            kind: Box::new(kind),
            offset,
        }
    }

    /// Adds line and column, for which `text` is read up to the offset.
    pub(super) fn locate(self, text: &[u8]) -> JsonError {
        let before = &text[..self.offset.min(text.len())];
        let mut lines = before.split(|byte| *byte == b'\n');
        let starts_character = |byte: &&u8| **byte & 0xc0 != 0x80;
        JsonError {
            kind: *self.kind,
            offset: self.offset,
            line: lines.clone().count(),
            column: lines
                .next_back()
                .unwrap_or_default()
                .iter()
                .filter(starts_character)
                .count()
                + 1,
        }
    }
}

/// At most `max` characters of `text`, escaped so that a message stays on one line.
pub(super) fn shortened(text: &str, max: usize) -> String {
    let mut short: String = text
        .chars()
        .take(max)
        .flat_map(char::escape_debug)
        .collect();
    if text.chars().nth(max).is_some() {
        short.push('…');
    }
    short
}
