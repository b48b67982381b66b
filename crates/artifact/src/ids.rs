//! Ids as they are written (package format 1.0, Manifest).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use installhub_checksum::Digest;
use serde::{Deserialize, Serialize};

/// The longest id, in characters, which are bytes.
const MAX_LENGTH: usize = 128;
/// How many hexadecimal digits of a name's digest tell it from others; more are taken in the unlikely case that they do not.
const HASH_LENGTHS: [usize; 4] = [8, 16, 32, 64];
/// Names that some file systems give to devices, whatever the extension.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// An artifact's id in the strict form that is written: 1–128 characters of `A-Z a-z 0-9 . _ -`.
///
/// Ids that are read may be any that make a legal entry name, and stay plain strings.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ArtifactId(String);

/// A text that is not an id in the form that is written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{}' is not an artifact id: expected 1 to 128 characters of A-Z a-z 0-9 . _ -", shortened(.0))]
pub struct IdError(String);

fn shortened(text: &str) -> String {
    text.chars()
        .take(160)
        .flat_map(char::escape_debug)
        .collect()
}

impl ArtifactId {
    /// Takes an id that has the strict form.
    pub fn new(id: impl Into<String>) -> Result<Self, IdError> {
        let id = id.into();
        let fits = (1..=MAX_LENGTH).contains(&id.len()) && id.bytes().all(is_allowed);
        if fits { Ok(Self(id)) } else { Err(IdError(id)) }
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_allowed(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')
}

impl fmt::Display for ArtifactId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl AsRef<str> for ArtifactId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl FromStr for ArtifactId {
    type Err = IdError;

    fn from_str(id: &str) -> Result<Self, Self::Err> {
        Self::new(id)
    }
}

impl TryFrom<String> for ArtifactId {
    type Error = IdError;

    fn try_from(id: String) -> Result<Self, Self::Error> {
        Self::new(id)
    }
}

impl From<ArtifactId> for String {
    fn from(id: ArtifactId) -> Self {
        id.0
    }
}

/// The id of a system object: its qualified name, made safe (package format 1.0, Artifact types).
///
/// `public.film` stays; every run of other characters becomes one `-`. A name that is too long, or of which nothing is left, gets
/// a short hash. Several names can come out the same: [`safe_ids`] keeps them apart.
pub fn safe_id(qualified_name: &str) -> ArtifactId {
    let folded = folded(qualified_name);
    let is_empty = !folded.bytes().any(|byte| byte.is_ascii_alphanumeric());
    if is_empty || folded.len() > MAX_LENGTH {
        return with_hash(&folded, qualified_name, HASH_LENGTHS[0]);
    }
    ArtifactId(folded)
}

/// The ids of several system objects, in their order. Names whose ids would be the same, or the same on a file system that ignores
/// case, get a short hash each. Depends on the set of names only; a name that comes twice has one id.
pub fn safe_ids<'n>(qualified_names: impl IntoIterator<Item = &'n str>) -> Vec<ArtifactId> {
    let names: Vec<&str> = qualified_names.into_iter().collect();
    let mut ids: BTreeMap<&str, ArtifactId> =
        names.iter().map(|name| (*name, safe_id(name))).collect();
    for length in HASH_LENGTHS {
        let clashing = clashing(&ids);
        if clashing.is_empty() {
            break;
        }
        for name in clashing {
            ids.insert(name, with_hash(&folded(name), name, length));
        }
    }
    names.into_iter().map(|name| ids[name].clone()).collect()
}

/// The names whose ids differ from another's in nothing but case.
fn clashing<'n>(ids: &BTreeMap<&'n str, ArtifactId>) -> BTreeSet<&'n str> {
    let mut by_fold: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (name, id) in ids {
        by_fold
            .entry(id.as_str().to_ascii_lowercase())
            .or_default()
            .push(name);
    }
    by_fold
        .into_values()
        .filter(|names| names.len() > 1)
        .flatten()
        .collect()
}

