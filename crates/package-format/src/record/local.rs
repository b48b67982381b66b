//! What stands before and behind a member's data.

use super::{Fields, Put};

/// Local file header, without name and extra field (4.3.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct LocalRecord {
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
}

impl LocalRecord {
    pub(crate) const SIGNATURE: [u8; 4] = *b"PK\x03\x04";
    pub(crate) const LENGTH: usize = 30;

    /// The header, when the bytes start with its signature.
    pub(crate) fn parse(bytes: &[u8; Self::LENGTH]) -> Option<Self> {
        let mut fields = Fields(bytes.strip_prefix(&Self::SIGNATURE)?);
        Some(Self {
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
        })
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&Self::SIGNATURE);
        out.u16(self.version_needed)
            .u16(self.flags)
            .u16(self.method)
            .u16(self.time)
            .u16(self.date)
            .u32(self.crc)
            .u32(self.compressed)
            .u32(self.uncompressed)
            .u16(self.name_length)
            .u16(self.extra_length);
    }

    /// Bytes of header, name and extra field.
    pub(crate) fn whole_length(&self) -> usize {
        Self::LENGTH + usize::from(self.name_length) + usize::from(self.extra_length)
    }
}

/// What a streaming writer puts behind the data, because it did not know it before (4.3.9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Descriptor {
    pub(crate) crc: u32,
    pub(crate) compressed: u64,
    pub(crate) uncompressed: u64,
}

impl Descriptor {
    const SIGNATURE: [u8; 4] = *b"PK\x07\x08";
    /// The longest of the four forms: signature and 64-bit sizes.
    pub(crate) const LONGEST: u64 = 24;

    /// The descriptor that fills `bytes` exactly: the signature is optional (4.3.9.3), the sizes have 32 or 64 bits, so
    /// its length alone tells which of the four forms it is.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let plain = match bytes.len() {
            12 | 20 => bytes,
            16 | 24 => bytes.strip_prefix(&Self::SIGNATURE)?,
            _ => return None,
        };
        let mut fields = Fields(plain);
        let crc = fields.u32();
        let (compressed, uncompressed) = if plain.len() == 12 {
            (u64::from(fields.u32()), u64::from(fields.u32()))
        } else {
            (fields.u64(), fields.u64())
        };
        Some(Self {
            crc,
            compressed,
            uncompressed,
        })
    }
}
