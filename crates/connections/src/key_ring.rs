//! The keys that secrets are sealed with.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// Bytes of a key.
pub(crate) const KEY_BYTES: usize = 32;

/// Keys by their ids. Secrets are sealed with the first; the others still open what was sealed with them.
///
/// To rotate, put a new key in front, reseal everything, and then take the old one off.
pub struct KeyRing {
    keys: Vec<(String, Zeroizing<[u8; KEY_BYTES]>)>,
}

/// Why a text is no key ring. It never repeats a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyRingError {
    /// There is nothing in it.
    #[error(
        "found no key: expected <id>:<32 bytes in base64>, separated by commas, the current one first"
    )]
    Empty,
    /// An entry has no usable id.
    #[error(
        "entry {0} has no id of 1 to 32 letters, digits, hyphens and underscores before a colon"
    )]
    Id(usize),
    /// An entry has no usable key.
    #[error("the key '{0}' is not made of 32 bytes in base64")]
    Key(String),
    /// Two entries have the same id.
    #[error("the key '{0}' is there twice")]
    Duplicate(String),
}

impl KeyRing {
    /// Reads `id:base64,id2:base64`; the first is the current one.
    pub fn parse(text: &str) -> Result<Self, KeyRingError> {
        let mut keys: Vec<(String, Zeroizing<[u8; KEY_BYTES]>)> = Vec::new();
        let entries = text.split(',').map(str::trim);
        for (index, entry) in entries.filter(|entry| !entry.is_empty()).enumerate() {
            let (id, key) = entry.split_once(':').ok_or(KeyRingError::Id(index + 1))?;
            if !is_key_id(id) {
                return Err(KeyRingError::Id(index + 1));
            }
            if keys.iter().any(|(known, _)| known == id) {
                return Err(KeyRingError::Duplicate(id.to_owned()));
            }
            let bad = || KeyRingError::Key(id.to_owned());
            let bytes = Zeroizing::new(STANDARD.decode(key).map_err(|_| bad())?);
            let bytes = <[u8; KEY_BYTES]>::try_from(bytes.as_slice()).map_err(|_| bad())?;
            keys.push((id.to_owned(), Zeroizing::new(bytes)));
        }
        if keys.is_empty() {
            return Err(KeyRingError::Empty);
        }
        Ok(Self { keys })
    }

    /// The ids, the current one first.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|(id, _)| id.as_str())
    }

    pub(crate) fn keys(&self) -> &[(String, Zeroizing<[u8; KEY_BYTES]>)] {
        &self.keys
    }
}

fn is_key_id(id: &str) -> bool {
    (1..=32).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.ids()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_is_read_and_never_shown() {
        let one = STANDARD.encode([1; 32]);
        let two = STANDARD.encode([2; 32]);
        let ring = KeyRing::parse(&format!("2026-05:{two}, 2026-01:{one}\n")).expect("two keys");
        assert_eq!(ring.ids().collect::<Vec<_>>(), ["2026-05", "2026-01"]);
        assert_eq!(format!("{ring:?}"), r#"["2026-05", "2026-01"]"#);
    }

    #[test]
    fn what_is_no_ring_is_refused_without_repeating_it() {
        let key = STANDARD.encode([1; 32]);
        let short = STANDARD.encode([1; 31]);
        for (text, expected) in [
            (String::new(), KeyRingError::Empty),
            (" , ".to_owned(), KeyRingError::Empty),
            (key.clone(), KeyRingError::Id(1)),
            (format!("a b:{key}"), KeyRingError::Id(1)),
            (format!("a:{key},:{key}"), KeyRingError::Id(2)),
            (format!("a:{short}"), KeyRingError::Key("a".into())),
            (format!("a:{key}x"), KeyRingError::Key("a".into())),
            (
                format!("a:{key},a:{key}"),
                KeyRingError::Duplicate("a".into()),
            ),
        ] {
            let error = KeyRing::parse(&text).expect_err("no ring");
            assert_eq!(error, expected);
            assert!(!error.to_string().contains(&key[..8]), "{error}");
        }
    }
}
