//! Cuts the chunks of a data file into lines that can be looked at apart from one another.

use std::ops::Range;
use std::sync::Arc;

use super::chunk::Chunk;
use crate::judge::RowRules;

/// Whole lines of a data file.
#[derive(Debug)]
pub(super) struct Lines {
    /// Their place among all lines that are cut.
    pub(super) number: usize,
    /// A line that began in an earlier chunk, up to its end.
    pub(super) bridge: Vec<u8>,
    /// Further lines, whole in one chunk.
    pub(super) chunk: Option<(Arc<Chunk>, Range<usize>)>,
    pub(super) rules: Arc<RowRules>,
}

/// Where a line of a data file goes on when the next chunk comes.
#[derive(Debug, Default)]
pub(super) struct Cutter {
    carry: Vec<u8>,
    numbered: usize,
}

/// What a chunk has at its beginning.
pub(super) enum First {
    /// The end of the header line, which is complete now; the rows begin at this offset.
    Header { line: Vec<u8>, rows_from: usize },
    /// More of a header line that does not end here.
    More,
}

impl Cutter {
    /// Looks for the end of the header line.
    pub(super) fn header(&mut self, chunk: &[u8]) -> First {
        let Some(end) = memchr::memchr(b'\n', chunk) else {
            self.carry.extend_from_slice(chunk);
            return First::More;
        };
        self.carry.extend_from_slice(&chunk[..end]);
        First::Header {
            line: std::mem::take(&mut self.carry),
            rows_from: end + 1,
        }
    }

    /// Bytes of the line that is not complete yet.
    pub(super) fn carried(&self) -> usize {
        self.carry.len()
    }

    /// The line that is left at the end of the file.
    pub(super) fn rest(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.carry)
    }

    /// Cuts a chunk from `from` on: the end of the line before, whole lines, and the beginning of the next.
    pub(super) fn cut(
        &mut self,
        chunk: &Arc<Chunk>,
        from: usize,
        rules: &Arc<RowRules>,
    ) -> Option<Lines> {
        let bytes = &chunk.bytes[from..];
        let Some(last) = memchr::memrchr(b'\n', bytes) else {
            self.carry.extend_from_slice(bytes);
            return None;
        };
        let mut start = 0;
        let mut bridge = Vec::new();
        if !self.carry.is_empty() {
            start = memchr::memchr(b'\n', bytes).map_or(0, |end| end + 1);
            self.carry.extend_from_slice(&bytes[..start]);
            bridge = std::mem::take(&mut self.carry);
        }
        self.carry.extend_from_slice(&bytes[last + 1..]);
        let range = from + start..from + last + 1;
        Some(Lines {
            number: self.number(),
            bridge,
            chunk: (!range.is_empty()).then(|| (Arc::clone(chunk), range)),
            rules: Arc::clone(rules),
        })
    }

    /// The last line, when the file does not end with a line end.
    pub(super) fn last(&mut self, rules: &Arc<RowRules>) -> Option<Lines> {
        (!self.carry.is_empty()).then(|| Lines {
            number: self.number(),
            bridge: self.rest(),
            chunk: None,
            rules: Arc::clone(rules),
        })
    }

    fn number(&mut self) -> usize {
        self.numbered += 1;
        self.numbered - 1
    }
}
