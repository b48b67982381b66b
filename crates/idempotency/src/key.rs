//! The key that a client makes up.

use std::fmt;
use std::str::FromStr;

const LONGEST: usize = 128;

/// What a client calls a request, so that it can repeat it: 1 to 128 visible ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyKey(String);

/// A text that is no [`IdempotencyKey`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "found {found} characters, some of them perhaps not visible: expected 1 to 128 visible ASCII characters"
)]
pub struct IdempotencyKeyError {
    found: usize,
}

impl IdempotencyKey {
    /// The key as sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for IdempotencyKey {
    type Err = IdempotencyKeyError;

    fn from_str(text: &str) -> Result<Self, IdempotencyKeyError> {
        if (1..=LONGEST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(IdempotencyKeyError {
                found: text.chars().count(),
            })
        }
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_short_and_visible() {
        for (text, accepted) in [
            ("a", true),
            ("", false),
            ("a b", false),
            ("ä", false),
            (&"x".repeat(128), true),
            (&"x".repeat(129), false),
        ] {
            assert_eq!(text.parse::<IdempotencyKey>().is_ok(), accepted, "{text:?}");
        }
    }
}
