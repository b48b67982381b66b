//! Finding a key that an object has twice, never in quadratic time.

use std::borrow::Cow;
use std::hash::{DefaultHasher, Hasher};

use super::error::{Fault, JsonErrorKind, shortened};

/// Up to this many keys, comparing all pairs is faster than anything clever.
const PAIRWISE: usize = 16;

/// A key of an object, unescaped, and where it stands.
pub(crate) struct Key<'a> {
    pub(crate) text: Cow<'a, str>,
    pub(crate) offset: usize,
}

impl Key<'_> {
    #[cold]
    pub(super) fn fault(&self) -> Fault {
        Fault::new(
            self.offset,
            JsonErrorKind::DuplicateKey(shortened(&self.text, 80)),
        )
    }
}

/// The index of the first key that an earlier one equals.
#[inline]
pub(super) fn duplicate(keys: &[Key<'_>]) -> Option<usize> {
    if keys.len() <= PAIRWISE {
        return (1..keys.len()).find(|later| {
            let text = keys[*later].text.as_bytes();
            keys[..*later]
                .iter()
                .any(|earlier| earlier.text.as_bytes() == text)
        });
    }
    // Canonical documents, the ones written here, come with sorted keys.
    if keys.is_sorted_by(|a, b| a.text < b.text) {
        return None;
    }
    duplicate_among_many(keys)
}

/// Sorts hashes of the keys, then looks at neighbours. Keys chosen to have one hash only make this a sort of the keys.
fn duplicate_among_many(keys: &[Key<'_>]) -> Option<usize> {
    let mut order: Vec<(u64, usize)> = keys
        .iter()
        .enumerate()
        .map(|(at, key)| (hash(&key.text), at))
        .collect();
    order.sort_unstable_by(|(a_hash, a), (b_hash, b)| {
        a_hash
            .cmp(b_hash)
            .then_with(|| keys[*a].text.cmp(&keys[*b].text))
            .then(a.cmp(b))
    });
    let same = |pair: &&[(u64, usize)]| {
        pair[0].0 == pair[1].0 && keys[pair[0].1].text == keys[pair[1].1].text
    };
    order.windows(2).filter(same).map(|pair| pair[1].1).min()
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(text.as_bytes());
    hasher.finish()
}
