//! A member's data: inflated to exactly the size its headers state, from exactly the bytes they give it.

use std::fmt;
use std::io;

use flate2::{Decompress, FlushDecompress, Status};

use crate::framing::{Coding, Member};
use crate::source::{ByteSource, read_exact_at};

/// Compressed bytes that are read at a time.
const PIECE: u64 = 64 * 1024;

/// Data that is not what its headers say. The differences are what one reader notices and another passes over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DataFault {
    /// No deflate stream, or one that was damaged.
    #[error("its data cannot be inflated")]
    Corrupt,
    /// A reader that trusts the size cuts the content off.
    #[error("its data inflates to more than the {0} bytes its headers state")]
    TooLong(u64),
    /// A reader that trusts the size waits for more, or pads.
    #[error("its data inflates to {found} bytes; its headers state {expected}")]
    TooShort { found: u64, expected: u64 },
    /// Bytes behind the end of the stream are seen by readers that go on, and by no other.
    #[error("its data ends after {used} of the {stated} compressed bytes its headers state")]
    InputLeft { used: u64, stated: u64 },
    /// Damaged, or replaced.
    #[error("the CRC of its data is {found:08x}; its headers state {expected:08x}")]
    Crc { found: u32, expected: u32 },
}

/// Why data could not be read to its end.
#[derive(Debug)]
pub(crate) enum DataError {
    Source(io::Error),
    Fault(DataFault),
}

impl From<io::Error> for DataError {
    fn from(error: io::Error) -> Self {
        Self::Source(error)
    }
}

impl From<DataFault> for DataError {
    fn from(fault: DataFault) -> Self {
        Self::Fault(fault)
    }
}

/// What serves one member after the other: the inflater's window and the compressed bytes at hand.
pub(crate) struct Inflater {
    decompress: Decompress,
    input: Vec<u8>,
}

impl Inflater {
    pub(crate) fn new() -> Self {
        Self {
            decompress: Decompress::new(false),
            input: Vec::new(),
        }
    }

    /// Makes room for the compressed bytes of a member and forgets the one before.
    fn begin(&mut self, member: &Member) {
        self.input.clear();
        if member.coding == Coding::Deflated {
            self.decompress.reset(false);
        }
    }
}

impl fmt::Debug for Inflater {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inflater").finish_non_exhaustive()
    }
}

/// How far the reading of one member has come.
#[derive(Debug, Clone)]
pub(crate) struct Progress {
    coding: Coding,
    data_offset: u64,
    compressed: u64,
    uncompressed: u64,
    crc: u32,
    /// Compressed bytes that have been read from the source.
    fetched: u64,
    /// Bytes of the inflater's input that have been used.
    used: usize,
    produced: u64,
    hasher: crc32fast::Hasher,
    /// Whether the deflate stream has said that it is over.
    stream_ended: bool,
    complete: bool,
}

impl Progress {
    /// Starts with the data of a member, which has to be of a supported coding.
    pub(crate) fn start(member: &Member, inflater: &mut Inflater) -> Self {
        inflater.begin(member);
        Self {
            coding: member.coding,
            data_offset: member.data_offset,
            compressed: member.compressed,
            uncompressed: member.uncompressed,
            crc: member.crc,
            fetched: 0,
            used: 0,
            produced: 0,
            hasher: crc32fast::Hasher::new(),
            stream_ended: member.coding != Coding::Deflated,
            complete: false,
        }
    }

    /// Fills `out` with the next bytes and gives how many there were; fewer than fit only at the end of the data, which
    /// has been checked then against everything its headers state.
    pub(crate) fn fill(
        &mut self,
        source: &dyn ByteSource,
        inflater: &mut Inflater,
        out: &mut [u8],
    ) -> Result<usize, DataError> {
        let count = match self.coding {
            Coding::Stored => self.copy(source, out)?,
            Coding::Deflated => self.inflate(source, inflater, out)?,
            Coding::Unsupported(_) => return Err(DataFault::Corrupt.into()),
        };
        self.hasher.update(&out[..count]);
        if self.produced == self.uncompressed && !self.complete {
            self.verify_end(source, inflater)?;
        }
        Ok(count)
    }

    /// Whether all data has been read and checked.
    pub(crate) fn is_complete(&self) -> bool {
        self.complete
    }

    fn copy(&mut self, source: &dyn ByteSource, out: &mut [u8]) -> Result<usize, DataError> {
        let rest = self.uncompressed - self.produced;
        let count = usize::try_from(rest).map_or(out.len(), |rest| rest.min(out.len()));
        read_exact_at(source, self.data_offset + self.produced, &mut out[..count])?;
        self.produced += count as u64;
        Ok(count)
    }

    fn inflate(
        &mut self,
        source: &dyn ByteSource,
        inflater: &mut Inflater,
        out: &mut [u8],
    ) -> Result<usize, DataError> {
        let rest = self.uncompressed - self.produced;
        let wanted = usize::try_from(rest).map_or(out.len(), |rest| rest.min(out.len()));
        let mut count = 0;
        while count < wanted {
            if self.stream_ended {
                return Err(self.too_short().into());
            }
            count += self.step(source, inflater, &mut out[count..wanted])?;
        }
        Ok(count)
    }

    /// One call of the inflater, with input fetched when there is none.
    fn step(
        &mut self,
        source: &dyn ByteSource,
        inflater: &mut Inflater,
        out: &mut [u8],
    ) -> Result<usize, DataError> {
        if self.used == inflater.input.len() {
            let rest = self.compressed - self.fetched;
            let piece = usize::try_from(rest.min(PIECE)).unwrap_or_default();
            inflater.input.resize(piece, 0);
            read_exact_at(source, self.data_offset + self.fetched, &mut inflater.input)?;
            self.fetched += piece as u64;
            self.used = 0;
        }
        let decompress = &mut inflater.decompress;
        let (before_in, before_out) = (decompress.total_in(), decompress.total_out());
        let status = decompress
            .decompress(&inflater.input[self.used..], out, FlushDecompress::None)
            .map_err(|_| DataFault::Corrupt)?;
        let taken = usize::try_from(decompress.total_in() - before_in).unwrap_or(usize::MAX);
        let made = usize::try_from(decompress.total_out() - before_out).unwrap_or(usize::MAX);
        self.used += taken;
        self.produced += made as u64;
        self.stream_ended = status == Status::StreamEnd;
        // Neither taking nor making anything: the stream wants more than there is.
        if !self.stream_ended && taken == 0 && made == 0 {
            return Err(self.too_short().into());
        }
        Ok(made)
    }

    /// All stated bytes are there: the stream has to end here, with its last compressed byte and the right CRC.
    fn verify_end(
        &mut self,
        source: &dyn ByteSource,
        inflater: &mut Inflater,
    ) -> Result<(), DataError> {
        while !self.stream_ended {
            if self.step(source, inflater, &mut [0])? > 0 {
                return Err(DataFault::TooLong(self.uncompressed).into());
            }
        }
        let left = inflater.input.len() - self.used;
        let (used, stated) = match self.coding {
            Coding::Deflated => (self.fetched - left as u64, self.compressed),
            _ => (self.produced, self.compressed),
        };
        if used != stated {
            return Err(DataFault::InputLeft { used, stated }.into());
        }
        let (found, expected) = (self.hasher.clone().finalize(), self.crc);
        if found != expected {
            return Err(DataFault::Crc { found, expected }.into());
        }
        self.complete = true;
        Ok(())
    }

    fn too_short(&self) -> DataFault {
        DataFault::TooShort {
            found: self.produced,
            expected: self.uncompressed,
        }
    }
}
