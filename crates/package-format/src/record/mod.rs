//! The records of a ZIP file, once for reading and writing (APPNOTE 6.3.10, sections 4.3 and 4.5).
//!
//! Layouts only: what a record may say is decided by [`crate::framing`].

mod central;
mod end;
mod extra;
mod local;

pub(crate) use central::CentralRecord;
pub(crate) use end::{EndRecord, Zip64EndRecord, Zip64Locator};
pub(crate) use extra::{Extra, ExtraFault, write_zip64};
pub(crate) use local::{Descriptor, LocalRecord};

/// General purpose bit: the member is encrypted.
pub(crate) const FLAG_ENCRYPTED: u16 = 1;
/// General purpose bit: CRC and sizes follow the data.
pub(crate) const FLAG_STREAMED: u16 = 1 << 3;
/// General purpose bit: compressed patched data.
pub(crate) const FLAG_PATCHED: u16 = 1 << 5;
/// General purpose bit: strong encryption.
pub(crate) const FLAG_STRONG: u16 = 1 << 6;
/// General purpose bit: the name is UTF-8.
pub(crate) const FLAG_UTF8: u16 = 1 << 11;
/// General purpose bit: values of the local header are masked, with the directory encrypted.
pub(crate) const FLAG_MASKED: u16 = 1 << 13;

/// Compression method: none.
pub(crate) const METHOD_STORED: u16 = 0;
/// Compression method: deflate.
pub(crate) const METHOD_DEFLATED: u16 = 8;

/// What a 16-bit field holds when ZIP64 has the value.
pub(crate) const MAX16: u16 = u16::MAX;
/// What a 32-bit field holds when ZIP64 has the value.
pub(crate) const MAX32: u32 = u32::MAX;

/// Version needed to extract deflated members, as written.
pub(crate) const VERSION_DEFLATE: u16 = 20;
/// Version needed for ZIP64, as written.
pub(crate) const VERSION_ZIP64: u16 = 45;

/// Reads the little-endian fields of one record, one after the other.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> [u8; N] {
        match self.0.split_first_chunk() {
            Some((head, rest)) => {
                self.0 = rest;
                *head
            }
            None => unreachable!("a record has a fixed length, and its fields add up to it"),
        }
    }

    fn u16(&mut self) -> u16 {
        u16::from_le_bytes(self.take())
    }

    fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.take())
    }

    fn u64(&mut self) -> u64 {
        u64::from_le_bytes(self.take())
    }
}

/// Appends little-endian fields.
trait Put {
    fn u16(&mut self, value: u16) -> &mut Self;
    fn u32(&mut self, value: u32) -> &mut Self;
    fn u64(&mut self, value: u64) -> &mut Self;
}

impl Put for Vec<u8> {
    fn u16(&mut self, value: u16) -> &mut Self {
        self.extend_from_slice(&value.to_le_bytes());
        self
    }

    fn u32(&mut self, value: u32) -> &mut Self {
        self.extend_from_slice(&value.to_le_bytes());
        self
    }

    fn u64(&mut self, value: u64) -> &mut Self {
        self.extend_from_slice(&value.to_le_bytes());
        self
    }
}

#[cfg(test)]
mod tests;
