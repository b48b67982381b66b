//! The ZIP64 extra field: 64-bit values for the header fields that are too small for them (APPNOTE 4.5.3).
//!
//! The format lets the field hold only what the header leaves to it, in a fixed order; some writers put everything in,
//! and readers differ in which they expect. Accepted is what both ways of reading take for the same values.

use super::fault::{Fault, Place};
use crate::record::{CentralRecord, LocalRecord, MAX16, MAX32};

/// A directory record's values, with those from the extra field put in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CentralValues {
    pub(super) uncompressed: u64,
    pub(super) compressed: u64,
    pub(super) header_offset: u64,
    pub(super) disk: u32,
}

/// The values of a directory record.
pub(super) fn central(
    record: &CentralRecord,
    extra: Option<&[u8]>,
) -> Result<CentralValues, Fault> {
    let classic = [record.uncompressed, record.compressed, record.header_offset];
    let field = extra.unwrap_or_default();
    let ambiguous = || Fault::Zip64Ambiguous {
        place: Place::Central,
        length: field.len(),
    };
    let wide_disk = record.disk == MAX16;
    let wide = classic.iter().filter(|value| **value == MAX32).count();
    let needed = wide * 8 + usize::from(wide_disk) * 4;

    let taken = if field.len() == needed {
        take_saturated(classic, field)
    } else {
        // Longer than needed: all values in their fixed places, repeating those that the header has itself.
        take_all(classic, field)
    };
    let ([uncompressed, compressed, header_offset], rest) = taken.ok_or_else(ambiguous)?;
    let disk = match (wide_disk, rest.first_chunk()) {
        (true, Some(disk)) if rest.len() == 4 => u32::from_le_bytes(*disk),
        (false, Some(disk)) if rest.len() == 4 && *disk == u32::from(record.disk).to_le_bytes() => {
            u32::from(record.disk)
        }
        (false, None) if rest.is_empty() => u32::from(record.disk),
        _ => return Err(ambiguous()),
    };
    Ok(CentralValues {
        uncompressed,
        compressed,
        header_offset,
        disk,
    })
}

/// One value per saturated field, in order, and the rest.
fn take_saturated(classic: [u32; 3], mut field: &[u8]) -> Option<([u64; 3], &[u8])> {
    let mut values = [0; 3];
    for (value, classic) in values.iter_mut().zip(classic) {
        *value = if classic == MAX32 {
            next(&mut field)?
        } else {
            classic.into()
        };
    }
    Some((values, field))
}

/// All values in their fixed places, as far as the field reaches; those that the header has itself have to be the same.
fn take_all(classic: [u32; 3], mut field: &[u8]) -> Option<([u64; 3], &[u8])> {
    let mut values = [0; 3];
    for (value, classic) in values.iter_mut().zip(classic) {
        let own = (classic != MAX32).then_some(u64::from(classic));
        *value = match (own, next(&mut field)) {
            (Some(own), None) => own,
            (None, Some(wide)) => wide,
            (Some(own), Some(wide)) if own == wide => own,
            _ => return None,
        };
    }
    Some((values, field))
}

/// The sizes of a local header, uncompressed and compressed. `streamed`: they may be zero, with a descriptor to follow.
pub(super) fn local(
    record: &LocalRecord,
    extra: Option<&[u8]>,
    streamed: bool,
) -> Result<(u64, u64), Fault> {
    let classic = (record.uncompressed, record.compressed);
    let ambiguous = |length| Fault::Zip64Ambiguous {
        place: Place::Local,
        length,
    };
    let Some(field) = extra else {
        // The header leaves a value to a field that is not there.
        if classic.0 == MAX32 || classic.1 == MAX32 {
            return Err(ambiguous(0));
        }
        return Ok((classic.0.into(), classic.1.into()));
    };
    // In a local header the field has to hold both sizes, whichever of them is needed.
    let mut rest = field;
    let sizes = (next(&mut rest), next(&mut rest));
    let ((Some(uncompressed), Some(compressed)), true) = (sizes, rest.is_empty()) else {
        return Err(ambiguous(field.len()));
    };
    let repeats = |classic: u32, wide: u64| {
        classic == MAX32 || u64::from(classic) == wide || (streamed && classic == 0)
    };
    if repeats(classic.0, uncompressed) && repeats(classic.1, compressed) {
        Ok((uncompressed, compressed))
    } else {
        Err(ambiguous(field.len()))
    }
}

fn next(field: &mut &[u8]) -> Option<u64> {
    let (head, rest) = field.split_first_chunk()?;
    *field = rest;
    Some(u64::from_le_bytes(*head))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB5: u64 = 5 << 30;

    fn field(values: &[u64]) -> Vec<u8> {
        values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect()
    }

    fn record(uncompressed: u32, compressed: u32, header_offset: u32) -> CentralRecord {
        CentralRecord {
            compressed,
            uncompressed,
            header_offset,
            ..CentralRecord::default()
        }
    }

    #[test]
    fn a_directory_record_takes_from_the_field_what_it_leaves_to_it() {
        let taken = |record: &CentralRecord, values: &[u64]| {
            central(record, Some(&field(values)))
                .map(|taken| (taken.uncompressed, taken.compressed, taken.header_offset))
        };
        let all = record(MAX32, MAX32, MAX32);
        assert_eq!(taken(&all, &[GIB5, 7, GIB5 + 9]), Ok((GIB5, 7, GIB5 + 9)));
        let offset_only = record(1, 2, MAX32);
        assert_eq!(taken(&offset_only, &[GIB5]), Ok((1, 2, GIB5)));
        // Everything put in although only one is needed: the others repeat.
        assert_eq!(taken(&offset_only, &[1, 2, GIB5]), Ok((1, 2, GIB5)));
        assert_eq!(taken(&record(1, 2, 3), &[]), Ok((1, 2, 3)));
        assert_eq!(taken(&record(1, 2, 3), &[1, 2]), Ok((1, 2, 3)));
        for (record, values) in [
            (all, &[GIB5, 7][..]),
            (all, &[GIB5, 7, 9, 0]),
            (offset_only, &[]),
            (offset_only, &[1, 2]),
            (offset_only, &[1, 3, GIB5]),
            (record(1, 2, 3), &[1, 3]),
            (record(1, 2, 3), &[4]),
        ] {
            assert!(taken(&record, values).is_err(), "{record:?} {values:?}");
        }
        assert!(central(&all, None).is_err());
        assert!(central(&all, Some(&field(&[1, 2, 3])[..23])).is_err());
    }

    #[test]
    fn a_local_header_has_both_sizes_in_the_field() {
        let header = |uncompressed, compressed| LocalRecord {
            compressed,
            uncompressed,
            ..LocalRecord::default()
        };
        let wide = header(MAX32, MAX32);
        assert_eq!(local(&wide, Some(&field(&[GIB5, 7])), false), Ok((GIB5, 7)));
        assert_eq!(local(&header(3, 2), None, false), Ok((3, 2)));
        assert_eq!(
            local(&header(0, 0), Some(&field(&[3, 2])), true),
            Ok((3, 2))
        );
        for (record, values, streamed) in [
            (wide, None, true),
            (wide, Some(&[GIB5][..]), false),
            (wide, Some(&[GIB5, 7, 0]), false),
            (header(3, 2), Some(&[4, 2]), true),
            (header(0, 0), Some(&[3, 2]), false),
        ] {
            let extra = values.map(field);
            assert!(
                local(&record, extra.as_deref(), streamed).is_err(),
                "{record:?}"
            );
        }
    }
}
