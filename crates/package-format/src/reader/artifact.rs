//! One member as a stream.

use std::fmt;
use std::io::{self, Read};
use std::sync::Arc;

use crate::data::{DataError, Inflater, Progress};
use crate::framing::Member;
use crate::source::ByteSource;

/// Reads the bytes of one file of a package, and fails rather than giving others than its headers state.
pub struct ArtifactReader<S: ?Sized> {
    source: Arc<S>,
    inflater: Inflater,
    progress: Progress,
    bytes: u64,
}

impl<S: ByteSource + ?Sized> ArtifactReader<S> {
    pub(super) fn new(source: Arc<S>, member: &Member) -> Self {
        let mut inflater = Inflater::new();
        Self {
            progress: Progress::start(member, &mut inflater),
            bytes: member.uncompressed,
            source,
            inflater,
        }
    }

    /// Bytes of the whole file.
    pub fn total_bytes(&self) -> u64 {
        self.bytes
    }

    /// The whole file, or its first bytes.
    pub(super) fn read_up_to(self, most: usize) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.take(most as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

impl<S: ByteSource + ?Sized> Read for ArtifactReader<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.progress.is_complete() || buffer.is_empty() {
            return Ok(0);
        }
        let read = self.progress.fill(&self.source, &mut self.inflater, buffer);
        read.map_err(|error| match error {
            DataError::Source(error) => error,
            DataError::Fault(fault) => io::Error::new(io::ErrorKind::InvalidData, fault),
        })
    }
}

impl<S: ?Sized> fmt::Debug for ArtifactReader<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ArtifactReader")
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}
