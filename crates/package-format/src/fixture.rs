//! A package header for this crate's tests.

use chrono::DateTime;
use installhub_manifest::{ManifestHeader, Origin, PackageId, PackageType};
use semver::Version;

/// The header of a small package, the same every time.
pub(crate) fn header() -> ManifestHeader {
    ManifestHeader::new(
        "pkg-778e230c-2dd6-4e07-a0df-2b5ecab293a9"
            .parse::<PackageId>()
            .expect("a package id"),
        "Onboarding Suite".parse().expect("a package name"),
        PackageType::Workflow,
        Version::new(2, 1, 0),
        Origin {
            exported_at: DateTime::UNIX_EPOCH,
            exported_by: "user@company.com".parse().expect("an actor"),
            tenant_id: "tenant-7".to_owned(),
            platform_version: Version::new(4, 2, 0),
        },
    )
}
