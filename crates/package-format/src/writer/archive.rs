//! Puts entries, directory and end records behind one another.

use std::io::{self, Read, Write};

use installhub_checksum::{Digest, HashingWriter};

use super::entry::{Entry, narrow};
use crate::record::{EndRecord, MAX16, MAX32, VERSION_ZIP64, Zip64EndRecord, Zip64Locator};

/// Bytes copied at a time.
const PIECE: usize = 256 * 1024;

/// An archive that is being written from its first byte to its last, without ever going back.
pub(crate) struct ArchiveSink<W> {
    out: HashingWriter<W>,
    offset: u64,
    entries: u64,
    directory: Vec<u8>,
    /// Headers that have not been written yet, so that small entries do not cost a call each.
    pending: Vec<u8>,
    piece: Vec<u8>,
}

/// What an archive came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WrittenArchive {
    pub(crate) bytes: u64,
    pub(crate) digest: Digest,
}

impl<W: Write> ArchiveSink<W> {
    pub(crate) fn new(out: W) -> Self {
        Self {
            out: HashingWriter::new(out),
            offset: 0,
            entries: 0,
            directory: Vec::new(),
            pending: Vec::new(),
            piece: vec![0; PIECE],
        }
    }

    /// Adds an entry whose compressed data is all there.
    pub(crate) fn entry(&mut self, entry: &Entry, data: &[u8]) -> io::Result<()> {
        self.entry_from(entry, &mut &*data)
    }

    /// Adds an entry whose compressed data comes next from `data`.
    pub(crate) fn entry_from(&mut self, entry: &Entry, data: &mut impl Read) -> io::Result<()> {
        entry.write_central(self.offset, &mut self.directory);
        self.entries += 1;
        let before = self.pending.len();
        entry.write_local(&mut self.pending);
        self.offset += (self.pending.len() - before) as u64 + entry.compressed;
        let mut rest = entry.compressed;
        while rest > 0 {
            let count = usize::try_from(rest).map_or(PIECE, |rest| rest.min(PIECE));
            data.read_exact(&mut self.piece[..count])?;
            self.pending.extend_from_slice(&self.piece[..count]);
            rest -= count as u64;
            self.flush_when(PIECE)?;
        }
        self.flush_when(PIECE)
    }

    /// Writes directory and end records.
    pub(crate) fn finish(mut self) -> io::Result<WrittenArchive> {
        let size = self.directory.len() as u64;
        let (offset, entries) = (self.offset, self.entries);
        let directory = std::mem::take(&mut self.directory);
        self.flush_when(0)?;
        self.out.write_all(&directory)?;
        write_end(entries, size, offset, &mut self.pending);
        self.flush_when(0)?;
        self.out.flush()?;
        let (_, digest, bytes) = self.out.finish();
        Ok(WrittenArchive { bytes, digest })
    }

    fn flush_when(&mut self, held: usize) -> io::Result<()> {
        if self.pending.len() >= held {
            self.out.write_all(&self.pending)?;
            self.pending.clear();
        }
        Ok(())
    }
}

/// Appends the end record, with ZIP64 before it when a field is too small.
pub(crate) fn write_end(entries: u64, size: u64, offset: u64, out: &mut Vec<u8>) {
    let short = u16::try_from(entries).unwrap_or(MAX16);
    let record = EndRecord {
        disk: 0,
        directory_disk: 0,
        entries_on_disk: short,
        entries: short,
        directory_size: narrow(size),
        directory_offset: narrow(offset),
        comment_length: 0,
    };
    // The largest value of a field says "look into ZIP64", also when it is the value itself.
    if short == MAX16 || record.directory_size == MAX32 || record.directory_offset == MAX32 {
        Zip64EndRecord {
            size: Zip64EndRecord::SIZE,
            version_made_by: VERSION_ZIP64,
            version_needed: VERSION_ZIP64,
            disk: 0,
            directory_disk: 0,
            entries_on_disk: entries,
            entries,
            directory_size: size,
            directory_offset: offset,
        }
        .write(out);
        Zip64Locator {
            disk: 0,
            end_offset: offset + size,
            disks: 1,
        }
        .write(out);
    }
    record.write(out);
}
