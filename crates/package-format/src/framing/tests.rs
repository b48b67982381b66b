//! The frame: what is written passes at any size, and every attack gets its own answer.

use std::io;

use super::*;
use crate::record::{CentralRecord, EndRecord, LocalRecord};
use crate::writer::{ArchiveSink, Entry, write_end};

fn entry(name: &str, bytes: &[u8]) -> Entry {
    Entry {
        name: name.to_owned(),
        deflated: false,
        crc: crc32fast::hash(bytes),
        compressed: bytes.len() as u64,
        uncompressed: bytes.len() as u64,
    }
}

/// Two stored files.
fn two_files() -> Vec<u8> {
    let mut out = Vec::new();
    let mut sink = ArchiveSink::new(&mut out);
    sink.entry(&entry("a", b"first"), b"first").expect("memory");
    sink.entry(&entry("b", b"second"), b"second")
        .expect("memory");
    sink.finish().expect("memory");
    out
}

fn read(bytes: &[u8]) -> Result<Vec<Member>, Fault> {
    match read_archive(&bytes, &Limits::default()) {
        Ok(archive) => Ok(archive.members),
        Err(FramingError::Fault { fault, .. }) => Err(*fault),
        Err(FramingError::Source(error)) => panic!("memory reads: {error}"),
    }
}

/// Where the records of [`two_files`] are.
const LOCAL_B: usize = LocalRecord::LENGTH + 1 + 5;
const DIRECTORY: usize = LOCAL_B + LocalRecord::LENGTH + 1 + 6;
const CENTRAL_B: usize = DIRECTORY + CentralRecord::LENGTH + 1;
const END: usize = CENTRAL_B + CentralRecord::LENGTH + 1;

#[test]
fn a_written_archive_is_framed() {
    let bytes = two_files();
    assert_eq!(bytes.len(), END + EndRecord::LENGTH);
    let members = read(&bytes).expect("well framed");
    let places: Vec<_> = members
        .iter()
        .map(|m| (&*m.name, m.header_offset, m.data_offset))
        .collect();
    assert_eq!(
        places,
        [
            (&b"a"[..], 0, 31),
            (b"b", LOCAL_B as u64, LOCAL_B as u64 + 31)
        ]
    );
}

/// What an attack on [`two_files`] is answered with.
fn attacked(change: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut bytes = two_files();
    change(&mut bytes);
    let fault = read(&bytes).expect_err("an attack");
    let debug = format!("{fault:?}");
    debug
        .split([' ', '('])
        .next()
        .unwrap_or_default()
        .to_owned()
}

#[test]
fn every_attack_on_the_end_has_its_answer() {
    assert_eq!(attacked(Vec::clear), "NoEndRecord");
    assert_eq!(attacked(|bytes| bytes.truncate(END)), "NoEndRecord");
    assert_eq!(attacked(|bytes| bytes.push(0)), "EndNotLast");
    assert_eq!(attacked(|bytes| bytes[END + 20] = 1), "EndNotLast");
    assert_eq!(
        attacked(|bytes| bytes.extend(two_files())),
        "DirectoryElsewhere"
    );
    assert_eq!(attacked(|bytes| bytes[END + 4] = 1), "MultiDisk");
    assert_eq!(attacked(|bytes| bytes[END + 8] = 1), "CountsDiffer");
    assert_eq!(attacked(|bytes| bytes[END + 12] += 1), "DirectoryElsewhere");
    let saturated =
        |at: usize, length| attacked(move |bytes| bytes[END + at..END + at + length].fill(0xff));
    assert_eq!(saturated(8, 4), "Zip64Missing");
    assert_eq!(saturated(16, 4), "Zip64Missing");
    // An end record in the comment of another: which one is it?
    let nested = attacked(|bytes| {
        let end = bytes[END..].to_vec();
        bytes[END + 20] = 22;
        bytes.extend(end);
    });
    assert_eq!(nested, "TwoEndRecords");
    let short = attacked(|bytes| {
        bytes[END + 20] = 4;
        bytes.extend(EndRecord::SIGNATURE);
    });
    assert_eq!(short, "NoEndRecord");
}

