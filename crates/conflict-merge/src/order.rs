//! The order of keyed arrays: where elements that only one side has find their place, and which elements moved.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

/// All of `skeleton` in its order, with what only `other` has put in.
///
/// An element of `other` alone follows the nearest element before it in `other` that `skeleton` has; if there is none
/// it precedes the nearest such element behind it; if there is none of these either it comes last. Elements of `other`
/// that arrive at the same place keep their order. Both sequences must be free of duplicates. Linear.
pub(crate) fn interleave<K: Copy + Eq + Hash>(skeleton: &[K], other: &[K]) -> Vec<K> {
    let known: HashSet<K> = skeleton.iter().copied().collect();
    let mut followers: HashMap<K, Vec<K>> = HashMap::new();
    let mut leading: Vec<K> = Vec::new();
    let mut leading_before: Option<K> = None;
    let mut anchor: Option<K> = None;
    for &key in other {
        if known.contains(&key) {
            leading_before = leading_before.or(Some(key));
            anchor = Some(key);
        } else if let Some(anchor) = anchor {
            followers.entry(anchor).or_default().push(key);
        } else {
            leading.push(key);
        }
    }

    let mut ordered = Vec::with_capacity(skeleton.len() + other.len());
    for &key in skeleton {
        if leading_before == Some(key) {
            ordered.append(&mut leading);
        }
        ordered.push(key);
        ordered.append(followers.get_mut(&key).unwrap_or(&mut Vec::new()));
    }
    ordered.append(&mut leading);
    ordered
}

/// Whether the elements that both sequences have stand in the same order in both.
pub(crate) fn same_order<K: Copy + Eq + Hash>(left: &[K], right: &[K]) -> bool {
    positions(left, right).is_sorted()
}

/// The fewest elements of `new` that have to move so that all others keep the order they have in `old`; which ones is
/// determined by the sequences alone. Elements of only one sequence do not move. O(n log n).
pub(crate) fn moved<K: Copy + Eq + Hash>(old: &[K], new: &[K]) -> HashSet<K> {
    let positions = positions(new, old);
    let old_positions: HashMap<K, usize> =
        old.iter().enumerate().map(|(at, &key)| (key, at)).collect();
    let stay: HashSet<usize> = longest_increasing(&positions).into_iter().collect();
    new.iter()
        .copied()
        .filter(|key| {
            old_positions
                .get(key)
                .is_some_and(|position| !stay.contains(position))
        })
        .collect()
}

/// For each element of `sequence` that `other` has, where it stands there.
fn positions<K: Copy + Eq + Hash>(sequence: &[K], other: &[K]) -> Vec<usize> {
    let positions: HashMap<K, usize> = other
        .iter()
        .enumerate()
        .map(|(at, &key)| (key, at))
        .collect();
    sequence
        .iter()
        .filter_map(|key| positions.get(key).copied())
        .collect()
}

/// A longest increasing subsequence of distinct numbers (patience sorting).
fn longest_increasing(numbers: &[usize]) -> Vec<usize> {
    let mut tails: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(numbers.len());
    for (at, &number) in numbers.iter().enumerate() {
        let length = tails.partition_point(|&tail| numbers[tail] < number);
        before.push(length.checked_sub(1).map(|last| tails[last]));
        if length == tails.len() {
            tails.push(at);
        } else {
            tails[length] = at;
        }
    }
    std::iter::successors(tails.last().copied(), |&at| before[at])
        .map(|at| numbers[at])
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(keys: &[char]) -> String {
        keys.iter().collect()
    }

    fn chars(text: &str) -> Vec<char> {
        text.chars().collect()
    }

    #[test]
    fn newcomers_follow_their_predecessor() {
        for (skeleton, other, expected) in [
            ("abc", "axbyc", "axbyc"),
            ("abc", "xyabc", "xyabc"),
            ("abc", "xb", "axbc"),
            ("abc", "xy", "abcxy"),
            ("abc", "cxay", "aybcx"),
            ("", "xy", "xy"),
            ("ab", "", "ab"),
            ("acb", "axbyc", "axcby"),
        ] {
            assert_eq!(
                text(&interleave(&chars(skeleton), &chars(other))),
                expected,
                "{skeleton} + {other}"
            );
        }
    }

    #[test]
    fn as_few_as_possible_move() {
        for (old, new, expected) in [
            ("abcd", "abcd", ""),
            ("abcd", "dabc", "d"),
            ("abcd", "xbd", ""),
            ("abcde", "eabdc", "de"),
        ] {
            let mut moves: Vec<char> = moved(&chars(old), &chars(new)).into_iter().collect();
            moves.sort_unstable();
            assert_eq!(text(&moves), expected, "{old} -> {new}");
        }
        assert!(same_order(&chars("axbc"), &chars("abyc")));
        assert!(!same_order(&chars("abc"), &chars("cab")));
    }

    fn sequence() -> impl Strategy<Value = Vec<u8>> {
        proptest::sample::subsequence((0..12u8).collect::<Vec<_>>(), 0..=12).prop_shuffle()
    }

    proptest! {
        #[test]
        fn interleaving_loses_and_invents_nothing(skeleton in sequence(), other in sequence()) {
            let ordered = interleave(&skeleton, &other);
            let kept: Vec<u8> = ordered.iter().copied().filter(|key| skeleton.contains(key)).collect();
            prop_assert_eq!(&kept, &skeleton);
            let mut sorted = ordered.clone();
            sorted.sort_unstable();
            let mut union: Vec<u8> = skeleton.iter().chain(&other).copied().collect();
            union.sort_unstable();
            union.dedup();
            prop_assert_eq!(sorted, union);
            prop_assert_eq!(interleave(&ordered, &other), ordered);
        }

        #[test]
        fn an_order_that_extends_the_skeleton_is_taken_over(new in sequence(), kept in any::<u16>()) {
            let skeleton: Vec<u8> = new.iter().copied().filter(|key| kept >> key & 1 == 1).collect();
            prop_assert_eq!(interleave(&skeleton, &new), new);
        }

        #[test]
        fn what_does_not_move_keeps_its_order(old in sequence(), new in sequence()) {
            let moves = moved(&old, &new);
            let rest: Vec<u8> = new.iter().copied().filter(|key| !moves.contains(key)).collect();
            prop_assert!(same_order(&old, &rest));
        }
    }
}
