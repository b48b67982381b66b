//! The records of one entry as they are written: nothing but what the entry needs.

use crate::record::{
    CentralRecord, FLAG_UTF8, LocalRecord, MAX32, METHOD_DEFLATED, METHOD_STORED, VERSION_DEFLATE,
    VERSION_ZIP64, write_zip64,
};

/// 1 January 1980, the first day of ZIP's calendar: no archive differs from another by the time it was written.
const DATE: u16 = (1 << 5) | 1;

/// Unix, because only its attributes say what a file is.
const MADE_BY_UNIX: u16 = 3 << 8;

/// A regular file that its owner may write and everybody may read.
const ATTRIBUTES: u32 = 0o100_644 << 16;

/// An entry whose data is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) deflated: bool,
    pub(crate) crc: u32,
    pub(crate) compressed: u64,
    pub(crate) uncompressed: u64,
}

impl Entry {
    /// Appends the local header with name and extra field.
    pub(crate) fn write_local(&self, out: &mut Vec<u8>) {
        let mut extra = Vec::new();
        if self.wide_sizes() {
            // In a local header the field holds both sizes, whichever needs it.
            write_zip64(&[self.uncompressed, self.compressed], &mut extra);
        }
        let narrow = |size| {
            if self.wide_sizes() {
                MAX32
            } else {
                narrow(size)
            }
        };
        LocalRecord {
            version_needed: version_needed(self.wide_sizes()),
            flags: self.flags(),
            method: self.method(),
            time: 0,
            date: DATE,
            crc: self.crc,
            compressed: narrow(self.compressed),
            uncompressed: narrow(self.uncompressed),
            name_length: length(self.name.len()),
            extra_length: length(extra.len()),
        }
        .write(out);
        out.extend_from_slice(self.name.as_bytes());
        out.extend_from_slice(&extra);
    }

    /// Appends the directory's record of the entry whose local header is at `header_offset`.
    pub(crate) fn write_central(&self, header_offset: u64, out: &mut Vec<u8>) {
        let sizes = [self.uncompressed, self.compressed, header_offset];
        let wide: Vec<u64> = sizes.into_iter().filter(|size| is_wide(*size)).collect();
        let mut extra = Vec::new();
        if !wide.is_empty() {
            write_zip64(&wide, &mut extra);
        }
        let version = version_needed(!wide.is_empty());
        CentralRecord {
            version_made_by: MADE_BY_UNIX | version,
            version_needed: version,
            flags: self.flags(),
            method: self.method(),
            time: 0,
            date: DATE,
            crc: self.crc,
            compressed: narrow(self.compressed),
            uncompressed: narrow(self.uncompressed),
            name_length: length(self.name.len()),
            extra_length: length(extra.len()),
            comment_length: 0,
            disk: 0,
            internal_attributes: 0,
            external_attributes: ATTRIBUTES,
            header_offset: narrow(header_offset),
        }
        .write(out);
        out.extend_from_slice(self.name.as_bytes());
        out.extend_from_slice(&extra);
    }

    fn wide_sizes(&self) -> bool {
        is_wide(self.compressed) || is_wide(self.uncompressed)
    }

    fn flags(&self) -> u16 {
        if self.name.is_ascii() { 0 } else { FLAG_UTF8 }
    }

    fn method(&self) -> u16 {
        if self.deflated {
            METHOD_DEFLATED
        } else {
            METHOD_STORED
        }
    }
}

/// Whether a value does not fit into 32 bits, of which the largest says "look into ZIP64".
fn is_wide(value: u64) -> bool {
    value >= u64::from(MAX32)
}

/// The 32-bit field for a value: itself, or the word that sends the reader to ZIP64.
pub(super) fn narrow(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(MAX32)
}

fn version_needed(wide: bool) -> u16 {
    if wide { VERSION_ZIP64 } else { VERSION_DEFLATE }
}

fn length(bytes: usize) -> u16 {
    u16::try_from(bytes).unwrap_or(u16::MAX)
}
