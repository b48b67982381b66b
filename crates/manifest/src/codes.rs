//! The public codes of validation: one append-only list.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The three layers a package is judged in; they all run, and findings are ordered by them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Layer {
    /// The archive: framing, names, content kinds, limits.
    ZipStructure,
    /// The manifest, and what the artifact files must agree with it about.
    ManifestSchema,
    /// The digests of every file and of the bundle.
    ChecksumIntegrity,
}

impl Layer {
    /// The name as it stands in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ZipStructure => "ZipStructure",
            Self::ManifestSchema => "ManifestSchema",
            Self::ChecksumIntegrity => "ChecksumIntegrity",
        }
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that is not the name of a code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{}' is no validation code", crate::excerpt::shown(.0))]
pub struct UnknownCode(String);

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $code:ident in $layer:ident,)+) => {
        /// What a finding is about. Codes are only ever added; the meaning of one never changes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum Code {
            $($(#[doc = $doc])+ $code,)+
        }

        impl Code {
            /// Every code, in the order they were introduced.
            pub const ALL: &'static [Self] = &[$(Self::$code),+];

            /// The name as it stands in answers.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$code => stringify!($code),)+
                }
            }

            /// The layer this code belongs to.
            pub const fn layer(self) -> Layer {
                match self {
                    $(Self::$code => Layer::$layer,)+
                }
            }

            /// One line about when it is reported.
            pub fn description(self) -> &'static str {
                match self {
                    $(Self::$code => concat!($($doc),+).trim_ascii(),)+
                }
            }
        }
    };
}

codes! {
    /// The file is not one unambiguous ZIP archive, or a member's data does not match its headers.
    InvalidZip in ZipStructure,
    /// There is no `manifest.json` at the root, in exactly this spelling.
    ManifestMissing in ZipStructure,
    /// There is no `README.md` at the root, in exactly this spelling.
    ReadmeMissing in ZipStructure,
    /// A program or script, by name or by content, or a link, device or pipe.
    ForbiddenContent in ZipStructure,
    /// A path that leads out of the package, in an entry's name or in a manifest `file`.
    PathTraversalDetected in ZipStructure,
    /// An archive within the archive, by name or by content.
    NestedArchiveDetected in ZipStructure,
    /// A file the manifest declares is not in the archive.
    ArtifactFileMissing in ZipStructure,
    /// A file under `artifacts/` that the manifest does not declare.
    UndeclaredArtifact in ZipStructure,
    /// A file where a package has none.
    UnexpectedEntry in ZipStructure,
    /// An entry name that some system could not store or would read as another.
    InvalidEntryName in ZipStructure,
    /// Two entries with the same name, also after Unicode normalisation and case folding.
    DuplicateEntry in ZipStructure,
    /// Encryption, an unknown compression method, several disks or patched data.
    UnsupportedZipFeature in ZipStructure,
    /// The package is larger than the limits in force allow.
    ResourceLimitExceeded in ZipStructure,
    /// The manifest is not one strict UTF-8 JSON object.
    InvalidManifestJson in ManifestSchema,
    /// `manifestVersion` is not the text `1.0`.
    UnsupportedManifestVersion in ManifestSchema,
    /// A required member is absent, null, empty or blank.
    ManifestFieldMissing in ManifestSchema,
    /// A member of the wrong JSON type or form, where no other code says so.
    ManifestFieldInvalid in ManifestSchema,
    /// A version that is not Semantic Versioning 2.0.0.
    InvalidVersion in ManifestSchema,
    /// `packageType` is none of the five package types.
    InvalidPackageType in ManifestSchema,
    /// `exportedAt` is not an ISO 8601 date-time of a real instant.
    InvalidDatetime in ManifestSchema,
    /// A `type` that is none of the artifact types.
    UnknownArtifactType in ManifestSchema,
    /// `artifacts` has no item.
    EmptyArtifactList in ManifestSchema,
    /// Two artifacts declare the same id.
    DuplicateArtifactId in ManifestSchema,
    /// Two artifacts declare the same file.
    DuplicateArtifactFile in ManifestSchema,
    /// An artifact's `file` is not the place its type and id demand.
    ArtifactPathMismatch in ManifestSchema,
    /// An artifact id is not in `installOrder`.
    IncompleteInstallOrder in ManifestSchema,
    /// `installOrder` has an unknown or repeated id, or a dependant before what it refers to.
    InvalidInstallOrder in ManifestSchema,
    /// References between artifacts form a cycle.
    CircularDependency in ManifestSchema,
    /// An artifact file is not strict JSON of its kind, or contradicts the manifest about itself.
    InvalidArtifactContent in ManifestSchema,
    /// A file's bytes do not have the digest the manifest states.
    ArtifactHashMismatch in ChecksumIntegrity,
    /// The bytes of all artifacts in install order do not have the digest the manifest states.
    BundleChecksumMismatch in ChecksumIntegrity,
}

impl Ord for Code {
    /// By layer, then by name: the order findings are listed in.
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.layer(), self.as_str()).cmp(&(other.layer(), other.as_str()))
    }
}

impl PartialOrd for Code {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Code {
    type Err = UnknownCode;

    fn from_str(name: &str) -> Result<Self, UnknownCode> {
        Self::ALL
            .iter()
            .copied()
            .find(|code| code.as_str() == name)
            .ok_or_else(|| UnknownCode(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_reads_back_and_explains_itself_in_one_line() {
        for &code in Code::ALL {
            assert_eq!(code.as_str().parse(), Ok(code));
            let json = serde_json::to_string(&code).expect("codes serialize");
            assert_eq!(json, format!("\"{code}\""));
            assert!(code.description().ends_with('.') && code.description().len() > 20);
            assert!(!code.description().contains('\n'));
        }
        assert!("NoSuchCode".parse::<Code>().is_err());
    }

    #[test]
    fn codes_sort_by_layer_then_name() {
        let mut sorted = Code::ALL.to_vec();
        sorted.sort();
        assert_eq!(sorted[0], Code::ArtifactFileMissing);
        assert_eq!(sorted[13], Code::ArtifactPathMismatch);
        assert_eq!(sorted.last(), Some(&Code::BundleChecksumMismatch));
    }
}
