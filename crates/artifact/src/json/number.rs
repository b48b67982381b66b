//! Numbers that stay as they were written.

use std::fmt;
use std::str::FromStr;

use super::error::JsonError;
use super::lexer::Lexer;

/// A JSON number, kept exactly as written: `1.0`, `1e3` and integers of thirty digits survive.
///
/// Equality is that of the lexemes, so `1.0` and `1` differ.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Number(Box<str>);

impl Number {
    /// Reads a number in JSON's grammar, of any magnitude.
    pub fn parse(text: &str) -> Result<Self, JsonError> {
        let mut lexer = Lexer::new(text, false);
        let fault = match lexer.number() {
            Ok(lexeme) if lexeme.len() == text.len() => return Ok(Self(lexeme.into())),
            Ok(_) => lexer.unexpected("the end of the number"),
            Err(fault) => fault,
        };
        Err(fault.locate(text.as_bytes()))
    }

    /// A number from a lexeme that a reader has judged.
    pub(super) fn from_lexeme(lexeme: &str) -> Self {
        Self(lexeme.into())
    }

    /// An integer.
    pub fn from_i64(value: i64) -> Self {
        Self(value.to_string().into())
    }

    /// An integer that is not negative.
    pub fn from_u64(value: u64) -> Self {
        Self(value.to_string().into())
    }

    /// The shortest decimal that reads back as `value`, without trailing zeros; nothing for NaN and the infinities.
    pub fn from_f64(value: f64) -> Option<Self> {
        value.is_finite().then(|| {
            // Display never uses an exponent, Debug does for the extremes, in a form JSON allows.
            let text = format!("{value:?}");
            Self(text.strip_suffix(".0").unwrap_or(&text).into())
        })
    }

    /// The lexeme.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The value, if it is written as an integer and fits.
    pub fn as_i64(&self) -> Option<i64> {
        self.0.parse().ok()
    }

    /// The value, if it is written as an integer and fits.
    pub fn as_u64(&self) -> Option<u64> {
        self.0.parse().ok()
    }

    /// The nearest 64-bit float; infinite beyond its range.
    pub fn as_f64(&self) -> f64 {
        self.0.parse().unwrap_or(f64::NAN)
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self::from_i64(value)
    }
}

impl From<u64> for Number {
    fn from(value: u64) -> Self {
        Self::from_u64(value)
    }
}

impl FromStr for Number {
    type Err = JsonError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