#[test]
fn every_attack_on_the_directory_has_its_answer() {
    assert_eq!(attacked(|bytes| bytes[CENTRAL_B] = 0), "NoRecord");
    assert_eq!(
        attacked(|bytes| bytes[CENTRAL_B + 28] = 99),
        "RecordTooLong"
    );
    assert_eq!(
        attacked(|bytes| bytes[END + 8..END + 12].copy_from_slice(&[1, 0, 1, 0])),
        "RecordCount"
    );
    assert_eq!(
        attacked(|bytes| bytes[END + 8..END + 12].copy_from_slice(&[3, 0, 3, 0])),
        "RecordCount"
    );
    // The last byte of the name becomes a comment of one byte.
    assert_eq!(
        attacked(|bytes| {
            bytes[CENTRAL_B + 28] = 0;
            bytes[CENTRAL_B + 32] = 1;
        }),
        "MemberComment"
    );
    assert_eq!(
        attacked(|bytes| {
            bytes[CENTRAL_B + 28] = 0;
            bytes[CENTRAL_B + 30] = 1;
        }),
        "ExtraTorn"
    );
    assert_eq!(attacked(|bytes| bytes[CENTRAL_B + 34] = 1), "MultiDisk");
    assert_eq!(
        attacked(|bytes| bytes[CENTRAL_B + 38] = 0x10),
        "FileAsDirectory"
    );
    assert_eq!(attacked(|bytes| bytes[CENTRAL_B + 20] += 1), "StoredSizes");
    assert_eq!(
        attacked(|bytes| bytes[CENTRAL_B + 20..CENTRAL_B + 24].fill(0xff)),
        "Zip64Ambiguous"
    );
}

#[test]
fn every_attack_on_the_members_has_its_answer() {
    assert_eq!(attacked(|bytes| bytes[CENTRAL_B + 42] += 1), "Gap");
    assert_eq!(attacked(|bytes| bytes[CENTRAL_B + 42] -= 1), "Overlap");
    assert_eq!(attacked(|bytes| bytes[CENTRAL_B + 43] = 1), "NoLocalHeader");
    assert_eq!(attacked(|bytes| bytes[DIRECTORY + 42] = 1), "Prefix");
    assert_eq!(attacked(|bytes| bytes[LOCAL_B] = 0), "NoLocalHeader");
    assert_eq!(attacked(|bytes| bytes[LOCAL_B + 30] = b'c'), "NameDiffers");
    assert_eq!(attacked(|bytes| bytes[LOCAL_B + 6] = 2), "FieldDiffers");
    assert_eq!(attacked(|bytes| bytes[LOCAL_B + 8] = 8), "FieldDiffers");
    assert_eq!(attacked(|bytes| bytes[LOCAL_B + 14] ^= 1), "FieldDiffers");
    assert_eq!(attacked(|bytes| bytes[LOCAL_B + 18] -= 1), "FieldDiffers");
    assert_eq!(attacked(|bytes| bytes[LOCAL_B + 22] -= 1), "FieldDiffers");
    assert_eq!(attacked(|bytes| bytes[LOCAL_B + 28] = 1), "ExtraTorn");
    // A descriptor is announced and is not there.
    assert_eq!(attacked(|bytes| bytes[LOCAL_B + 6] = 8), "NoDescriptor");
    // The data of the last member is one byte shorter than what is before the directory.
    let shorter = attacked(|bytes| {
        for at in [LOCAL_B + 18, LOCAL_B + 22, CENTRAL_B + 20, CENTRAL_B + 24] {
            bytes[at] -= 1;
        }
    });
    assert_eq!(shorter, "Gap");
}

