//! The ways in which an archive can be more than one archive, each with its own message.

use crate::limits::Bytes;

/// What makes an archive ambiguous, torn, or too large to look into. Every variant's comment tells the attack.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fault {
    // The end record.
    /// Something that is no archive, or one that was cut.
    #[error(
        "not a ZIP file: there is no end record in the last {searched} bytes of {size}; the file is something else, or was cut"
    )]
    NoEndRecord { searched: u64, size: u64 },
    /// Junk, a signature block or a whole second archive behind the end: readers that search backwards and those that
    /// read from the front see different archives.
    #[error(
        "the end record at byte {offset} announces a comment of {announced} bytes, but {actual} bytes follow it: it has to finish the file"
    )]
    EndNotLast {
        offset: u64,
        announced: u64,
        actual: u64,
    },
    /// Two end records that both finish the file: one reader takes the first, another the last.
    #[error(
        "end records at bytes {first} and {last} both finish the file: there has to be exactly one"
    )]
    TwoEndRecords { first: u64, last: u64 },
    /// An archive in several volumes: the rest of it was not judged.
    #[error("the archive is one volume of several: {0}")]
    MultiDisk(&'static str),
    /// A record count that two counters give differently.
    #[error("the end record announces {on_disk} entries here and {total} in all")]
    CountsDiffer { on_disk: u64, total: u64 },
    /// A field that points to ZIP64 where there is none: readers guess differently.
    #[error(
        "the end record leaves {field} to ZIP64, but no ZIP64 locator stands directly before it"
    )]
    Zip64Missing { field: &'static str },
    /// A locator that leads elsewhere shows one directory to readers that follow it and another to those that do not.
    #[error(
        "the ZIP64 locator leads to byte {found}: the ZIP64 end record has to stand directly before it, at byte {expected}"
    )]
    Zip64Elsewhere { found: u64, expected: u64 },
    /// Something other than a ZIP64 end record where the locator leads.
    #[error("there is no ZIP64 end record of 56 bytes at byte {0}, where the ZIP64 locator leads")]
    Zip64EndInvalid(u64),
    /// Two end records that disagree: old readers see one directory, new ones another.
    #[error("the ZIP64 end record gives {field} as {zip64}, the end record as {classic}")]
    Zip64EndDiffers {
        field: &'static str,
        zip64: u64,
        classic: u64,
    },
    /// Bytes between directory and end record, or a prefix that shifts all offsets: a place for a second directory.
    #[error(
        "the directory is announced at byte {offset} with {size} bytes, but has to end at byte {end}, where the end record begins"
    )]
    DirectoryElsewhere { offset: u64, size: u64, end: u64 },
    // Bounds.
    /// A directory that costs more than any honest package before anything is known about it.
    #[error("the archive announces {found} entries; at most {limit} are read")]
    TooManyEntries { found: u64, limit: u64 },
    /// The same with few entries of monstrous names and extra fields.
    #[error("the directory has {found} bytes; at most {} are read", Bytes(*limit))]
    DirectoryTooLarge { found: u64, limit: u64 },
    // The directory.
    /// A directory that is cut or overwritten.
    #[error("there is no directory record at byte {0}, where the next one has to begin")]
    NoRecord(u64),
    /// A last record that reaches into the end record.
    #[error("the directory record at byte {0} reaches beyond the directory's end")]
    RecordTooLong(u64),
    /// Readers that count and readers that measure see different members.
    #[error("the directory holds {found} records, the end record announces {announced}")]
    RecordCount { found: u64, announced: u64 },
    /// A comment can hide a whole directory from readers that do not search through it.
    #[error("a member has a comment of {0} bytes: packages have none")]
    MemberComment(u16),
    // Extra fields.
    /// A list of extra fields that ends in the middle of one.
    #[error("{place}: its extra fields do not end where the last one ends")]
    ExtraTorn { place: Place },
    /// Of two ZIP64 fields one reader takes the first, another the last.
    #[error("{place}: the extra field {field} is there twice")]
    ExtraRepeated { place: Place, field: &'static str },
    /// A ZIP64 field that can be read two ways: too long, too short, or without need and saying something else.
    #[error("{place}: a ZIP64 extra field of {length} bytes cannot be read in exactly one way")]
    Zip64Ambiguous { place: Place, length: usize },
    /// Readers that know the field see another name than those that do not.
    #[error("{place}: its Unicode path gives another name")]
    UnicodePath { place: Place },
    // Members.
    /// A file that some readers create as a folder.
    #[error("the external attributes say folder, the name (no slash at its end) says file")]
    FileAsDirectory,
    /// A folder with content: readers that skip folders do not see it.
    #[error("a folder has {0} bytes of content")]
    DirectoryWithContent(u64),
    /// Stored data that inflates: one of the two sizes lies.
    #[error("stored without compression, but {compressed} bytes become {uncompressed}")]
    StoredSizes { compressed: u64, uncompressed: u64 },
    /// Bytes before the first member, where self-extracting code sits.
    #[error("{0} bytes stand before the first member")]
    Prefix(u64),
    /// Bytes between members hold what streaming readers see and others do not.
    #[error("{length} bytes before byte {offset}, where the member begins, belong to no member")]
    Gap { offset: u64, length: u64 },
    /// Members that share bytes: the way to a small file that inflates endlessly.
    #[error("the member begins at byte {offset}, inside the one before, which ends at byte {end}")]
    Overlap { offset: u64, end: u64 },
    /// A directory record whose member is not there.
    #[error("there is no local header at byte {0}, where the directory places the member")]
    NoLocalHeader(u64),
    /// Streaming readers take the local name, others the directory's.
    #[error("its local header gives another name: '{0}'")]
    NameDiffers(String),
    /// One reader follows the local header, another the directory.
    #[error("its local header gives {field} as {local}, the directory as {central}")]
    FieldDiffers {
        field: &'static str,
        local: u64,
        central: u64,
    },
    /// A streamed member whose descriptor says something else than the directory.
    #[error("its data descriptor gives {field} as {descriptor}, the directory as {central}")]
    DescriptorDiffers {
        field: &'static str,
        descriptor: u64,
        central: u64,
    },
    /// A streamed member without a readable descriptor.
    #[error(
        "{length} bytes at byte {offset}, behind its data, are no data descriptor, which its local header announces"
    )]
    NoDescriptor { offset: u64, length: u64 },
}

/// Which of a member's two headers is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Central,
    Local,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Central => "directory record",
            Self::Local => "local header",
        })
    }
}

/// What kind of finding a fault is (validation, Layer 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FaultKind {
    Invalid,
    Unsupported,
    Limit,
}

impl Fault {
    pub(crate) fn kind(&self) -> FaultKind {
        match self {
            Self::MultiDisk(_) => FaultKind::Unsupported,
            Self::TooManyEntries { .. } | Self::DirectoryTooLarge { .. } => FaultKind::Limit,
            _ => FaultKind::Invalid,
        }
    }
}
