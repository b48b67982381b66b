//! The central directory: one record per member, read in pieces.

use super::attributes::Kind;
use super::end::Ending;
use super::fault::{Fault, Place};
use super::{Coding, FramingError, zip64};
use crate::limits::Limits;
use crate::record::{CentralRecord, Extra, ExtraFault, FLAG_UTF8};
use crate::source::{ByteSource, Window};

/// Bytes of the directory that are held at a time.
const PIECE: usize = 256 * 1024;

/// What the directory says about one member.
#[derive(Debug)]
pub(crate) struct Listed {
    pub(crate) record: CentralRecord,
    pub(crate) name: Box<[u8]>,
    pub(crate) kind: Kind,
    pub(crate) coding: Coding,
    pub(crate) compressed: u64,
    pub(crate) uncompressed: u64,
    pub(crate) header_offset: u64,
}

/// Reads all records of the directory, which has to hold as many as the end record announces and nothing else.
pub(crate) fn read(
    source: &dyn ByteSource,
    ending: &Ending,
    limits: &Limits,
) -> Result<Vec<Listed>, FramingError> {
    within_bounds(ending, limits)?;
    let end = ending.directory_offset + ending.directory_size;
    let mut window = Window::new(source, end, PIECE);
    let mut listed = Vec::new();
    let mut offset = ending.directory_offset;
    while offset < end {
        if listed.len() as u64 == ending.entries {
            break;
        }
        let record = window
            .bytes(offset, CentralRecord::LENGTH)?
            .and_then(|bytes| bytes.first_chunk())
            .and_then(CentralRecord::parse)
            .ok_or(Fault::NoRecord(offset))?;
        let whole = window
            .bytes(offset, record.whole_length())?
            .ok_or(Fault::RecordTooLong(offset))?;
        let (name, rest) = whole[CentralRecord::LENGTH..].split_at(record.name_length.into());
        let extra = &rest[..record.extra_length.into()];
        listed.push(judge(record, name, extra).map_err(|fault| FramingError::member(name, fault))?);
        offset += record.whole_length() as u64;
    }
    // Readers that count and readers that measure have to come to the same members.
    if listed.len() as u64 != ending.entries || offset != end {
        let (found, announced) = (listed.len() as u64, ending.entries);
        let found = found + u64::from(offset != end);
        return Err(Fault::RecordCount { found, announced }.into());
    }
    Ok(listed)
}

/// Refuses a directory that is too large to be looked into at all.
fn within_bounds(ending: &Ending, limits: &Limits) -> Result<(), Fault> {
    if ending.entries > limits.max_entries {
        return Err(Fault::TooManyEntries {
            found: ending.entries,
            limit: limits.max_entries,
        });
    }
    if ending.directory_size > limits.max_directory_bytes {
        return Err(Fault::DirectoryTooLarge {
            found: ending.directory_size,
            limit: limits.max_directory_bytes,
        });
    }
    Ok(())
}

/// What one record says, when it says it in one way.
fn judge(record: CentralRecord, name: &[u8], extra: &[u8]) -> Result<Listed, Fault> {
    // A comment can hold a whole directory that readers searching for records take for the real one.
    if record.comment_length != 0 {
        return Err(Fault::MemberComment(record.comment_length));
    }
    let extra = unambiguous(extra, name, Place::Central)?;
    let values = zip64::central(&record, extra.zip64)?;
    if values.disk != 0 {
        return Err(Fault::MultiDisk("a member begins on another disk"));
    }
    let kind = Kind::of(name, record.external_attributes)?;
    // Readers that skip folders would not see what one holds.
    if kind == Kind::Directory && values.uncompressed != 0 {
        return Err(Fault::DirectoryWithContent(values.uncompressed));
    }
    let coding = Coding::of(record.flags, record.method);
    if coding == Coding::Stored && values.compressed != values.uncompressed {
        return Err(Fault::StoredSizes {
            compressed: values.compressed,
            uncompressed: values.uncompressed,
        });
    }
    Ok(Listed {
        record,
        name: name.into(),
        kind,
        coding,
        compressed: values.compressed,
        uncompressed: values.uncompressed,
        header_offset: values.header_offset,
    })
}

/// The extra fields of a header, when no two readers can take them differently.
pub(super) fn unambiguous<'e>(
    list: &'e [u8],
    name: &[u8],
    place: Place,
) -> Result<Extra<'e>, Fault> {
    let extra = Extra::parse(list).map_err(|fault| match fault {
        ExtraFault::Torn => Fault::ExtraTorn { place },
        ExtraFault::Repeated(field) => Fault::ExtraRepeated { place, field },
    })?;
    // Version, CRC of the name it replaces, and the name itself. Whether a reader minds the CRC or not, it has to come
    // to the same name.
    match extra.unicode_path.map(|path| path.get(5..)) {
        Some(path) if path != Some(name) => Err(Fault::UnicodePath { place }),
        _ => Ok(extra),
    }
}

impl Listed {
    pub(crate) fn utf8(&self) -> bool {
        self.record.flags & FLAG_UTF8 != 0
    }
}
