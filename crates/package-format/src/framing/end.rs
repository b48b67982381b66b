//! The end of the archive: exactly one end record, its ZIP64 form, and where the directory lies.

use memchr::memmem;

use super::FramingError;
use super::fault::Fault;
use crate::record::{EndRecord, MAX16, MAX32, Zip64EndRecord, Zip64Locator};
use crate::source::{ByteSource, read_exact_at};

/// Where the directory lies and how many records it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ending {
    pub(crate) directory_offset: u64,
    pub(crate) directory_size: u64,
    pub(crate) entries: u64,
}

/// Finds and checks the records at the end of a source of `size` bytes.
pub(crate) fn find(source: &dyn ByteSource, size: u64) -> Result<Ending, FramingError> {
    let (record, offset) = find_end_record(source, size)?;
    let (ending, begin) = match find_zip64(source, offset)? {
        Some((zip64, begin)) => (agree(&record, &zip64)?, begin),
        None => (classic(&record)?, offset),
    };
    // The directory ends where the end records begin: no bytes between them, and no prefix that shifts the offsets.
    if ending.directory_offset.checked_add(ending.directory_size) != Some(begin) {
        return Err(Fault::DirectoryElsewhere {
            offset: ending.directory_offset,
            size: ending.directory_size,
            end: begin,
        }
        .into());
    }
    Ok(ending)
}

/// The one end record, which has to finish the file with its comment.
fn find_end_record(source: &dyn ByteSource, size: u64) -> Result<(EndRecord, u64), FramingError> {
    let longest = EndRecord::LENGTH + usize::from(u16::MAX);
    let searched = size.min(longest as u64);
    let mut tail = vec![0; usize::try_from(searched).unwrap_or(longest)];
    let start = size - searched;
    read_exact_at(source, start, &mut tail)?;

    let at = |position: usize| {
        let bytes = tail.get(position..)?.first_chunk()?;
        let record = EndRecord::parse(bytes)?;
        let follows = tail.len() - position - EndRecord::LENGTH;
        Some((record, follows))
    };
    // The last signature counts, as for every reader that searches backwards. It may stand too near the end for a whole
    // record, inside a comment for instance: then nothing that finishes the file follows it.
    let finder = memmem::Finder::new(&EndRecord::SIGNATURE);
    let mut positions = memmem::rfind_iter(&tail, &EndRecord::SIGNATURE);
    let last = positions
        .next()
        .ok_or(Fault::NoEndRecord { searched, size })?;
    let offset = start + last as u64;
    let (record, follows) = at(last).ok_or(Fault::NoEndRecord { searched, size })?;
    if usize::from(record.comment_length) != follows {
        return Err(Fault::EndNotLast {
            offset,
            announced: u64::from(record.comment_length),
            actual: follows as u64,
        }
        .into());
    }
    // An earlier record whose comment would be all the rest: a reader that searches forwards stops at that one.
    for earlier in finder.find_iter(&tail[..last]) {
        if at(earlier)
            .is_some_and(|(record, follows)| usize::from(record.comment_length) == follows)
        {
            return Err(Fault::TwoEndRecords {
                first: start + earlier as u64,
                last: offset,
            }
            .into());
        }
    }
    Ok((record, offset))
}