#[test]
fn a_streamed_member_has_a_descriptor_that_agrees() {
    let data = b"first";
    let crc = crc32fast::hash(data).to_le_bytes();
    let sizes = [5u32.to_le_bytes(), 5u32.to_le_bytes()].concat();
    let build = |descriptor: &[u8]| {
        let plain = two_files();
        let mut bytes = plain[..LOCAL_B].to_vec();
        bytes[6] = 8;
        bytes[14..26].fill(0);
        bytes.extend_from_slice(descriptor);
        let directory = bytes.len();
        bytes.extend_from_slice(&plain[DIRECTORY..CENTRAL_B]);
        let size = (bytes.len() - directory) as u64;
        write_end(1, size, directory as u64, &mut bytes);
        read(&bytes).map(|members| members.len())
    };
    let good = [&crc[..], &sizes].concat();
    assert_eq!(build(&good), Ok(1));
    assert_eq!(build(&[b"PK\x07\x08", &good[..]].concat()), Ok(1));
    assert!(matches!(build(&[]), Err(Fault::NoDescriptor { .. })));
    assert!(matches!(build(&[0; 40]), Err(Fault::NoDescriptor { .. })));
    let mut wrong = good;
    wrong[4] += 1;
    assert!(matches!(
        build(&wrong),
        Err(Fault::DescriptorDiffers { .. })
    ));
}

/// Records at their places, and zeros everywhere else.
struct Sparse {
    pieces: Vec<(u64, Vec<u8>)>,
    size: u64,
}

impl ByteSource for Sparse {
    fn size(&self) -> io::Result<u64> {
        Ok(self.size)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let count = usize::try_from(self.size.saturating_sub(offset))
            .map_or(buffer.len(), |rest| rest.min(buffer.len()));
        for (at, byte) in buffer[..count].iter_mut().enumerate() {
            let place = offset + at as u64;
            let piece = self
                .pieces
                .iter()
                .find(|(start, piece)| (*start..*start + piece.len() as u64).contains(&place));
            *byte = piece.map_or(0, |(start, piece)| {
                piece[usize::try_from(place - start).expect("within a piece")]
            });
        }
        Ok(count)
    }
}

#[test]
fn members_and_offsets_beyond_four_gibibytes_are_written_and_read() {
    const FULL: u64 = u32::MAX as u64;
    for sizes in [
        [5 << 30, 3],
        [3, 5 << 30],
        [FULL, 1],
        [FULL - 1, 1],
        [9 << 30, 6 << 30],
    ] {
        let mut pieces = Vec::new();
        let mut directory = Vec::new();
        let mut offset = 0;
        for (name, size) in ["a", "b"].iter().zip(sizes) {
            let entry = Entry {
                name: (*name).to_owned(),
                deflated: size != 3,
                crc: 7,
                compressed: size,
                uncompressed: if size == 3 { 3 } else { size + 1 },
            };
            let mut header = Vec::new();
            entry.write_local(&mut header);
            entry.write_central(offset, &mut directory);
            let length = header.len() as u64;
            pieces.push((offset, header));
            offset += length + size;
        }
        let size = directory.len() as u64;
        write_end(2, size, offset, &mut directory);
        let end = directory.len() as u64;
        pieces.push((offset, directory));
        let source = Sparse {
            pieces,
            size: offset + end,
        };
        let archive = read_archive(&source, &Limits::default()).expect("well framed");
        let found: Vec<u64> = archive
            .members
            .iter()
            .map(|member| member.compressed)
            .collect();
        assert_eq!(found, sizes);
    }
}

#[test]
fn more_entries_than_sixteen_bits_count_are_written_and_read() {
    for count in [65_534, 65_535, 65_536, 70_000] {
        let mut out = Vec::new();
        let mut sink = ArchiveSink::new(&mut out);
        for number in 0..count {
            sink.entry(&entry(&format!("{number}"), b""), b"")
                .expect("memory");
        }
        sink.finish().expect("memory");
        let limits = Limits {
            max_entries: count,
            ..Limits::default()
        };
        let archive = read_archive(&out, &limits).expect("well framed");
        assert_eq!(archive.members.len() as u64, count);
        let other = zip::ZipArchive::new(io::Cursor::new(&out)).expect("another reader");
        assert_eq!(other.len() as u64, count);
        let few = read_archive(&out, &Limits::default());
        assert!(
            matches!(few, Err(FramingError::Fault { fault, .. }) if fault.kind() == FaultKind::Limit)
        );
    }
}
