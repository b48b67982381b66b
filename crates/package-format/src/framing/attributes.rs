//! What a member would become on a disk: file, folder, or something a package cannot hold.

use super::fault::Fault;

/// What a member is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    File,
    Directory,
    /// A link, device, pipe or the like, by its name.
    Irregular(&'static str),
}

/// The folder bit of the DOS attributes.
const DOS_DIRECTORY: u32 = 0x10;
/// The reparse point bit of the Windows attributes: links and junctions.
const WINDOWS_REPARSE_POINT: u32 = 0x400;

/// The file type bits of a Unix mode.
const TYPE_MASK: u32 = 0o170_000;
const TYPE_REGULAR: u32 = 0o100_000;
const TYPE_DIRECTORY: u32 = 0o040_000;

impl Kind {
    /// What name and external attributes say together. The system that the record names is not asked: some readers take
    /// the Unix mode whatever it says, so a link that calls itself a DOS file is still a link.
    pub(super) fn of(name: &[u8], external_attributes: u32) -> Result<Self, Fault> {
        let folder_name = name.ends_with(b"/");
        let mode = external_attributes >> 16;
        let irregular = match mode & TYPE_MASK {
            0 | TYPE_REGULAR | TYPE_DIRECTORY => None,
            0o120_000 => Some("symbolic link"),
            0o060_000 => Some("block device"),
            0o020_000 => Some("character device"),
            0o010_000 => Some("named pipe"),
            0o140_000 => Some("socket"),
            _ => Some("file of unknown type"),
        };
        if let Some(what) = irregular {
            return Ok(Self::Irregular(what));
        }
        if external_attributes & WINDOWS_REPARSE_POINT != 0 {
            return Ok(Self::Irregular("link (reparse point)"));
        }
        if folder_name {
            return Ok(Self::Directory);
        }
        if mode & TYPE_MASK == TYPE_DIRECTORY || external_attributes & DOS_DIRECTORY != 0 {
            return Err(Fault::FileAsDirectory);
        }
        Ok(Self::File)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_minded_whatever_the_system() {
        for (name, attributes, expected) in [
            ("a", 0, Ok(Kind::File)),
            ("a", 0o100_644 << 16, Ok(Kind::File)),
            ("a", 0o644 << 16, Ok(Kind::File)),
            ("a", 0x20, Ok(Kind::File)),
            ("a/", 0, Ok(Kind::Directory)),
            ("a/", 0o040_755 << 16 | 0x10, Ok(Kind::Directory)),
            ("a", 0x10, Err(Fault::FileAsDirectory)),
            ("a", 0o040_755 << 16, Err(Fault::FileAsDirectory)),
            ("a", 0o120_777 << 16, Ok(Kind::Irregular("symbolic link"))),
            ("a/", 0o120_777 << 16, Ok(Kind::Irregular("symbolic link"))),
            ("a", 0o010_644 << 16, Ok(Kind::Irregular("named pipe"))),
            ("a", 0x420, Ok(Kind::Irregular("link (reparse point)"))),
        ] {
            assert_eq!(
                Kind::of(name.as_bytes(), attributes),
                expected,
                "{name} {attributes:o}"
            );
        }
    }
}
