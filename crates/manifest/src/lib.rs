#![doc = include_str!("../README.md")]

mod codes;
mod datetime;
mod diagnostic;
mod excerpt;
mod lower;
mod manifest;
mod names;
mod parsed;
mod ports;
pub mod raw;
mod rules;
mod unknown;
mod version;

pub use codes::{Code, Layer, UnknownCode};
pub use diagnostic::{Diagnostic, DiagnosticSink, Diagnostics, ValidationFailure};
pub use lower::parse_into;
pub use manifest::{ArtifactEntry, DependencyEntry, Manifest, PackageDependency};
pub use names::{
    PackageId, PackageIdError, PackageName, PackageNameError, PackageType, PackageTypeError,
    archive_file_name,
};
pub use parsed::{DeclaredEntry, Parsed, StatedHash, parse};
#[cfg(feature = "mock")]
pub use ports::MockInstalledPackages;
pub use ports::{InstalledPackages, InstalledPackagesError};
pub use unknown::UnknownMembers;
pub use version::{Bump, Upgrade};
