#![doc = include_str!("../README.md")]

mod codes;
mod datetime;
mod diagnostic;
mod excerpt;
mod header;
mod json_schema;
mod lower;
mod manifest;
mod names;
mod parsed;
mod place;
mod ports;
pub mod raw;
mod rules;
mod target;
mod unknown;
mod version;
mod write;

pub use codes::{Code, Layer, UnknownCode};
pub use diagnostic::{Diagnostic, DiagnosticSink, Diagnostics, ValidationFailure};
pub use header::{InvalidManifest, ManifestContent, ManifestHeader, Origin};
pub use json_schema::json_schema;
pub use lower::{order_violation, parse_into};
pub use manifest::{ArtifactEntry, DependencyEntry, Manifest, PackageDependency};
pub use names::{
    PackageId, PackageIdError, PackageName, PackageNameError, PackageType, PackageTypeError,
    archive_file_name,
};
pub use parsed::{DeclaredEntry, Parsed, StatedHash, parse};
#[cfg(feature = "mock")]
pub use ports::MockInstalledPackages;
pub use ports::{InstalledPackages, InstalledPackagesError};
pub use target::{
    Block, BlockDetails, MissingArtifact, PlatformVersions, RequiredPackage, Warning,
    check_dependencies, check_package_dependencies, check_platform,
};
pub use unknown::UnknownMembers;
pub use version::{Bump, Upgrade};
