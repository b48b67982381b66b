//! The records that end an archive: end of central directory, and its ZIP64 form with locator.

use super::{Fields, Put};

/// End of central directory record, without its comment (4.3.16).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct EndRecord {
    pub(crate) disk: u16,
    pub(crate) directory_disk: u16,
    pub(crate) entries_on_disk: u16,
    pub(crate) entries: u16,
    pub(crate) directory_size: u32,
    pub(crate) directory_offset: u32,
    pub(crate) comment_length: u16,
}

impl EndRecord {
    pub(crate) const SIGNATURE: [u8; 4] = *b"PK\x05\x06";
    pub(crate) const LENGTH: usize = 22;

    /// The record, when the bytes start with its signature.
    pub(crate) fn parse(bytes: &[u8; Self::LENGTH]) -> Option<Self> {
        let mut fields = Fields(bytes.strip_prefix(&Self::SIGNATURE)?);
        Some(Self {
            disk: fields.u16(),
            directory_disk: fields.u16(),
            entries_on_disk: fields.u16(),
            entries: fields.u16(),
            directory_size: fields.u32(),
            directory_offset: fields.u32(),
            comment_length: fields.u16(),
        })
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&Self::SIGNATURE);
        out.u16(self.disk)
            .u16(self.directory_disk)
            .u16(self.entries_on_disk)
            .u16(self.entries)
            .u32(self.directory_size)
            .u32(self.directory_offset)
            .u16(self.comment_length);
    }
}

/// ZIP64 end of central directory record, version 1, without extensible data (4.3.14).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Zip64EndRecord {
    /// Bytes that follow this field: 44 without extensible data.
    pub(crate) size: u64,
    pub(crate) version_made_by: u16,
    pub(crate) version_needed: u16,
    pub(crate) disk: u32,
    pub(crate) directory_disk: u32,
    pub(crate) entries_on_disk: u64,
    pub(crate) entries: u64,
    pub(crate) directory_size: u64,
    pub(crate) directory_offset: u64,
}

impl Zip64EndRecord {
    pub(crate) const SIGNATURE: [u8; 4] = *b"PK\x06\x06";
    pub(crate) const LENGTH: usize = 56;
    /// The value of `size` for a record of [`LENGTH`](Self::LENGTH) bytes.
    pub(crate) const SIZE: u64 = 44;

    /// The record, when the bytes start with its signature.
    pub(crate) fn parse(bytes: &[u8; Self::LENGTH]) -> Option<Self> {
        let mut fields = Fields(bytes.strip_prefix(&Self::SIGNATURE)?);
        Some(Self {
            size: fields.u64(),
            version_made_by: fields.u16(),
            version_needed: fields.u16(),
            disk: fields.u32(),
            directory_disk: fields.u32(),
            entries_on_disk: fields.u64(),
            entries: fields.u64(),
            directory_size: fields.u64(),
            directory_offset: fields.u64(),
        })
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&Self::SIGNATURE);
        out.u64(self.size)
            .u16(self.version_made_by)
            .u16(self.version_needed)
            .u32(self.disk)
            .u32(self.directory_disk)
            .u64(self.entries_on_disk)
            .u64(self.entries)
            .u64(self.directory_size)
            .u64(self.directory_offset);
    }
}

/// ZIP64 end of central directory locator (4.3.15).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Zip64Locator {
    pub(crate) disk: u32,
    pub(crate) end_offset: u64,
    pub(crate) disks: u32,
}

impl Zip64Locator {
    pub(crate) const SIGNATURE: [u8; 4] = *b"PK\x06\x07";
    pub(crate) const LENGTH: usize = 20;

    /// The locator, when the bytes start with its signature.
    pub(crate) fn parse(bytes: &[u8; Self::LENGTH]) -> Option<Self> {
        let mut fields = Fields(bytes.strip_prefix(&Self::SIGNATURE)?);
        Some(Self {
            disk: fields.u32(),
            end_offset: fields.u64(),
            disks: fields.u32(),
        })
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&Self::SIGNATURE);
        out.u32(self.disk).u64(self.end_offset).u32(self.disks);
    }
}