/// A name in the alphabet of ids, of any length.
fn folded(name: &str) -> String {
    let mut folded = String::with_capacity(name.len());
    let mut in_run = false;
    for c in name.chars() {
        let byte = u8::try_from(c).ok().filter(|byte| is_allowed(*byte));
        match byte {
            Some(_) => folded.push(c),
            None if in_run => {}
            None => folded.push('-'),
        }
        in_run = byte.is_none();
    }
    let stem = folded
        .split('.')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let numbered = |device| {
        stem.strip_prefix(device)
            .is_some_and(|rest| matches!(rest.as_bytes(), [b'0'..=b'9']))
    };
    if DEVICES.contains(&stem.as_str()) || numbered("com") || numbered("lpt") {
        folded.insert(0, '_');
    }
    folded
}

fn with_hash(folded: &str, name: &str, length: usize) -> ArtifactId {
    let hash = Digest::of(name.as_bytes()).to_hex();
    let room = folded.len().min(MAX_LENGTH - 1 - length);
    ArtifactId(format!("{}-{}", &folded[..room], &hash[..length]))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ids_have_their_alphabet_and_length() {
        for id in ["a", "proc-1", "public.film", "A_b-C.9", &"x".repeat(128)] {
            assert_eq!(ArtifactId::new(id).expect(id).as_str(), id);
        }
        for id in ["", "a b", "ä", "a/b", "a\\b", "a:b", &"x".repeat(129)] {
            assert!(id.parse::<ArtifactId>().is_err(), "{id}");
        }
        assert!(serde_json::from_str::<ArtifactId>("\"a b\"").is_err());
    }

    #[test]
    fn names_are_made_safe() {
        let cases = [
            ("public.film", "public.film"),
            ("public.film list", "public.film-list"),
            (
                "public.get_stock(int4, int4)",
                "public.get_stock-int4-int4-",
            ),
            ("con.users", "_con.users"),
            ("COM1", "_COM1"),
            ("comment", "comment"),
        ];
        for (name, id) in cases {
            assert_eq!(safe_id(name).as_str(), id);
        }
        for name in ["", "日本", "..", "-"] {
            let id = safe_id(name);
            assert!(id.as_str().len() >= 9, "{name}: {id}");
            assert!(ArtifactId::new(id.as_str()).is_ok());
        }
    }

    #[test]
    fn names_that_fold_together_get_a_hash_each_and_others_none() {
        let names = ["Film", "film", "fi lm", "fi+lm", "actor", "film"];
        let ids = safe_ids(names);
        assert_eq!(ids[4].as_str(), "actor");
        assert_eq!(ids[1], ids[5], "one name, one id");
        assert!(ids[0].as_str().starts_with("Film-") && ids[0].as_str().len() == 13);
        assert!(ids[2].as_str().starts_with("fi-lm-"));
        assert_ne!(ids[2], ids[3]);
    }

    #[test]
    fn a_name_that_looks_like_a_hashed_id_stays_apart() {
        let hashed = safe_ids(["Film", "film"])[1].to_string();
        let ids = safe_ids(["Film", "film", &hashed]);
        let distinct: BTreeSet<String> = ids
            .iter()
            .map(|id| id.as_str().to_ascii_lowercase())
            .collect();
        assert_eq!(distinct.len(), 3, "{ids:?}");
    }

    proptest! {
        #[test]
        fn ids_are_legal_distinct_and_independent_of_order(names in prop::collection::btree_set("[aAbB ._ä(-]{0,4}|x{120,140}", 1..40)) {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let ids = safe_ids(names.iter().copied());
            let folds: BTreeSet<String> = ids.iter().map(|id| id.as_str().to_ascii_lowercase()).collect();
            prop_assert_eq!(folds.len(), names.len());
            for id in &ids {
                prop_assert!(ArtifactId::new(id.as_str()).is_ok());
            }
            let mut backwards = safe_ids(names.iter().rev().copied());
            backwards.reverse();
            prop_assert_eq!(ids, backwards);
        }
    }
}
