//! What a folder is read as.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// How a folder is read.
#[derive(Debug, Clone, Default)]
pub struct FolderOptions {
    /// What its files are.
    pub format: FolderFormat,
    /// What happens to two files with one id.
    pub on_duplicate_id: OnDuplicateId,
    /// Where the unnamed temporary file with the content lies, as large as the content; the system's place when `None`.
    pub spool_folder: Option<PathBuf>,
}

/// What the files of a folder are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FolderFormat {
    /// Artifact documents and data files as packages carry them (package format 1.0, Artifact types).
    #[default]
    Native,
    /// Workflows as n8n exports them: one to a file, or an array of them.
    N8n,
}

/// What happens to two files with one id and different content. Equal content is always taken once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnDuplicateId {
    /// It is an error that names both files.
    #[default]
    Refuse,
    /// The later one, in the order of paths, gets a new id made from its content. References to the id mean the first.
    Rename,
}

/// A text that is not the name of an option.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{}' is not {what}: expected {expected}", .found.escape_debug())]
pub struct UnknownOption {
    what: &'static str,
    found: String,
    expected: &'static str,
}

impl FromStr for FolderFormat {
    type Err = UnknownOption;

    fn from_str(name: &str) -> Result<Self, UnknownOption> {
        match name {
            "native" => Ok(Self::Native),
            "n8n" => Ok(Self::N8n),
            _ => Err(UnknownOption {
                what: "a format of folders",
                found: name.to_owned(),
                expected: "'native' or 'n8n'",
            }),
        }
    }
}

impl fmt::Display for FolderFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Native => "native",
            Self::N8n => "n8n",
        })
    }
}

impl FromStr for OnDuplicateId {
    type Err = UnknownOption;

    fn from_str(name: &str) -> Result<Self, UnknownOption> {
        match name {
            "refuse" => Ok(Self::Refuse),
            "rename" => Ok(Self::Rename),
            _ => Err(UnknownOption {
                what: "a way to treat duplicate ids",
                found: name.to_owned(),
                expected: "'refuse' or 'rename'",
            }),
        }
    }
}

impl fmt::Display for OnDuplicateId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Refuse => "refuse",
            Self::Rename => "rename",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_read_what_they_write() {
        for format in [FolderFormat::Native, FolderFormat::N8n] {
            assert_eq!(format.to_string().parse(), Ok(format));
        }
        for treatment in [OnDuplicateId::Refuse, OnDuplicateId::Rename] {
            assert_eq!(treatment.to_string().parse(), Ok(treatment));
        }
        let error = "zapier"
            .parse::<FolderFormat>()
            .expect_err("no such format");
        assert_eq!(
            error.to_string(),
            "'zapier' is not a format of folders: expected 'native' or 'n8n'"
        );
        assert!("Rename".parse::<OnDuplicateId>().is_err());
    }
}
