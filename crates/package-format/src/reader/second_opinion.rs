//! What another reader of ZIP files sees in a package that ours has accepted.
//!
//! The attacks on ZIP readers live off differences between them. The framing check has no room for any; this asks.

use std::io::{self, BufReader, Read, Seek, SeekFrom};

use zip::ZipArchive;

use crate::framing::{Coding, Member};
use crate::names::quoted;
use crate::source::ByteSource;

/// Bytes the other reader gets at a time.
const PIECE: usize = 32 * 1024;

/// Where the other reader differs, if it does.
pub(super) fn differs<S: ByteSource>(source: &S, members: &[Member]) -> Option<String> {
    let cursor = Cursor {
        source,
        position: 0,
    };
    let mut other = match ZipArchive::new(BufReader::with_capacity(PIECE, cursor)) {
        Ok(other) => other,
        Err(error) => return Some(format!("a second ZIP reader refuses the archive: {error}")),
    };
    if other.len() != members.len() {
        return Some(format!(
            "a second ZIP reader sees {} entries instead of {}",
            other.len(),
            members.len()
        ));
    }
    for (index, member) in members.iter().enumerate() {
        let theirs = match other.by_index_raw(index) {
            Ok(theirs) => theirs,
            Err(error) => {
                let name = quoted(&member.display_name());
                return Some(format!("a second ZIP reader refuses entry {name}: {error}"));
            }
        };
        let same = theirs.name_raw() == &*member.name
            && theirs.crc32() == member.crc
            && theirs.size() == member.uncompressed
            && theirs.compressed_size() == member.compressed
            && theirs.header_start() == member.header_offset
            && theirs
                .data_start()
                .is_none_or(|start| start == member.data_offset)
            && (theirs.compression() == zip::CompressionMethod::Stored)
                == (member.coding == Coding::Stored);
        if !same {
            let name = quoted(&member.display_name());
            return Some(format!(
                "a second ZIP reader sees another entry than {name}"
            ));
        }
    }
    None
}

/// A source that is read from front to back, for readers that know no other way.
struct Cursor<'s, S> {
    source: &'s S,
    position: u64,
}

impl<S: ByteSource> Read for Cursor<'_, S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read_at(self.position, buffer)?;
        self.position += count as u64;
        Ok(count)
    }
}

impl<S: ByteSource> Seek for Cursor<'_, S> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(distance) => self.source.size()?.checked_add_signed(distance),
            SeekFrom::Current(distance) => self.position.checked_add_signed(distance),
        };
        self.position = target.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}
