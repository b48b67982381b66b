//! Extra fields: those that change how a member is read.

use super::Put;

const ZIP64: u16 = 0x0001;
const UNICODE_PATH: u16 = 0x7075;

/// The extra fields that matter, out of a record's list (4.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Extra<'a> {
    /// Sizes and offset in 64 bits (4.5.3).
    pub(crate) zip64: Option<&'a [u8]>,
    /// The name once more, in UTF-8 (4.6.9).
    pub(crate) unicode_path: Option<&'a [u8]>,
}

/// Why a list of extra fields can be read in more than one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExtraFault {
    /// The list does not end where its last field ends.
    Torn,
    /// A field that must be there once is there again.
    Repeated(&'static str),
}

impl<'a> Extra<'a> {
    pub(crate) fn parse(mut list: &'a [u8]) -> Result<Self, ExtraFault> {
        let mut extra = Self::default();
        while let Some((head, rest)) = list.split_first_chunk::<4>() {
            let id = u16::from_le_bytes([head[0], head[1]]);
            let length = usize::from(u16::from_le_bytes([head[2], head[3]]));
            let (value, rest) = rest.split_at_checked(length).ok_or(ExtraFault::Torn)?;
            let (slot, name) = match id {
                ZIP64 => (&mut extra.zip64, "ZIP64"),
                UNICODE_PATH => (&mut extra.unicode_path, "Unicode path"),
                _ => {
                    list = rest;
                    continue;
                }
            };
            if slot.replace(value).is_some() {
                return Err(ExtraFault::Repeated(name));
            }
            list = rest;
        }
        if list.is_empty() {
            Ok(extra)
        } else {
            Err(ExtraFault::Torn)
        }
    }
}

/// Appends a ZIP64 field with the given values, in the order uncompressed size, compressed size, header offset.
pub(crate) fn write_zip64(values: &[u64], out: &mut Vec<u8>) {
    let length = u16::try_from(values.len() * 8).unwrap_or(u16::MAX);
    out.u16(ZIP64).u16(length);
    for value in values {
        out.u64(*value);
    }
}
