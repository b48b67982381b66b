//! The bytes before the directory: local headers, data and descriptors, member by member without a gap.

use super::directory::{Listed, unambiguous};
use super::end::Ending;
use super::fault::{Fault, Place};
use super::{FramingError, Member, zip64};
use crate::record::{Descriptor, FLAG_STREAMED, LocalRecord};
use crate::source::{ByteSource, Window};

/// Bytes that are read at a time; small members' headers lie near each other.
const PIECE: usize = 8 * 1024;

/// Finds every member's data and checks that the members fill the archive up to its directory.
pub(super) fn place(
    source: &dyn ByteSource,
    ending: &Ending,
    listed: Vec<Listed>,
) -> Result<Vec<Member>, FramingError> {
    let directory = ending.directory_offset;
    let mut order: Vec<usize> = (0..listed.len()).collect();
    order.sort_by_key(|index| listed[*index].header_offset);

    let mut window = Window::new(source, directory, PIECE);
    let mut data_offsets = vec![0; listed.len()];
    let mut end = 0;
    for (position, index) in order.iter().enumerate() {
        let member = &listed[*index];
        let fault = |fault| FramingError::member(&member.name, fault);
        follows(member.header_offset, end, directory).map_err(fault)?;
        let header = read_header(&mut window, member)?;
        let data_offset = member.header_offset + header.length;
        let data_end = data_offset
            .checked_add(member.compressed)
            .filter(|data_end| *data_end <= directory);
        let next = order
            .get(position + 1)
            .map_or(directory, |next| listed[*next].header_offset.min(directory));
        end = match data_end {
            Some(data_end) if data_end <= next => {
                read_descriptor(&mut window, member, header.streamed, data_end, next)?
            }
            // The next member, or the directory, begins inside this one's data.
            _ => {
                return Err(fault(Fault::Overlap {
                    offset: next,
                    end: data_offset.saturating_add(member.compressed),
                }));
            }
        };
        data_offsets[*index] = data_offset;
    }
    if end != directory {
        let length = directory - end;
        return Err(Fault::Gap {
            offset: directory,
            length,
        }
        .into());
    }
    let placed = listed.into_iter().zip(data_offsets);
    Ok(placed
        .map(|(listed, offset)| listed.placed(offset))
        .collect())
}

/// A member has to begin where the one before ends.
fn follows(offset: u64, end: u64, directory: u64) -> Result<(), Fault> {
    if offset > directory {
        return Err(Fault::NoLocalHeader(offset));
    }
    if offset < end {
        return Err(Fault::Overlap { offset, end });
    }
    if offset > end && end == 0 {
        return Err(Fault::Prefix(offset));
    }
    if offset > end {
        let length = offset - end;
        return Err(Fault::Gap { offset, length });
    }
    Ok(())
}

/// What the local header adds to what the directory says.
struct Header {
    length: u64,
    streamed: bool,
}

/// Reads a member's local header, which has to say what the directory says.
fn read_header(window: &mut Window<'_>, member: &Listed) -> Result<Header, FramingError> {
    let offset = member.header_offset;
    let fault = |fault| FramingError::member(&member.name, fault);
    let missing = || FramingError::member(&member.name, Fault::NoLocalHeader(offset));
    let record = window
        .bytes(offset, LocalRecord::LENGTH)?
        .and_then(|bytes| bytes.first_chunk())
        .and_then(LocalRecord::parse)
        .ok_or_else(missing)?;
    let whole = window
        .bytes(offset, record.whole_length())?
        .ok_or_else(missing)?;
    let (name, extra) = whole[LocalRecord::LENGTH..].split_at(record.name_length.into());
    // Readers that stream take this name, all others the directory's.
    if name != &*member.name {
        let name = String::from_utf8_lossy(name)
            .escape_debug()
            .take(200)
            .collect();
        return Err(fault(Fault::NameDiffers(name)));
    }
    let streamed = record.flags & FLAG_STREAMED != 0;
    let zip64 = unambiguous(extra, name, Place::Local).map_err(fault)?.zip64;
    let sizes = zip64::local(&record, zip64, streamed).map_err(fault)?;
    agrees(&record, sizes, member, streamed).map_err(fault)?;
    Ok(Header {
        length: record.whole_length() as u64,
        streamed,
    })
}

/// The local header's fields are the directory's; a streamed member may have zeros for what follows its data.
fn agrees(
    record: &LocalRecord,
    (uncompressed, compressed): (u64, u64),
    member: &Listed,
    streamed: bool,
) -> Result<(), Fault> {
    let flags = |flags: u16| u64::from(flags & !FLAG_STREAMED);
    let fixed = [
        ("the flags", flags(record.flags), flags(member.record.flags)),
        (
            "the method",
            record.method.into(),
            member.record.method.into(),
        ),
    ];
    let known_late = [
        ("the CRC", record.crc.into(), member.record.crc.into()),
        ("the size", uncompressed, member.uncompressed),
        ("the compressed size", compressed, member.compressed),
    ];
    let differs = |(_, local, central): &(_, u64, u64)| local != central;
    let late = |field: &(_, u64, u64)| differs(field) && !(streamed && field.1 == 0);
    match fixed
        .into_iter()
        .find(differs)
        .or(known_late.into_iter().find(late))
    {
        Some((field, local, central)) => Err(Fault::FieldDiffers {
            field,
            local,
            central,
        }),
        None => Ok(()),
    }
}

/// Where the member ends: behind its data, or behind the descriptor that fills the bytes up to the next member.
fn read_descriptor(
    window: &mut Window<'_>,
    member: &Listed,
    streamed: bool,
    data_end: u64,
    next: u64,
) -> Result<u64, FramingError> {
    if !streamed {
        return Ok(data_end);
    }
    let length = next - data_end;
    let fault = |fault| FramingError::member(&member.name, fault);
    let none = || {
        FramingError::member(
            &member.name,
            Fault::NoDescriptor {
                offset: data_end,
                length,
            },
        )
    };
    if length > Descriptor::LONGEST {
        return Err(none());
    }
    let bytes = usize::try_from(length).ok();
    let bytes = bytes
        .map(|length| window.bytes(data_end, length))
        .transpose()?;
    let descriptor = bytes
        .flatten()
        .and_then(Descriptor::parse)
        .ok_or_else(none)?;
    for (field, descriptor, central) in [
        ("the CRC", descriptor.crc.into(), member.record.crc.into()),
        ("the size", descriptor.uncompressed, member.uncompressed),
        (
            "the compressed size",
            descriptor.compressed,
            member.compressed,
        ),
    ] {
        if descriptor != central {
            return Err(fault(Fault::DescriptorDiffers {
                field,
                descriptor,
                central,
            }));
        }
    }
    Ok(next)
}

impl Listed {
    fn placed(self, data_offset: u64) -> Member {
        Member {
            utf8: self.utf8(),
            name: self.name,
            kind: self.kind,
            coding: self.coding,
            crc: self.record.crc,
            compressed: self.compressed,
            uncompressed: self.uncompressed,
            header_offset: self.header_offset,
            data_offset,
        }
    }
}
