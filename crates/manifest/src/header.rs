//! What a writer has to say about a package before its artifacts are known.

use chrono::{DateTime, Utc};
use installhub_checksum::Digest;
use installhub_kernel::Actor;
use semver::Version;

use crate::diagnostic::{Diagnostic, DiagnosticSink};
use crate::lower::lower_header;
use crate::manifest::{ArtifactEntry, DependencyEntry, Manifest, PackageDependency};
use crate::names::{PackageId, PackageName, PackageType};
use crate::parsed::parse;
use crate::unknown::UnknownMembers;

/// Everything in a manifest but what follows from the artifacts.
///
/// Stricter than what is read: the name is a [`PackageName`], and who exported it from which platform must be said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestHeader {
    /// New for every export.
    pub package_id: PackageId,
    /// The package's name.
    pub name: PackageName,
    /// What the package is for.
    pub package_type: PackageType,
    /// The package's version.
    pub version: Version,
    /// At most 500 characters, in one line.
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
    /// When it is exported.
    pub exported_at: DateTime<Utc>,
    /// Who exports it.
    pub exported_by: Actor,
    /// The tenant it comes from.
    pub tenant_id: String,
    /// The platform it comes from.
    pub platform_version: Version,
    /// Packages that must be installed first.
    pub package_dependencies: Vec<PackageDependency>,
    /// Members this version of the format does not know, carried over from a manifest that was read.
    pub unknown: UnknownMembers,
}

/// What follows from the artifacts, once all of them are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestContent {
    /// In any order; written in install order.
    pub artifacts: Vec<ArtifactEntry>,
    /// The whole closure.
    pub dependencies: Vec<DependencyEntry>,
    /// Every artifact id once, dependencies first.
    pub install_order: Vec<String>,
    /// The digest of all artifact bytes in install order.
    pub checksum: Digest,
    /// The digest of `README.md`.
    pub readme_hash: Option<Digest>,
}

/// A manifest that would break the rules it has to follow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the manifest would be refused with {total} findings, the first being: {}", .diagnostics.first().map_or("none", |found| found.message.as_str()))]
pub struct InvalidManifest {
    /// In order, as validation reports them.
    pub diagnostics: Vec<Diagnostic>,
    /// How many there are.
    pub total: usize,
}

impl ManifestHeader {
    /// A header with what every package has to say; the rest is public.
    pub fn new(
        package_id: PackageId,
        name: PackageName,
        package_type: PackageType,
        version: Version,
        origin: Origin,
    ) -> Self {
        Self {
            package_id,
            name,
            package_type,
            version,
            description: None,
            author: None,
            organization: None,
            author_email: None,
            license: None,
            homepage: None,
            tags: Vec::new(),
            exported_at: origin.exported_at,
            exported_by: origin.exported_by,
            tenant_id: origin.tenant_id,
            platform_version: origin.platform_version,
            package_dependencies: Vec::new(),
            unknown: UnknownMembers::new(),
        }
    }

    /// Looks at the header alone, so that a bad e-mail address is told before hours of export and not after.
    pub fn check(&self) -> Result<(), InvalidManifest> {
        let content = ManifestContent {
            artifacts: Vec::new(),
            dependencies: Vec::new(),
            install_order: Vec::new(),
            checksum: Digest::from_bytes([0; 32]),
            readme_hash: None,
        };
        let bytes = self.clone().assemble(content).to_canonical_bytes();
        let mut sink = DiagnosticSink::new();
        lower_header(&bytes, &mut sink);
        let found = sink.finish();
        if found.total == 0 {
            Ok(())
        } else {
            Err(InvalidManifest {
                diagnostics: found.listed,
                total: found.total,
            })
        }
    }

    /// The manifest of a package with this content, judged as any manifest that is read.
    pub fn into_manifest(self, content: ManifestContent) -> Result<Manifest, InvalidManifest> {
        let manifest = self.assemble(content);
        let bytes = manifest.to_canonical_bytes();
        let parsed = parse(&bytes);
        if parsed.total == 0 {
            Ok(manifest)
        } else {
            Err(InvalidManifest {
                diagnostics: parsed.diagnostics,
                total: parsed.total,
            })
        }
    }

