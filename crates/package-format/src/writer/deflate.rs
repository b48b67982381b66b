//! One block of one entry, deflated on its own and joined to the block before by a dictionary.

use flate2::{Compress, Compression, FlushCompress, Status};

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
}

/// Deflaters that are used again and again.
pub(super) struct BlockDeflater {
    plain: Compress,
    high: Option<Compress>,
}

impl BlockDeflater {
    pub(super) fn new() -> Self {
        Self {
            plain: Compress::new(Compression::new(6), false),
            high: None,
        }
    }

    fn of(&mut self, effort: Effort) -> &mut Compress {
        match effort {
            Effort::Plain => &mut self.plain,
            Effort::High => self
                .high
                .get_or_insert_with(|| Compress::new(Compression::new(7), false)),
        }
    }

    /// Appends the deflated form of `block` to `out`. All blocks of an entry, one behind the other, are its data: every
    /// one but the last is flushed to a whole number of bytes and stays open.
    pub(super) fn deflate(
        &mut self,
        effort: Effort,
        dictionary: &[u8],
        block: &[u8],
        last: bool,
        out: &mut Vec<u8>,
    ) -> Result<(), flate2::CompressError> {
        let deflater = self.of(effort);
        deflater.reset();
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
}
