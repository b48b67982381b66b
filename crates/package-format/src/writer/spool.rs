//! The temporary file in which the deflated artifacts wait for the manifest that comes before them.

use std::fmt;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};

use super::entry::Entry;
use super::pool::Deflated;

/// Bytes that are written at once.
const PIECE: usize = 256 * 1024;

/// The data of all artifacts, one behind the other, and what is known about each.
pub(super) struct Spool<S: Write> {
    file: BufWriter<S>,
    start: u64,
    bytes: u64,
    /// Bytes of the entry whose blocks are coming in.
    current: u64,
    /// Deflated sizes of the entries that are complete.
    sizes: Vec<u64>,
    /// Name, CRC and size of the entries that have been handed over completely.
    expected: Vec<(String, u32, u64)>,
}

impl<S: Write> fmt::Debug for Spool<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spool")
            .field("bytes", &self.bytes)
            .field("entries", &self.expected.len())
            .finish_non_exhaustive()
    }
}

impl<S: Write> Spool<S> {
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Takes the next block of the next entry.
    pub(super) fn take(&mut self, deflated: &Deflated) -> io::Result<()> {
        self.file.write_all(&deflated.bytes)?;
        self.bytes += deflated.bytes.len() as u64;
        self.current += deflated.bytes.len() as u64;
        if deflated.last {
            self.sizes.push(std::mem::take(&mut self.current));
        }
        Ok(())
    }

    /// Notes an entry whose blocks have all been handed over.
    pub(super) fn expect(&mut self, name: String, crc: u32, bytes: u64) {
        self.expected.push((name, crc, bytes));
    }
}

impl<S: Read + Write + Seek> Spool<S> {
    /// Starts where `file` stands.
    pub(super) fn new(mut file: S) -> io::Result<Self> {
        let start = file.stream_position()?;
        Ok(Self {
            file: BufWriter::with_capacity(PIECE, file),
            start,
            bytes: 0,
            current: 0,
            sizes: Vec::new(),
            expected: Vec::new(),
        })
    }

    /// The entries in order and the file from which their data can be read one after the other.
    pub(super) fn into_entries(self) -> io::Result<(Vec<Entry>, S)> {
        let entries = self.expected.into_iter().zip(self.sizes);
        let entries = entries.map(|((name, crc, uncompressed), compressed)| Entry {
            name,
            deflated: true,
            crc,
            compressed,
            uncompressed,
        });
        let mut file = self
            .file
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        file.seek(SeekFrom::Start(self.start))?;
        Ok((entries.collect(), file))
    }
}