/// The ZIP64 end record and where it begins, when a locator stands directly before the end record at `end`.
fn find_zip64(
    source: &dyn ByteSource,
    end: u64,
) -> Result<Option<(Zip64EndRecord, u64)>, FramingError> {
    let Some(locator_offset) = end.checked_sub(Zip64Locator::LENGTH as u64) else {
        return Ok(None);
    };
    let mut bytes = [0; Zip64Locator::LENGTH];
    read_exact_at(source, locator_offset, &mut bytes)?;
    // Whatever looks like a locator here is one for somebody, so it is held to be one even when no field asks for it.
    let Some(locator) = Zip64Locator::parse(&bytes) else {
        return Ok(None);
    };
    if locator.disk != 0 || locator.disks > 1 {
        return Err(Fault::MultiDisk("its ZIP64 locator counts several disks").into());
    }
    let expected = locator_offset
        .checked_sub(Zip64EndRecord::LENGTH as u64)
        .ok_or(Fault::Zip64EndInvalid(locator.end_offset))?;
    if locator.end_offset != expected {
        return Err(Fault::Zip64Elsewhere {
            found: locator.end_offset,
            expected,
        }
        .into());
    }
    let mut bytes = [0; Zip64EndRecord::LENGTH];
    read_exact_at(source, expected, &mut bytes)?;
    let record = Zip64EndRecord::parse(&bytes)
        .filter(|record| record.size == Zip64EndRecord::SIZE)
        .ok_or(Fault::Zip64EndInvalid(expected))?;
    Ok(Some((record, expected)))
}

/// What the end record says when there is no ZIP64: every field has to mean what it says.
fn classic(record: &EndRecord) -> Result<Ending, Fault> {
    for (saturated, field) in [
        (record.entries == MAX16, "the number of entries"),
        (record.directory_size == MAX32, "the directory's size"),
        (record.directory_offset == MAX32, "the directory's offset"),
        (record.disk == MAX16, "the disk"),
        (record.directory_disk == MAX16, "the directory's disk"),
    ] {
        if saturated {
            return Err(Fault::Zip64Missing { field });
        }
    }
    if record.disk != 0 || record.directory_disk != 0 {
        return Err(Fault::MultiDisk(
            "its end record names another disk than the first",
        ));
    }
    same_counts(record.entries_on_disk.into(), record.entries.into())?;
    Ok(Ending {
        directory_offset: record.directory_offset.into(),
        directory_size: record.directory_size.into(),
        entries: record.entries.into(),
    })
}

/// What both end records say together: each classic field either leaves the value to ZIP64 or repeats it.
fn agree(record: &EndRecord, zip64: &Zip64EndRecord) -> Result<Ending, Fault> {
    let classics = [
        (widen16(record.disk), u64::from(zip64.disk), "the disk"),
        (
            widen16(record.directory_disk),
            u64::from(zip64.directory_disk),
            "the directory's disk",
        ),
        (
            widen16(record.entries_on_disk),
            zip64.entries_on_disk,
            "the entries on this disk",
        ),
        (
            widen16(record.entries),
            zip64.entries,
            "the number of entries",
        ),
        (
            widen32(record.directory_size),
            zip64.directory_size,
            "the directory's size",
        ),
        (
            widen32(record.directory_offset),
            zip64.directory_offset,
            "the directory's offset",
        ),
    ];
    for (classic, zip64, field) in classics {
        if let Some(classic) = classic.filter(|classic| *classic != zip64) {
            return Err(Fault::Zip64EndDiffers {
                field,
                zip64,
                classic,
            });
        }
    }
    if zip64.disk != 0 || zip64.directory_disk != 0 {
        return Err(Fault::MultiDisk(
            "its ZIP64 end record names another disk than the first",
        ));
    }
    same_counts(zip64.entries_on_disk, zip64.entries)?;
    Ok(Ending {
        directory_offset: zip64.directory_offset,
        directory_size: zip64.directory_size,
        entries: zip64.entries,
    })
}

fn same_counts(on_disk: u64, total: u64) -> Result<(), Fault> {
    if on_disk == total {
        Ok(())
    } else {
        Err(Fault::CountsDiffer { on_disk, total })
    }
}

/// The value of a 16-bit field, unless it leaves it to ZIP64.
fn widen16(value: u16) -> Option<u64> {
    (value != MAX16).then_some(value.into())
}

/// The value of a 32-bit field, unless it leaves it to ZIP64.
fn widen32(value: u32) -> Option<u64> {
    (value != MAX32).then_some(value.into())
}
