//! Which bytes of a file belong to which member, decided so that no other reader can decide differently.
//!
//! A ZIP file says the same things in several places: end record and ZIP64 end record, directory and local headers,
//! headers and descriptors. Readers trust different ones, and whatever two of them read differently can be shown to the
//! one that judges and hidden from the one that installs. So every place is read here and all have to agree, and every
//! byte before the directory has to belong to exactly one member. A fault ends the check: nothing inside can be trusted.

mod attributes;
mod directory;
mod end;
mod fault;
mod layout;
mod zip64;

use std::io;

pub(crate) use attributes::Kind;
pub(crate) use fault::{Fault, FaultKind};

use crate::limits::Limits;
use crate::record::{
    FLAG_ENCRYPTED, FLAG_MASKED, FLAG_PATCHED, FLAG_STRONG, METHOD_DEFLATED, METHOD_STORED,
};
use crate::source::ByteSource;

/// Why there is no [`Archive`].
#[derive(Debug)]
pub(crate) enum FramingError {
    /// The source cannot be read: no verdict.
    Source(io::Error),
    /// The bytes are refused; `entry` names the member the fault was found in.
    Fault {
        fault: Box<Fault>,
        entry: Option<String>,
    },
}

impl FramingError {
    fn member(name: &[u8], fault: Fault) -> Self {
        Self::Fault {
            fault: Box::new(fault),
            entry: Some(String::from_utf8_lossy(name).into_owned()),
        }
    }
}

impl From<io::Error> for FramingError {
    fn from(error: io::Error) -> Self {
        Self::Source(error)
    }
}

impl From<Fault> for FramingError {
    fn from(fault: Fault) -> Self {
        Self::Fault {
            fault: Box::new(fault),
            entry: None,
        }
    }
}

/// The members of a well-framed archive, in the order of its directory.
#[derive(Debug)]
pub(crate) struct Archive {
    pub(crate) members: Vec<Member>,
}

/// One member, as all records about it agree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    /// The name's bytes as they stand.
    pub(crate) name: Box<[u8]>,
    /// Whether the records say that the name is UTF-8.
    pub(crate) utf8: bool,
    pub(crate) kind: Kind,
    pub(crate) coding: Coding,
    pub(crate) crc: u32,
    pub(crate) compressed: u64,
    pub(crate) uncompressed: u64,
    pub(crate) header_offset: u64,
    /// Where the data begins.
    pub(crate) data_offset: u64,
}

impl Member {
    /// The name for messages and paths, with what is no UTF-8 replaced.
    pub(crate) fn display_name(&self) -> String {
        String::from_utf8_lossy(&self.name).into_owned()
    }
}

/// How a member's data is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    Stored,
    Deflated,
    /// In a way that packages do not use; says which.
    Unsupported(Feature),
}

/// What a package may not use although ZIP has it (validation, `UnsupportedZipFeature`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Feature {
    Encryption,
    PatchedData,
    Method(u16),
}

impl Coding {
    fn of(flags: u16, method: u16) -> Self {
        if flags & (FLAG_ENCRYPTED | FLAG_STRONG | FLAG_MASKED) != 0 {
            return Self::Unsupported(Feature::Encryption);
        }
        if flags & FLAG_PATCHED != 0 {
            return Self::Unsupported(Feature::PatchedData);
        }
        match method {
            METHOD_STORED => Self::Stored,
            METHOD_DEFLATED => Self::Deflated,
            other => Self::Unsupported(Feature::Method(other)),
        }
    }
}

/// Reads and checks the frame of the whole archive: end records, directory, local headers and descriptors.
pub(crate) fn read_archive(
    source: &dyn ByteSource,
    limits: &Limits,
) -> Result<Archive, FramingError> {
    let size = source.size()?;
    let ending = end::find(source, size)?;
    let listed = directory::read(source, &ending, limits)?;
    let members = layout::place(source, &ending, listed)?;
    Ok(Archive { members })
}

#[cfg(test)]
mod tests;
