//! Packages and their versions as the catalogue keeps them.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use installhub_checksum::Digest;
use installhub_kernel::{PackageId, PackageVersionId};
use installhub_manifest::{Manifest, PackageType};
use semver::Version;
use serde::{Deserialize, Serialize};

/// A package: a name with all its versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Its id in the catalogue; the `packageId` of a manifest is that of one file.
    pub id: PackageId,
    /// Its name, unique in the tenant whatever the case.
    pub name: String,
    /// What the version uploaded last is for.
    pub package_type: PackageType,
    /// What the version uploaded last says about itself.
    pub description: Option<String>,
    /// The greatest version there is; `None` when all are deleted.
    pub latest_version: Option<Version>,
    /// When its first version came.
    pub created_at: DateTime<Utc>,
    /// By whom.
    pub created_by: String,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// By whom.
    pub updated_by: String,
    /// Counts changes from 1.
    pub revision: u64,
}

/// One version of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageVersion {
    /// Its id.
    pub id: PackageVersionId,
    /// The package it is a version of.
    pub package: PackageId,
    /// The name its manifest gives.
    pub name: String,
    /// Its version.
    pub version: Version,
    /// Digest of its bytes.
    pub digest: Digest,
    /// Its bytes.
    pub bytes: u64,
    /// Where it stands.
    pub state: PackageVersionState,
    /// What its manifest says but for the artifacts.
    pub details: VersionDetails,
    /// When it was taken in.
    pub uploaded_at: DateTime<Utc>,
    /// By whom.
    pub uploaded_by: String,
    /// Counts changes from 1.
    pub revision: u64,
}

/// Where a version stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PackageVersionState {
    /// Not yet for others.
    Draft,
    /// For everybody who may see the package.
    Released,
    /// Kept, but not offered any more.
    Archived,
}

/// A text that is no [`PackageVersionState`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{}' is no state of a version: expected Draft, Released or Archived", .0.escape_debug())]
pub struct PackageVersionStateError(String);

impl PackageVersionState {
    /// The state as written in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "Draft",
            Self::Released => "Released",
            Self::Archived => "Archived",
        }
    }
}

impl fmt::Display for PackageVersionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for PackageVersionState {
    type Err = PackageVersionStateError;

    fn from_str(text: &str) -> Result<Self, PackageVersionStateError> {
        [Self::Draft, Self::Released, Self::Archived]
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| PackageVersionStateError(text.to_owned()))
    }
}

/// What a manifest says but for its artifacts, with how many there are (package format 1.0, Manifest).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VersionDetails {
    /// The identity of the package file.
    pub package_id: String,
    /// What the package is for.
    pub package_type: PackageType,
    /// At most 500 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Who wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// For whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    /// An e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author_email: Option<String>,
    /// An SPDX expression or `Proprietary`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
    /// An https URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub homepage: Option<String>,
    /// At most ten.
    pub tags: Vec<String>,
    /// When it was exported.
    pub exported_at: DateTime<Utc>,
    /// From which platform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform_version: Option<Version>,
    /// The digest of all artifact bytes in install order.
    pub checksum: Digest,
    /// Packages that must be installed first.
    pub package_dependencies: Vec<RequiredPackage>,
    /// How many artifacts there are of each type.
    pub artifact_counts: BTreeMap<String, u64>,
    /// How many artifacts there are.
    pub artifact_count: u64,
    /// How many artifacts are needed, in the package or not.
    pub dependency_count: u64,
}

/// A package that must be installed first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequiredPackage {
    /// Its name.
    pub package_name: String,
    /// The lowest version that will do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_version: Option<Version>,
    /// The lowest version that will not do any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_version: Option<Version>,
}

impl VersionDetails {
    /// What `manifest` says.
    pub fn of(manifest: &Manifest) -> Self {
        let mut artifact_counts = BTreeMap::new();
        for entry in &manifest.artifacts {
            *artifact_counts
                .entry(entry.artifact_type.as_str().to_owned())
                .or_insert(0) += 1;
        }
        Self {
            package_id: manifest.package_id.to_string(),
            package_type: manifest.package_type,
            description: manifest.description.clone(),
            author: manifest.author.clone(),
            organization: manifest.organization.clone(),
            author_email: manifest.author_email.clone(),
            license: manifest.license.clone(),
            homepage: manifest.homepage.clone(),
            tags: manifest.tags.clone(),
            exported_at: manifest.exported_at,
            platform_version: manifest.platform_version.clone(),
            checksum: manifest.checksum,
            package_dependencies: manifest
                .package_dependencies
                .iter()
                .map(|needed| RequiredPackage {
                    package_name: needed.package_name.clone(),
                    min_version: needed.min_version.clone(),
                    max_version: needed.max_version.clone(),
                })
                .collect(),
            artifact_counts,
            artifact_count: manifest.artifacts.len() as u64,
            dependency_count: manifest.dependencies.len() as u64,
        }
    }
}

/// Which packages are wanted; what is `None` does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PackageFilter {
    /// Whose name contains this, whatever the case.
    pub name: Option<String>,
    /// For this.
    pub package_type: Option<PackageType>,
}
