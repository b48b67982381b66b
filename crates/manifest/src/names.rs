//! Names and ids of packages as values.

use std::fmt;
use std::str::FromStr;

use semver::Version;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::excerpt::shown;

/// What a package is for (package format 1.0, Manifest).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum PackageType {
    /// Processes and threads with what they need.
    #[serde(rename = "workflow-package")]
    Workflow,
    /// Forms with what they need.
    #[serde(rename = "form-package")]
    Form,
    /// An app with what it needs.
    #[serde(rename = "app-package")]
    App,
    /// Agents with what they need.
    #[serde(rename = "agent-package")]
    Agent,
    /// Configuration; databases travel as this.
    #[serde(rename = "config-package")]
    Config,
}

/// A text that is not a package type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{}' is not a package type — expected one of {}", shown(.0), PackageType::NAMES)]
pub struct PackageTypeError(String);

impl PackageType {
    /// Every package type.
    pub const ALL: [Self; 5] = [
        Self::Workflow,
        Self::Form,
        Self::App,
        Self::Agent,
        Self::Config,
    ];

    pub(crate) const NAMES: &'static str =
        "workflow-package, form-package, app-package, agent-package, config-package";

    /// The name as manifests write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Workflow => "workflow-package",
            Self::Form => "form-package",
            Self::App => "app-package",
            Self::Agent => "agent-package",
            Self::Config => "config-package",
        }
    }
}

impl fmt::Display for PackageType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for PackageType {
    type Err = PackageTypeError;

    fn from_str(name: &str) -> Result<Self, PackageTypeError> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == name)
            .ok_or_else(|| PackageTypeError(name.to_owned()))
    }
}

/// The name of a package as we write it: 1–100 letters, digits, spaces, `-`, `_` and `.`, and not only spaces.
///
/// Manifests that are read may carry other names; see [`Manifest::name`](crate::Manifest::name).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PackageName(String);

/// A text that cannot be the name of a package.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{}' is not a package name — expected 1 to 100 letters, digits, spaces, '-', '_' or '.'",
    shown(.0)
)]
pub struct PackageNameError(String);

impl PackageName {
    /// The most characters of a name.
    pub const MAX_CHARACTERS: usize = 100;

    /// The name as given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part of an archive's file name that stands for this name.
    pub fn archive_stem(&self) -> String {
        archive_stem(&self.0)
    }
}

impl TryFrom<String> for PackageName {
    type Error = PackageNameError;

    fn try_from(name: String) -> Result<Self, PackageNameError> {
        let length = name.chars().count();
        let fits = (1..=Self::MAX_CHARACTERS).contains(&length) && !name.trim().is_empty();
        if fits
            && name
                .chars()
                .all(|c| c.is_alphanumeric() || " -_.".contains(c))
        {
            Ok(Self(name))
        } else {
            Err(PackageNameError(name))
        }
    }
}

impl FromStr for PackageName {
    type Err = PackageNameError;

    fn from_str(name: &str) -> Result<Self, PackageNameError> {
        Self::try_from(name.to_owned())
    }
}

impl From<PackageName> for String {
    fn from(name: PackageName) -> Self {
        name.0
    }
}

impl fmt::Display for PackageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `name` lowercased, every run of other characters than `a-z0-9.` as one `-` (package format 1.0, Archive).
fn archive_stem(name: &str) -> String {
    let mut stem = String::with_capacity(name.len());
    for character in name.chars().flat_map(char::to_lowercase) {
        if matches!(character, 'a'..='z' | '0'..='9' | '.') {
            stem.push(character);
        } else if !stem.ends_with('-') {
            stem.push('-');
        }
    }
    stem
}

/// The file name of a package: `{name}-{version}.zip` with the name made safe (package format 1.0, Archive).
///
/// ```
/// let version = "2.1.0".parse().expect("a version");
/// assert_eq!(installhub_manifest::archive_file_name("Onboarding Suite", &version), "onboarding-suite-2.1.0.zip");
/// ```
pub fn archive_file_name(name: &str, version: &Version) -> String {
    format!("{}-{version}.zip", archive_stem(name))
}

