//! The keys of the objects around a position, for readers that build nothing.

use std::hash::{DefaultHasher, Hasher};
use std::ops::Range;

use super::duplicates::{Key, duplicate};
use super::lexer::Lexer;

/// Up to this many keys an object's are kept as they are; of more, only hashes and where they stand.
const KEPT: usize = 1_024;
/// The low bits of a compact key: where it stands. 64 GiB of text are more than a slice that is read at once ever has.
const OFFSET_BITS: u32 = 36;
const OFFSET_MASK: u64 = (1 << OFFSET_BITS) - 1;

/// Finds keys that an object has twice, with eight bytes a key where there are many.
#[derive(Default)]
pub(crate) struct KeyStack<'a> {
    text: &'a str,
    /// For each open container, how many keys and compact keys lie below its own.
    open: Vec<(usize, usize)>,
    keys: Vec<Key<'a>>,
    /// Keys of objects that have many, as hash and offset.
    compact: Vec<u64>,
}

impl<'a> KeyStack<'a> {
    /// The text that all keys are of.
    pub(crate) fn start(&mut self, text: &'a str) {
        self.text = text;
    }

    #[inline]
    pub(crate) fn open(&mut self) {
        self.open.push((self.keys.len(), self.compact.len()));
    }

    #[inline]
    pub(crate) fn push(&mut self, key: Key<'a>) {
        self.keys.push(key);
        if let Some((keys, _)) = self.open.last()
            && self.keys.len() - keys > KEPT
        {
            self.compact_from(*keys);
        }
    }

    #[inline]
    pub(crate) fn close_array(&mut self) {
        self.open.pop();
    }

    /// Ends an object, or hands back a key that came twice.
    #[inline]
    pub(crate) fn close_object(&mut self) -> Result<(), Key<'a>> {
        let (keys, compact) = self.open.pop().unwrap_or_default();
        if self.compact.len() > compact {
            self.compact_from(keys);
            let twice = self.duplicate_among_compact(compact..self.compact.len());
            self.compact.truncate(compact);
            return twice.map_or(Ok(()), Err);
        }
        if let Some(at) = duplicate(&self.keys[keys..]) {
            return Err(self.keys.swap_remove(keys + at));
        }
        self.keys.truncate(keys);
        Ok(())
    }

    fn compact_from(&mut self, keys: usize) {
        self.compact.extend(
            self.keys
                .drain(keys..)
                .map(|key| hash(&key.text) & !OFFSET_MASK | key.offset as u64),
        );
    }

    /// Sorts by hash, and compares the texts where hashes are equal. The first key that an earlier one equals.
    fn duplicate_among_compact(&mut self, range: Range<usize>) -> Option<Key<'a>> {
        let text = self.text;
        let keys = &mut self.compact[range];
        keys.sort_unstable();
        let same_hash = keys.chunk_by(|a, b| a & !OFFSET_MASK == b & !OFFSET_MASK);
        let twice = same_hash
            .filter(|group| group.len() > 1)
            .filter_map(|group| {
                // Within a hash the offsets ascend, and a stable sort keeps equal keys in the order of the text.
                let mut keys: Vec<Key<'a>> = group
                    .iter()
                    .filter_map(|key| key_at(text, key & OFFSET_MASK))
                    .collect();
                keys.sort_by(|a, b| a.text.cmp(&b.text));
                let later = keys
                    .windows(2)
                    .filter(|pair| pair[0].text == pair[1].text)
                    .map(|pair| pair[1].offset)
                    .min()?;
                keys.into_iter().find(|key| key.offset == later)
            });
        twice.min_by_key(|key| key.offset)
    }
}

/// The key whose opening quote is at `offset`.
fn key_at(text: &str, offset: u64) -> Option<Key<'_>> {
    let offset = usize::try_from(offset).ok()?;
    let text = Lexer::at(text, offset).string().ok()?;
    Some(Key { text, offset })
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(text.as_bytes());
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One object with these keys.
    fn judge(keys: &[String]) -> Option<usize> {
        let mut text = String::new();
        let mut offsets = Vec::new();
        for key in keys {
            offsets.push(text.len());
            text.extend(["\"", key, "\""]);
        }
        let mut stack = KeyStack::default();
        stack.start(&text);
        stack.open();
        for (key, offset) in keys.iter().zip(&offsets) {
            stack.push(Key {
                text: key.into(),
                offset: *offset,
            });
        }
        let twice = stack.close_object().err()?;
        Some(
            offsets
                .iter()
                .position(|offset| *offset == twice.offset)
                .expect("the offset of a key"),
        )
    }

    #[test]
    fn many_keys_are_judged_as_few_are() {
        for count in [KEPT - 1, KEPT, KEPT + 1, 3 * KEPT + 7] {
            let mut keys: Vec<String> = (0..count).rev().map(|at| format!("k{at}")).collect();
            assert_eq!(judge(&keys), None);
            keys.push("k3".to_owned());
            keys.push("k1".to_owned());
            assert_eq!(
                judge(&keys),
                Some(count),
                "the first in the text that came before"
            );
        }
    }

    #[test]
    fn objects_inside_each_other_keep_their_keys_apart() {
        let many = |prefix: &str| {
            (0..2 * KEPT)
                .map(|at| format!("\"{prefix}{at}\":0,"))
                .collect::<Vec<_>>()
                .concat()
        };
        let inner = format!("{{{}\"end\":0}}", many("a"));
        let fine = format!(
            "{{{}\"x\":{inner},{}\"end\":{{\"end\":0}}}}",
            many("a"),
            many("b")
        );
        assert_eq!(crate::json::check(fine.as_bytes()), Ok(()));
        let twice = format!("{{{}\"x\":{inner},{}\"a7\":0}}", many("a"), many("b"));
        assert_eq!(
            crate::json::check(twice.as_bytes()).err(),
            crate::json::parse(twice.as_bytes()).err()
        );
        assert!(crate::json::check(twice.as_bytes()).is_err());
    }
}
