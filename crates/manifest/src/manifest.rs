//! The validated manifest.

use chrono::{DateTime, Utc};
use installhub_artifact::ArtifactType;
use installhub_checksum::Digest;
use semver::Version;

use crate::names::{PackageId, PackageType, archive_file_name};
use crate::unknown::UnknownMembers;

/// A manifest in which every rule of package format 1.0 holds that concerns the manifest alone.
///
/// It comes from [`parse`](crate::parse) or [`ManifestHeader::into_manifest`](crate::ManifestHeader::into_manifest).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// The identity of this package file.
    pub package_id: PackageId,
    /// 1–100 characters. We write [`PackageName`](crate::PackageName)s; others may have written other characters.
    pub name: String,
    /// What the package is for.
    pub package_type: PackageType,
    /// The package's version.
    pub version: Version,
    /// At most 500 characters.
    pub description: Option<String>,
    /// At most 100 characters.
    pub author: Option<String>,
    /// At most 100 characters.
    pub organization: Option<String>,
    /// An e-mail address.
    pub author_email: Option<String>,
    /// An SPDX expression or `Proprietary`.
    pub license: Option<String>,
    /// An https URL.
    pub homepage: Option<String>,
    /// At most ten, each 1–30 of `a-z 0-9 -`.
    pub tags: Vec<String>,
    /// When it was exported.
    pub exported_at: DateTime<Utc>,
    /// Who exported it, when the writer said so.
    pub exported_by: Option<String>,
    /// The tenant it comes from; informational.
    pub tenant_id: String,
    /// The platform it comes from, when the writer said so.
    pub platform_version: Option<Version>,
    /// The digest of all artifact bytes in install order.
    pub checksum: Digest,
    /// At least one, in the order of the file.
    pub artifacts: Vec<ArtifactEntry>,
    /// The whole closure.
    pub dependencies: Vec<DependencyEntry>,
    /// Packages that must be installed first.
    pub package_dependencies: Vec<PackageDependency>,
    /// Every artifact id exactly once.
    pub install_order: Vec<String>,
    /// The digest of `README.md`.
    pub readme_hash: Option<Digest>,
    /// What this version of the format does not know.
    pub unknown: UnknownMembers,
}

impl Manifest {
    /// The format version of every manifest there is so far.
    pub const VERSION: &'static str = "1.0";

    /// The file name of this package (package format 1.0, Archive).
    pub fn archive_file_name(&self) -> String {
        archive_file_name(&self.name, &self.version)
    }

    /// The artifacts in install order.
    pub fn artifacts_in_install_order(&self) -> Vec<&ArtifactEntry> {
        let by_id: std::collections::HashMap<_, _> = self
            .artifacts
            .iter()
            .map(|entry| (entry.id.as_str(), entry))
            .collect();
        self.install_order
            .iter()
            .filter_map(|id| by_id.get(id.as_str()).copied())
            .collect()
    }
}

/// An artifact in the package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtifactEntry {
    /// Its type.
    pub artifact_type: ArtifactType,
    /// Its id, unique in the package.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: Version,
    /// Its place in the archive, which follows from type and id.
    pub file: String,
    /// The digest of its file; taken from the dependency of the same id when the entry states none.
    pub hash: Digest,
    /// What this version of the format does not know.
    pub unknown: UnknownMembers,
}

/// An artifact that something in the package needs, in the package or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DependencyEntry {
    /// Its type.
    pub artifact_type: ArtifactType,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: Version,
    /// The digest of its file.
    pub hash: Digest,
    /// What this version of the format does not know.
    pub unknown: UnknownMembers,
}

/// A package that must be installed first, in a range of versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageDependency {
    /// The name of the package.
    pub package_name: String,
    /// The lowest version that will do; `None` takes any. We always write one.
    pub min_version: Option<Version>,
    /// The lowest version that will not do any more.
    pub max_version: Option<Version>,
    /// What this version of the format does not know.
    pub unknown: UnknownMembers,
}

impl PackageDependency {
    /// A dependency on `min_version` or later.
    pub fn from_version(package_name: impl Into<String>, min_version: Version) -> Self {
        Self {
            package_name: package_name.into(),
            min_version: Some(min_version),
            max_version: None,
            unknown: UnknownMembers::new(),
        }
    }

    /// The same, below `max_version` only.
    #[must_use]
    pub fn below(mut self, max_version: Version) -> Self {
        self.max_version = Some(max_version);
        self
    }

    /// Whether `version` lies in the range, by Semantic Versioning precedence: the minimum inclusive, the maximum not.
    ///
    /// ```
    /// use installhub_manifest::PackageDependency;
    /// let range = PackageDependency::from_version("HR Base", "1.0.0".parse()?).below("2.0.0".parse()?);
    /// assert!(range.accepts(&"1.9.0".parse()?));
    /// assert!(!range.accepts(&"2.0.0".parse()?));
    /// # Ok::<(), semver::Error>(())
    /// ```
    pub fn accepts(&self, version: &Version) -> bool {
        let reaches = |min: &Version| version.cmp_precedence(min).is_ge();
        let stays_below = |max: &Version| version.cmp_precedence(max).is_lt();
        self.min_version.as_ref().is_none_or(reaches)
            && self.max_version.as_ref().is_none_or(stays_below)
    }
}
