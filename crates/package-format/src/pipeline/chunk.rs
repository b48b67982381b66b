//! Bytes that several threads look at, and buffers that serve again.

use std::sync::Arc;

/// Bytes of a member: a piece of a data file, or a whole smaller file.
#[derive(Debug)]
pub(super) struct Chunk {
    pub(super) bytes: Vec<u8>,
    pub(super) kind: ChunkKind,
}

/// What a chunk counts towards while it is in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ChunkKind {
    /// The bytes of whole files.
    Whole,
    /// The chunks of the data file that is being read.
    Piece,
}

/// Most documents fit; larger ones get a buffer of their own.
const SMALL: usize = 64 * 1024;
/// Buffers of each kind that are kept.
const KEPT: usize = 64;

/// Buffers, and what is in memory.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    small: Vec<Vec<u8>>,
    large: Vec<Vec<u8>>,
    whole_bytes: u64,
    pieces: usize,
}

/// What a whole file of this size counts for: at least the buffer it is in.
pub(super) fn charge(bytes: u64) -> u64 {
    bytes.max(SMALL as u64)
}

impl Buffers {
    /// A buffer for a whole file of this size.
    pub(super) fn for_whole(&mut self, bytes: u64) -> Vec<u8> {
        if bytes > SMALL as u64 {
            return Vec::new();
        }
        self.small
            .pop()
            .unwrap_or_else(|| Vec::with_capacity(SMALL))
    }

    /// A buffer for a piece of a file.
    pub(super) fn for_piece(&mut self) -> Vec<u8> {
        self.large.pop().unwrap_or_default()
    }

    pub(super) fn whole_bytes(&self) -> u64 {
        self.whole_bytes
    }

    pub(super) fn pieces(&self) -> usize {
        self.pieces
    }

    /// Counts a whole file that is going to be read.
    pub(super) fn expect_whole(&mut self, bytes: u64) {
        self.whole_bytes += charge(bytes);
    }

    /// Counts a piece that has been read.
    pub(super) fn count_piece(&mut self) {
        self.pieces += 1;
    }

    /// A whole file could not be read.
    pub(super) fn forget_whole(&mut self, bytes: u64) {
        self.whole_bytes -= charge(bytes);
    }

    /// Somebody is done with a chunk; when it was the last one, its buffer serves again.
    pub(super) fn release(&mut self, chunk: Arc<Chunk>) {
        let Some(chunk) = Arc::into_inner(chunk) else {
            return;
        };
        match chunk.kind {
            ChunkKind::Whole => {
                self.whole_bytes -= charge(chunk.bytes.len() as u64);
                if chunk.bytes.capacity() == SMALL && self.small.len() < KEPT {
                    self.small.push(chunk.bytes);
                }
            }
            ChunkKind::Piece => {
                self.pieces -= 1;
                self.keep_piece(chunk.bytes);
            }
        }
    }

    /// Somebody is done with several chunks.
    pub(super) fn release_all(&mut self, chunks: impl IntoIterator<Item = Arc<Chunk>>) {
        for chunk in chunks {
            self.release(chunk);
        }
    }

    /// Keeps a piece's buffer for the next piece.
    pub(super) fn keep_piece(&mut self, buffer: Vec<u8>) {
        if self.large.len() < KEPT {
            self.large.push(buffer);
        }
    }
}
