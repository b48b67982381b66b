//! A package as a folder that is made for version control.

mod form;
mod manifest_file;
mod staging;
mod unpack;

pub use form::DirectoryForm;
pub use unpack::{UnpackError, Unpacked, unpack};

/// What belongs to a directory form. The manifest comes last: as long as it is the old one, so is the package.
const OWNED: [&str; 4] = [ARTIFACTS, SIGNATURES, README, MANIFEST];

const MANIFEST: &str = "manifest.json";
const README: &str = "README.md";
const ARTIFACTS: &str = "artifacts";
const SIGNATURES: &str = "signatures";
