//! Every record reads back as it was written, and its length is the one the format gives.

use proptest::prelude::*;

use super::*;

/// Writes, checks the length, reads.
macro_rules! round_trip {
    ($record:expr, $type:ty) => {{
        let record: $type = $record;
        let mut bytes = Vec::new();
        record.write(&mut bytes);
        let exact = bytes
            .clone()
            .try_into()
            .map_err(|_| TestCaseError::fail("another length"))?;
        prop_assert_eq!(<$type>::parse(&exact), Some(record));
        bytes[0] ^= 1;
        let exact = bytes
            .try_into()
            .map_err(|_| TestCaseError::fail("another length"))?;
        prop_assert_eq!(<$type>::parse(&exact), None);
    }};
}

proptest! {
    #[test]
    fn records_round_trip(s in any::<[u16; 12]>(), w in any::<[u32; 5]>(), d in any::<[u64; 5]>()) {
        round_trip!(EndRecord {
            disk: s[0], directory_disk: s[1], entries_on_disk: s[2], entries: s[3],
            directory_size: w[0], directory_offset: w[1], comment_length: s[4],
        }, EndRecord);
        round_trip!(Zip64EndRecord {
            size: d[0], version_made_by: s[0], version_needed: s[1], disk: w[0], directory_disk: w[1],
            entries_on_disk: d[1], entries: d[2], directory_size: d[3], directory_offset: d[4],
        }, Zip64EndRecord);
        round_trip!(Zip64Locator { disk: w[0], end_offset: d[0], disks: w[1] }, Zip64Locator);
        round_trip!(CentralRecord {
            version_made_by: s[0], version_needed: s[1], flags: s[2], method: s[3], time: s[4], date: s[5],
            crc: w[0], compressed: w[1], uncompressed: w[2], name_length: s[6], extra_length: s[7],
            comment_length: s[8], disk: s[9], internal_attributes: s[10], external_attributes: w[3],
            header_offset: w[4],
        }, CentralRecord);
        round_trip!(LocalRecord {
            version_needed: s[0], flags: s[1], method: s[2], time: s[3], date: s[4], crc: w[0],
            compressed: w[1], uncompressed: w[2], name_length: s[5], extra_length: s[6],
        }, LocalRecord);
    }

    #[test]
    fn any_list_of_extra_fields_is_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        let _ = Extra::parse(&bytes);
    }
}

#[test]
fn the_extra_fields_that_matter_are_found_once() {
    let mut zip64 = Vec::new();
    write_zip64(&[1 << 33, 7], &mut zip64);
    let other = [0x55, 0x54, 1, 0, 9];
    let found = [&other[..], &zip64, &other].concat();
    let extra = Extra::parse(&found).expect("a well-formed list");
    assert_eq!(extra.zip64, Some(&zip64[4..]));
    assert_eq!(extra.unicode_path, None);
    assert_eq!(
        Extra::parse(&[zip64.as_slice(), &zip64].concat()),
        Err(ExtraFault::Repeated("ZIP64"))
    );
    for cut in 1..zip64.len() {
        assert_eq!(Extra::parse(&zip64[..cut]), Err(ExtraFault::Torn));
    }
}

#[test]
fn a_descriptor_has_four_forms() {
    let small = [[1u32, 2, 3].map(u32::to_le_bytes).concat()].concat();
    let large = [
        1u32.to_le_bytes().as_slice(),
        &2u64.to_le_bytes(),
        &3u64.to_le_bytes(),
    ]
    .concat();
    let signature = b"PK\x07\x08".as_slice();
    let expected = Descriptor {
        crc: 1,
        compressed: 2,
        uncompressed: 3,
    };
    for form in [
        small.clone(),
        large.clone(),
        [signature, &small].concat(),
        [signature, &large].concat(),
    ] {
        assert_eq!(Descriptor::parse(&form), Some(expected));
        assert_eq!(Descriptor::parse(&form[1..]), None);
    }
    assert_eq!(
        Descriptor::parse(&[b"PK\x07\x09", &small[..]].concat()),
        None
    );
}