    fn assemble(self, content: ManifestContent) -> Manifest {
        Manifest {
            package_id: self.package_id,
            name: self.name.into(),
            package_type: self.package_type,
            version: self.version,
            description: self.description,
            author: self.author,
            organization: self.organization,
            author_email: self.author_email,
            license: self.license,
            homepage: self.homepage,
            tags: self.tags,
            exported_at: self.exported_at,
            exported_by: Some(self.exported_by.into()),
            tenant_id: self.tenant_id,
            platform_version: Some(self.platform_version),
            checksum: content.checksum,
            artifacts: content.artifacts,
            dependencies: content.dependencies,
            package_dependencies: self.package_dependencies,
            install_order: content.install_order,
            readme_hash: content.readme_hash,
            unknown: self.unknown,
        }
    }
}

/// Where, when and by whom a package is exported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// When.
    pub exported_at: DateTime<Utc>,
    /// By whom.
    pub exported_by: Actor,
    /// From which tenant.
    pub tenant_id: String,
    /// From which platform.
    pub platform_version: Version,
}

#[cfg(test)]
mod tests {
    use installhub_artifact::{ArtifactType, artifact_file};
    use uuid::Uuid;

    use super::*;
    use crate::codes::Code;

    fn header() -> ManifestHeader {
        let origin = Origin {
            exported_at: DateTime::UNIX_EPOCH,
            exported_by: "user@company.com".parse().expect("an actor"),
            tenant_id: "tenant-1".to_owned(),
            platform_version: Version::new(4, 2, 0),
        };
        let id = PackageId::from_uuid(Uuid::from_u128(7));
        let name = "Onboarding Suite".parse().expect("a name");
        ManifestHeader::new(id, name, PackageType::Form, Version::new(2, 1, 0), origin)
    }

    fn content(id: &str) -> ManifestContent {
        let hash = Digest::of(b"{}");
        let entry = ArtifactEntry {
            artifact_type: ArtifactType::AtlasForm,
            id: id.to_owned(),
            name: "Employee".to_owned(),
            version: Version::new(1, 0, 0),
            file: artifact_file(ArtifactType::AtlasForm, id),
            hash,
            unknown: UnknownMembers::new(),
        };
        let dependency = DependencyEntry {
            artifact_type: entry.artifact_type,
            id: entry.id.clone(),
            name: entry.name.clone(),
            version: entry.version.clone(),
            hash,
            unknown: UnknownMembers::new(),
        };
        ManifestContent {
            artifacts: vec![entry],
            dependencies: vec![dependency],
            install_order: vec![id.to_owned()],
            checksum: hash,
            readme_hash: Some(Digest::of(b"# Onboarding")),
        }
    }

    #[test]
    fn a_header_and_its_content_make_the_manifest_that_is_read() {
        let header = header();
        header.check().expect("a sound header");
        let manifest = header
            .into_manifest(content("form-1"))
            .expect("a sound manifest");
        assert_eq!(manifest.archive_file_name(), "onboarding-suite-2.1.0.zip");
        let bytes = manifest.to_canonical_bytes();
        assert_eq!(parse(&bytes).manifest.as_ref(), Some(&manifest));
        let text = String::from_utf8(bytes).expect("UTF-8");
        assert!(
            text.contains("\"exportedAt\": \"1970-01-01T00:00:00Z\""),
            "{text}"
        );
        assert!(!text.contains("null") && text.ends_with("}\n"), "{text}");
    }

    #[test]
    fn a_bad_header_is_told_before_and_a_bad_manifest_after() {
        let mut bad = header();
        bad.author_email = Some("nobody".to_owned());
        bad.description = Some("two\nlines".to_owned());
        let error = bad.check().expect_err("two members are bad");
        assert_eq!(error.total, 2);
        assert!(
            error.to_string().contains("authorEmail 'nobody'"),
            "{error}"
        );

        let mut twice = content("form-1");
        twice.install_order.push("form-1".to_owned());
        let error = header()
            .into_manifest(twice)
            .expect_err("form-1 stands twice");
        assert_eq!(error.diagnostics[0].code, Code::InvalidInstallOrder);
    }
}
