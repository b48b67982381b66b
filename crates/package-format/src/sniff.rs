//! What a file is by its content, whatever its name says (validation, `ForbiddenContent` and `NestedArchiveDetected`).

use memchr::memmem;

/// Bytes of the beginning that are looked at: a tar header, and where a program's real header usually is.
const HEAD: usize = 1024;

/// What content was recognised as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sniffed {
    /// A program for Windows or DOS.
    Program,
    /// An archive or compressed file, by the signature at its start.
    Archive(&'static str),
    /// The signature of a ZIP record at this offset: some reader would find an archive there.
    ZipRecord(u64),
}

/// Signatures at the start of a file.
const SIGNATURES: [(&[u8], &str); 7] = [
    (b"\x1f\x8b", "gzip"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!\x1a\x07", "RAR"),
    (b"\x28\xb5\x2f\xfd", "Zstandard"),
    (b"MSCF\x00\x00\x00\x00", "cabinet"),
    (b"\x1f\x9d", "compress"),
];

/// Third and fourth byte of the ZIP records a reader searches for.
const ZIP_RECORDS: [[u8; 2]; 6] = [[1, 2], [3, 4], [5, 6], [6, 6], [6, 7], [7, 8]];

/// Takes a file piece by piece, however it is cut.
#[derive(Debug, Default)]
pub(crate) struct Sniffer {
    head: Vec<u8>,
    /// The last bytes of the piece before, where a signature may begin.
    tail: Vec<u8>,
    offset: u64,
    zip_record: Option<u64>,
}

impl Sniffer {
    /// Takes the next piece.
    pub(crate) fn take(&mut self, piece: &[u8]) {
        let missing = HEAD.saturating_sub(self.head.len()).min(piece.len());
        self.head.extend_from_slice(&piece[..missing]);
        if self.zip_record.is_none() {
            self.search(piece);
        }
        self.offset += piece.len() as u64;
    }

    fn search(&mut self, piece: &[u8]) {
        // A signature across the border shows in the last three bytes before it and the first three behind.
        let before = self.tail.len();
        let mut border = std::mem::take(&mut self.tail);
        border.extend_from_slice(&piece[..piece.len().min(3)]);
        self.zip_record = zip_record(&border)
            .map(|at| self.offset + at as u64 - before as u64)
            .or_else(|| zip_record(piece).map(|at| self.offset + at as u64));
        if piece.len() >= 3 {
            border.clear();
            border.extend_from_slice(&piece[piece.len() - 3..]);
        } else {
            let start = border.len().saturating_sub(3);
            border.drain(..start);
        }
        self.tail = border;
    }

    /// What the file is, after its last piece.
    pub(crate) fn finish(&self) -> Vec<Sniffed> {
        let archive = archive(&self.head).map(Sniffed::Archive);
        let program = is_program(&self.head).then_some(Sniffed::Program);
        let record = self.zip_record.map(Sniffed::ZipRecord);
        program.into_iter().chain(archive.or(record)).collect()
    }
}

/// Where the first ZIP record's signature is.
fn zip_record(bytes: &[u8]) -> Option<usize> {
    memmem::find_iter(bytes, b"PK").find(|at| {
        let kind = bytes.get(at + 2..at + 4);
        kind.is_some_and(|kind| ZIP_RECORDS.iter().any(|record| record == kind))
    })
}

fn archive(head: &[u8]) -> Option<&'static str> {
    let signature = SIGNATURES
        .iter()
        .find(|(signature, _)| head.starts_with(signature));
    if let Some((_, name)) = signature {
        return Some(name);
    }
    // `BZh` alone could begin a sentence; the level and the first block's or the end's magic number do not.
    if let Some([b'1'..=b'9', magic @ ..]) = head.strip_prefix(b"BZh")
        && (magic.starts_with(b"1AY&SY") || magic.starts_with(b"\x17rE8P\x90"))
    {
        return Some("bzip2");
    }
    (head.get(257..262) == Some(b"ustar")).then_some("tar")
}

/// Whether the head is a program's: `MZ`, and bytes that no text has.
fn is_program(head: &[u8]) -> bool {
    head.starts_with(b"MZ") && head.iter().take(64).any(|byte| *byte == 0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sniff(pieces: &[&[u8]]) -> Vec<Sniffed> {
        let mut sniffer = Sniffer::default();
        for piece in pieces {
            sniffer.take(piece);
        }
        sniffer.finish()
    }

    #[test]
    fn archives_and_programs_are_known_by_their_content() {
        let mut tar = vec![b'a'; 257];
        tar.extend(b"ustar\x0000");
        for (content, expected) in [
            (&b"\x1f\x8b\x08\x00"[..], Sniffed::Archive("gzip")),
            (b"7z\xbc\xaf\x27\x1c\x00", Sniffed::Archive("7z")),
            (b"BZh91AY&SY", Sniffed::Archive("bzip2")),
            (&tar, Sniffed::Archive("tar")),
            (b"MZ\x90\x00\x03\x00", Sniffed::Program),
            (b"PK\x03\x04", Sniffed::ZipRecord(0)),
            (b"PK\x05\x06", Sniffed::ZipRecord(0)),
            (b"{}\nPK\x03\x04", Sniffed::ZipRecord(3)),
            (b"PKPK\x07\x08", Sniffed::ZipRecord(2)),
        ] {
            assert_eq!(sniff(&[content]), [expected], "{content:?}");
        }
    }

    #[test]
    fn text_is_text() {
        for content in [
            &b""[..],
            b"{}",
            b"MZ is two letters, and this is a text that begins with them and goes on for more than 64 bytes",
            b"BZh is how it begins",
            b"PK means primary key",
            b"# PK\n",
            b"P",
            b"PK\x03",
        ] {
            assert_eq!(sniff(&[content]), [], "{content:?}");
        }
    }

    proptest! {
        #[test]
        fn it_does_not_matter_how_a_file_is_cut(
            before in prop::collection::vec(any::<u8>(), 0..12),
            after in prop::collection::vec(any::<u8>(), 0..12),
            cuts in prop::collection::vec(0..28usize, 0..6),
        ) {
            let whole = [&before[..], b"PK\x03\x04", &after].concat();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(whole.len())).collect();
            cuts.extend([0, whole.len()]);
            cuts.sort_unstable();
            let pieces: Vec<&[u8]> = cuts.windows(2).map(|cut| &whole[cut[0]..cut[1]]).collect();
            let found = sniff(&pieces);
            prop_assert_eq!(&found, &sniff(&[&whole]));
            prop_assert!(!found.is_empty());
        }
    }
}
