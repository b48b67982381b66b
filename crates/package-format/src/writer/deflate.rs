//! One block of one entry, deflated on its own and joined to the block before by a dictionary.

use flate2::{Compress, CompressError, Compression, FlushCompress, Status};

/// Bytes of an entry that are deflated at once. The cut is by position alone, so the same bytes give the same archive
/// however many threads there are and however they were handed in.
pub(super) const BLOCK: usize = 512 * 1024;

/// What a block may refer back to: deflate's window.
pub(super) const DICTIONARY: usize = 32 * 1024;

/// How hard a block is looked at.
///
/// At level 6 documents come out smaller than `zip -6` makes them, rows about one part in a hundred larger; at level 7
/// rows come out smaller, for half as much time again. Every other block of a long entry at level 7 is no larger than
/// `zip -6` in the time that two cores have for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effort {
    Plain,
    High,
}

impl Effort {
    /// The effort for the block of an entry with this number, from 0.
    pub(super) fn for_block(number: u64) -> Self {
        if number % 2 == 1 {
            Self::High
        } else {
            Self::Plain
        }
    }

    fn level(self) -> Compression {
        Compression::new(match self {
            Self::Plain => 6,
            Self::High => 7,
        })
    }
}

/// Appends the deflated form of `block` to `out`. All blocks of an entry, one behind the other, are its data: every one but
/// the last is flushed to a whole number of bytes and stays open.
///
/// Every block gets a deflater of its own. One that is reset keeps bytes of what it deflated before behind its window, and
/// they show: which thread had which block could be told from the archive. A new one costs no time that can be measured.
pub(super) fn deflate(
    effort: Effort,
    dictionary: &[u8],
    block: &[u8],
    last: bool,
    out: &mut Vec<u8>,
) -> Result<(), CompressError> {
    let mut deflater = Compress::new(effort.level(), false);
    if !dictionary.is_empty() {
        deflater.set_dictionary(dictionary)?;
    }
    let flush = if last {
        FlushCompress::Finish
    } else {
        FlushCompress::Sync
    };
    // More than deflate can need, so that one call does it: a flush that runs out of room would be flushed twice.
    out.reserve(block.len() + block.len() / 8 + 1024);
    loop {
        let taken = usize::try_from(deflater.total_in()).unwrap_or(usize::MAX);
        let status = deflater.compress_vec(&block[taken.min(block.len())..], out, flush)?;
        let room = out.len() < out.capacity();
        match status {
            Status::StreamEnd => return Ok(()),
            _ if !last && room && deflater.total_in() == block.len() as u64 => return Ok(()),
            _ => out.reserve(BLOCK),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::DeflateDecoder;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn blocks_join_to_one_stream(
            seed in prop::collection::vec(any::<u8>(), 1..2000),
            lengths in prop::collection::vec(1..150_000usize, 1..6),
        ) {
            let mut whole: Vec<u8> = Vec::new();
            let mut data = Vec::new();
            for (number, length) in lengths.iter().enumerate() {
                let block: Vec<u8> = seed.iter().copied().cycle().skip(number * 7).take(*length).collect();
                let start = whole.len().saturating_sub(DICTIONARY);
                let last = number + 1 == lengths.len();
                let effort = Effort::for_block(number as u64);
                let mut once = Vec::new();
                deflate(effort, &whole[start..], &block, last, &mut once).expect("deflates");
                data.extend_from_slice(&once);
                whole.extend_from_slice(&block);
            }
            let mut inflated = Vec::new();
            DeflateDecoder::new(data.as_slice()).read_to_end(&mut inflated).expect("one stream");
            prop_assert!(inflated == whole);
        }
    }
}