/// The identity of one package file, new for every export: a UUID, usually prefixed `pkg-`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PackageId {
    uuid: Uuid,
    spelling: Spelling,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Spelling {
    Prefixed,
    Plain,
}

/// A text that is not a package id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{}' is not a package id — expected a UUID, optionally prefixed 'pkg-'", shown(.0))]
pub struct PackageIdError(String);

impl PackageId {
    const PREFIX: &'static str = "pkg-";

    /// The id as we write it, prefixed.
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self {
            uuid,
            spelling: Spelling::Prefixed,
        }
    }

    /// The UUID without the prefix.
    pub const fn as_uuid(&self) -> Uuid {
        self.uuid
    }
}

impl FromStr for PackageId {
    type Err = PackageIdError;

    fn from_str(text: &str) -> Result<Self, PackageIdError> {
        let (digits, spelling) = match text.strip_prefix(Self::PREFIX) {
            Some(digits) => (digits, Spelling::Prefixed),
            None => (text, Spelling::Plain),
        };
        // The parser also takes braces, URNs and digits without hyphens; an id has one form.
        match Uuid::try_parse(digits) {
            Ok(uuid) if digits.len() == uuid::fmt::Hyphenated::LENGTH => {
                Ok(Self { uuid, spelling })
            }
            _ => Err(PackageIdError(text.to_owned())),
        }
    }
}

impl TryFrom<String> for PackageId {
    type Error = PackageIdError;

    fn try_from(text: String) -> Result<Self, PackageIdError> {
        text.parse()
    }
}

impl From<PackageId> for String {
    fn from(id: PackageId) -> Self {
        id.to_string()
    }
}

impl fmt::Display for PackageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.spelling == Spelling::Prefixed {
            f.write_str(Self::PREFIX)?;
        }
        self.uuid.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn package_names_are_letters_digits_and_four_signs() {
        for (name, accepted) in [
            ("Onboarding Suite", true),
            ("BizFirstGO.HRBase", true),
            ("a_b-c.1", true),
            ("Überstunden", true),
            (&"x".repeat(100), true),
            (&"x".repeat(101), false),
            ("", false),
            ("   ", false),
            ("a/b", false),
            ("a\u{0}", false),
            ("a\tb", false),
            ("a+b", false),
        ] {
            assert_eq!(name.parse::<PackageName>().is_ok(), accepted, "{name:?}");
        }
    }

    #[test]
    fn archive_names_are_lowercase_with_single_hyphens() {
        let version: Version = "1.0.0-rc.1+b".parse().expect("a version");
        for (name, expected) in [
            ("Onboarding Suite", "onboarding-suite-1.0.0-rc.1+b.zip"),
            ("A  &  B__C", "a-b-c-1.0.0-rc.1+b.zip"),
            ("BizFirstGO.HRBase", "bizfirstgo.hrbase-1.0.0-rc.1+b.zip"),
            ("../../etc", "..-..-etc-1.0.0-rc.1+b.zip"),
            ("社内", "--1.0.0-rc.1+b.zip"),
        ] {
            assert_eq!(archive_file_name(name, &version), expected);
        }
    }

    #[test]
    fn package_ids_keep_their_prefix() {
        let plain = "a5d0f1c7-1b67-58f2-984d-a1f85b7384c8";
        for text in [plain.to_owned(), format!("pkg-{plain}")] {
            let id: PackageId = text.parse().expect("an id");
            assert_eq!(id.to_string(), text);
            assert_eq!(id.as_uuid().to_string(), plain);
        }
        for bad in [
            "",
            "pkg-",
            "pkg-1",
            "a5d0f1c71b6758f2984da1f85b7384c8",
            "{a5d0f1c7-1b67-58f2-984d-a1f85b7384c8}",
            "urn:uuid:a5d0f1c7-1b67-58f2-984d-a1f85b7384c8",
            "pkg-pkg-a5d0f1c7-1b67-58f2-984d-a1f85b7384c8",
        ] {
            assert!(bad.parse::<PackageId>().is_err(), "{bad}");
        }
    }
}
