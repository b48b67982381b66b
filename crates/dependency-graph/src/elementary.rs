//! Every elementary cycle of a small strongly connected component (Johnson 1975), with sets of nodes as bits of a word.

/// The largest component that fits a word.
pub(crate) const CAPACITY: usize = 64;

/// A node was entered and its successors are being tried.
struct Frame {
    node: u32,
    untried: u64,
    /// Whether a cycle through here was found.
    closes: bool,
}

/// Calls `found` with each elementary cycle, as node numbers from its smallest on, in lexicographic order, until `found`
/// returns false. `successors[n]` has bit `m` set for an edge from `n` to `m`.
///
/// The time between two cycles is at most linear in the edges of the component.
pub(crate) fn for_each_cycle(successors: &[u64], mut found: impl FnMut(&[u32]) -> bool) {
    assert!(successors.len() <= CAPACITY, "a word has a bit per node");
    for start in (0u32..).take(successors.len()) {
        let from_start = u64::MAX << start;
        let allowed = component_of(successors, start, from_start);
        if !cycles_through(successors, start, allowed, &mut found) {
            return;
        }
    }
}

/// All cycles whose smallest node is `start`; false when `found` wants no more.
fn cycles_through(
    successors: &[u64],
    start: u32,
    allowed: u64,
    found: &mut impl FnMut(&[u32]) -> bool,
) -> bool {
    let mut blocked = 1u64 << start;
    let mut blocks = [0u64; CAPACITY];
    let mut path = vec![start];
    let mut stack = vec![Frame {
        node: start,
        untried: successors[start as usize] & allowed,
        closes: false,
    }];
    while let Some(frame) = stack.last_mut() {
        if frame.untried == 0 {
            let Frame { node, closes, .. } = *frame;
            stack.pop();
            path.pop();
            if closes {
                unblock(node, &mut blocked, &mut blocks);
                if let Some(parent) = stack.last_mut() {
                    parent.closes = true;
                }
            } else {
                for next in bits(successors[node as usize] & allowed) {
                    blocks[next as usize] |= 1 << node;
                }
            }
            continue;
        }
        let next = frame.untried.trailing_zeros();
        frame.untried &= frame.untried - 1;
        if next == start {
            frame.closes = true;
            if !found(&path) {
                return false;
            }
        } else if blocked & (1 << next) == 0 {
            blocked |= 1 << next;
            path.push(next);
            stack.push(Frame {
                node: next,
                untried: successors[next as usize] & allowed,
                closes: false,
            });
        }
    }
    true
}

/// Frees `node` and whatever waited for it.
fn unblock(node: u32, blocked: &mut u64, blocks: &mut [u64; CAPACITY]) {
    let mut pending = 1u64 << node;
    while pending != 0 {
        let freed = pending.trailing_zeros() as usize;
        pending &= pending - 1;
        *blocked &= !(1 << freed);
        pending |= std::mem::take(&mut blocks[freed]) & *blocked;
    }
}

/// The nodes among `within` that `start` reaches and that reach it.
fn component_of(successors: &[u64], start: u32, within: u64) -> u64 {
    let mut forward = 1u64 << start;
    let mut fresh = forward;
    while fresh != 0 {
        let reached = bits(fresh).fold(0, |all, node| all | successors[node as usize]);
        fresh = reached & within & !forward;
        forward |= fresh;
    }
    let mut backward = 1u64 << start;
    loop {
        let fresh = bits(forward & !backward)
            .filter(|&node| successors[node as usize] & backward != 0)
            .fold(0, |all, node| all | 1 << node);
        if fresh == 0 {
            return backward;
        }
        backward |= fresh;
    }
}

fn bits(mut word: u64) -> impl Iterator<Item = u32> {
    std::iter::from_fn(move || {
        (word != 0).then(|| {
            let lowest = word.trailing_zeros();
            word &= word - 1;
            lowest
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cycles(successors: &[u64]) -> Vec<Vec<u32>> {
        let mut all = Vec::new();
        for_each_cycle(successors, |path| {
            all.push(path.to_vec());
            true
        });
        all
    }

    #[test]
    fn cycles_come_in_lexicographic_order() {
        // 0→1→2→0, 1→0, 2→2
        assert_eq!(
            cycles(&[0b010, 0b101, 0b101]),
            [vec![0, 1], vec![0, 1, 2], vec![2]]
        );
    }

    #[test]
    fn complete_graphs_have_as_many_cycles_as_arithmetic_says() {
        // Sum over k of C(n,k)·(k-1)!, the self edges being k = 1.
        for (nodes, expected) in [
            (1, 1),
            (2, 3),
            (3, 8),
            (4, 24),
            (5, 89),
            (6, 415),
            (7, 2372),
        ] {
            let all = (1u64 << nodes) - 1;
            let found = cycles(&vec![all; nodes]);
            assert_eq!(found.len(), expected, "{nodes} nodes");
            let mut distinct = found.clone();
            distinct.dedup();
            assert_eq!(distinct, found);
        }
    }

    #[test]
    fn a_full_word_is_searched_and_can_be_stopped() {
        let ring: Vec<u64> = (0..64).map(|node| 1 << ((node + 1) % 64)).collect();
        assert_eq!(cycles(&ring), [(0..64).collect::<Vec<_>>()]);

        let mut left = 1000;
        for_each_cycle(&[u64::MAX; 64], |_| {
            left -= 1;
            left > 0
        });
        assert_eq!(left, 0);
    }
}
