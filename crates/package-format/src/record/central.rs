//! The central directory's record of one member.

use super::{Fields, Put};

/// Central directory file header, without name, extra field and comment (4.3.12).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct CentralRecord {
    pub(crate) version_made_by: u16,
    pub(crate) version_needed: u16,
    pub(crate) flags: u16,
    pub(crate) method: u16,
    pub(crate) time: u16,
    pub(crate) date: u16,
    pub(crate) crc: u32,
    pub(crate) compressed: u32,
    pub(crate) uncompressed: u32,
    pub(crate) name_length: u16,
    pub(crate) extra_length: u16,
    pub(crate) comment_length: u16,
    pub(crate) disk: u16,
    pub(crate) internal_attributes: u16,
    pub(crate) external_attributes: u32,
    pub(crate) header_offset: u32,
}

impl CentralRecord {
    pub(crate) const SIGNATURE: [u8; 4] = *b"PK\x01\x02";
    pub(crate) const LENGTH: usize = 46;

    /// The record, when the bytes start with its signature.
    pub(crate) fn parse(bytes: &[u8; Self::LENGTH]) -> Option<Self> {
        let mut fields = Fields(bytes.strip_prefix(&Self::SIGNATURE)?);
        Some(Self {
            version_made_by: fields.u16(),
            version_needed: fields.u16(),
            flags: fields.u16(),
            method: fields.u16(),
            time: fields.u16(),
            date: fields.u16(),
            crc: fields.u32(),
            compressed: fields.u32(),
            uncompressed: fields.u32(),
            name_length: fields.u16(),
            extra_length: fields.u16(),
            comment_length: fields.u16(),
            disk: fields.u16(),
            internal_attributes: fields.u16(),
            external_attributes: fields.u32(),
            header_offset: fields.u32(),
        })
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&Self::SIGNATURE);
        out.u16(self.version_made_by)
            .u16(self.version_needed)
            .u16(self.flags)
            .u16(self.method)
            .u16(self.time)
            .u16(self.date)
            .u32(self.crc)
            .u32(self.compressed)
            .u32(self.uncompressed)
            .u16(self.name_length)
            .u16(self.extra_length)
            .u16(self.comment_length)
            .u16(self.disk)
            .u16(self.internal_attributes)
            .u32(self.external_attributes)
            .u32(self.header_offset);
    }

    /// Bytes of record, name, extra field and comment.
    pub(crate) fn whole_length(&self) -> usize {
        Self::LENGTH
            + usize::from(self.name_length)
            + usize::from(self.extra_length)
            + usize::from(self.comment_length)
    }
}
