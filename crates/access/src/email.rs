//! E-mail addresses, as names to sign in with.

use std::fmt;
use std::str::FromStr;

use installhub_checksum::Digest;
use unicode_normalization::UnicodeNormalization as _;

/// The longest address there is.
const MAX_CHARACTERS: usize = 254;

/// An e-mail address as somebody wrote it. Two are the same if their keys are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Email(String);

/// A text that is no e-mail address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{}' is no e-mail address: expected name@domain with at most {MAX_CHARACTERS} characters", .0.escape_debug())]
pub struct EmailError(String);

impl Email {
    /// The address as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form in which addresses are compared: without case, and with one spelling of every character.
    pub fn key(&self) -> String {
        key_of(&self.0)
    }
}

/// What [`Email::key`] would be, also for a text that is no address.
pub(crate) fn key_of(text: &str) -> String {
    let composed: String = text.trim().nfkc().collect();
    caseless::default_case_fold_str(&composed).nfkc().collect()
}

/// Stands for an address where the address itself should not be kept.
pub(crate) fn digest_of(text: &str) -> Digest {
    Digest::of(key_of(text).as_bytes())
}

impl FromStr for Email {
    type Err = EmailError;

    fn from_str(text: &str) -> Result<Self, EmailError> {
        let address = text.trim();
        let refused = || EmailError(text.chars().take(MAX_CHARACTERS).collect());
        let (name, domain) = address.rsplit_once('@').ok_or_else(refused)?;
        let readable = !address.chars().any(|c| c.is_control() || c.is_whitespace());
        let whole = !name.is_empty() && !name.contains('@') && !domain.is_empty();
        if whole && readable && address.chars().count() <= MAX_CHARACTERS {
            Ok(Self(address.to_owned()))
        } else {
            Err(refused())
        }
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_judged() {
        for (text, accepted) in [
            ("anna@example.com", true),
            (" anna@example.com ", true),
            ("änna@exämple.com", true),
            ("anna", false),
            ("@example.com", false),
            ("anna@", false),
            ("a b@example.com", false),
            ("a@b@example.com", false),
            ("a\u{7}@example.com", false),
            (&format!("{}@example.com", "x".repeat(243)), false),
        ] {
            assert_eq!(text.parse::<Email>().is_ok(), accepted, "{text:?}");
        }
    }

    #[test]
    fn spellings_of_one_address_have_one_key() {
        let key = key_of("anna@example.com");
        for spelling in ["Anna@Example.COM", " anna@example.com", "ａnna@example.com"] {
            assert_eq!(key_of(spelling), key, "{spelling}");
        }
        assert_ne!(key_of("anne@example.com"), key);
    }
}
