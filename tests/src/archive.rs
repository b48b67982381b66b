//! A ZIP file's framing, read only as far as needed to say what a changed byte means.

use std::ops::Range;

/// What a byte of an archive is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Region {
    /// Content, or framing that content hangs on: a change has to be found.
    Binding,
    /// Dates, attributes and versions of programs: what a package says does not hang on them.
    Free,
}

/// What each byte is for, in an archive without comments, data descriptors and ZIP64, such as `installhub` writes small ones.
pub fn regions(archive: &[u8]) -> Vec<Region> {
    let mut regions = vec![Region::Binding; archive.len()];
    let mut free = |range: Range<usize>| regions[range].fill(Region::Free);
    let end = archive.len() - 22;
    assert_eq!(
        &archive[end..end + 4],
        b"PK\x05\x06",
        "an end record without a comment"
    );
    let entries = usize::from(u16_at(archive, end + 10));
    let mut record = u32_at(archive, end + 16);
    for _ in 0..entries {
        assert_eq!(
            &archive[record..record + 4],
            b"PK\x01\x02",
            "a record of the directory"
        );
        free(record + 4..record + 8);
        free(record + 12..record + 16);
        free(record + 36..record + 42);
        let local = u32_at(archive, record + 42);
        assert_eq!(&archive[local..local + 4], b"PK\x03\x04", "a local header");
        free(local + 4..local + 6);
        free(local + 10..local + 14);
        let variable: usize = [28, 30, 32]
            .iter()
            .map(|at| usize::from(u16_at(archive, record + at)))
            .sum();
        record += 46 + variable;
    }
    assert_eq!(
        record, end,
        "the directory ends where the end record begins"
    );
    regions
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> usize {
    let value = u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    usize::try_from(value).expect("an offset in memory")
}
