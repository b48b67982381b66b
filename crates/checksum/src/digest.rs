//! Digests as values.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

const PREFIX: &str = "sha256:";

/// A SHA-256 digest, written as `sha256:` and 64 lowercase hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest([u8; 32]);

/// A text that is not a digest in the form packages use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{}' is not a digest: expected 'sha256:' and 64 lowercase hexadecimal digits", shortened(.0))]
pub struct DigestError(String);

fn shortened(text: &str) -> String {
    text.chars().take(80).flat_map(char::escape_debug).collect()
}

impl Digest {
    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// A digest from its 32 bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The 64 digits without the prefix, as object keys use them.
    pub fn to_hex(&self) -> String {
        hex::encode(self.0)
    }

    /// Compares this digest, taken from the bytes at hand, with the one that was promised.
    pub fn verify(self, expected: Self) -> Verification {
        if self == expected {
            Verification::Intact
        } else {
            Verification::Mismatch {
                expected,
                actual: self,
            }
        }
    }
}

/// What a comparison of digests found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verification {
    /// The bytes are those that were hashed.
    Intact,
    /// The bytes are others.
    Mismatch {
        /// What was promised.
        expected: Digest,
        /// What the bytes give.
        actual: Digest,
    },
}

impl Verification {
    /// Whether the bytes are those that were hashed.
    pub fn is_intact(self) -> bool {
        self == Self::Intact
    }
}

impl FromStr for Digest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        let refused = || DigestError(text.to_owned());
        let digits = text.strip_prefix(PREFIX).ok_or_else(refused)?;
        // The decoder takes upper case too; one digest must have one spelling.
        if digits.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(refused());
        }
        let mut bytes = [0; 32];
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| refused())?;
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for Digest {
    type Error = DigestError;

    fn try_from(text: String) -> Result<Self, DigestError> {
        text.parse()
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut digits = [0; 64];
        hex::encode_to_slice(self.0, &mut digits).map_err(|_| fmt::Error)?;
        f.write_str(PREFIX)?;
        f.write_str(str::from_utf8(&digits).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Takes bytes piece by piece and gives their [`Digest`].
#[derive(Debug, Clone, Default)]
pub struct Hasher(Sha256);

impl Hasher {
    /// A hasher that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// The next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all bytes seen.
    pub fn finalize(self) -> Digest {
        Digest(self.0.finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_digest_of_nothing_is_the_published_one() {
        let nothing = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(Digest::of(b"").to_string(), nothing);
        assert_eq!(nothing.parse(), Ok(Digest::of(b"")));
    }

    #[test]
    fn only_the_one_spelling_is_read() {
        let good = Digest::of(b"x").to_string();
        for bad in [
            String::new(),
            good.to_uppercase(),
            good.replace("sha256:", ""),
            good.replace("sha256:", "sha512:"),
            good[..good.len() - 1].to_owned(),
            format!("{good}0"),
            format!(" {good}"),
            format!("{PREFIX}{}", "G".repeat(64)),
            format!("{PREFIX}{}", good[PREFIX.len()..].to_uppercase()),
        ] {
            assert!(bad.parse::<Digest>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_long_wrong_text_is_shortened_in_the_message() {
        let error = "a\n"
            .repeat(1000)
            .parse::<Digest>()
            .expect_err("not a digest");
        assert!(error.to_string().len() < 250, "{error}");
    }

    proptest! {
        #[test]
        fn pieces_hash_as_the_whole(pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..100), 0..10)) {
            let mut hasher = Hasher::new();
            for piece in &pieces {
                hasher.update(piece);
            }
            let digest = hasher.finalize();
            prop_assert_eq!(digest, Digest::of(&pieces.concat()));
            prop_assert_eq!(digest.to_string().parse(), Ok(digest));
        }
    }
}
