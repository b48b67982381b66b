//! What a manifest means for a particular target. Never mixed into the three layers: a sound package can still be the
//! wrong one here (validation, "Afterwards, against a target").

use std::collections::{BTreeMap, HashSet};

use installhub_artifact::ArtifactType;
use semver::Version;
use serde::{Deserialize, Serialize};

use crate::excerpt::shown;
use crate::manifest::{DependencyEntry, Manifest, PackageDependency};

/// Something to know before importing; it blocks nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// What it is about, such as [`Warning::PLATFORM_VERSION_MISMATCH`].
    pub code: &'static str,
    /// For people.
    pub message: String,
    /// The versions a platform mismatch is about.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub platforms: Option<PlatformVersions>,
}

/// The two versions of a platform mismatch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlatformVersions {
    /// What the package was created on.
    pub package_platform_version: Version,
    /// What it would be imported into.
    pub target_platform_version: Version,
}

impl Warning {
    /// The package was created on a newer platform than the target's.
    pub const PLATFORM_VERSION_MISMATCH: &'static str = "PlatformVersionMismatch";

    /// A warning that is only a code and a message.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            platforms: None,
        }
    }
}

/// Warns when the package comes from a newer platform than `target`.
pub fn check_platform(manifest: &Manifest, target: &Version) -> Option<Warning> {
    let package = manifest.platform_version.as_ref()?;
    package.cmp_precedence(target).is_gt().then(|| Warning {
        code: Warning::PLATFORM_VERSION_MISMATCH,
        message: format!(
            "This package was created on platform {package} but the target is {target}. Some features may not be available."
        ),
        platforms: Some(PlatformVersions {
            package_platform_version: package.clone(),
            target_platform_version: target.clone(),
        }),
    })
}

/// A reason why a sound package cannot be imported into a particular target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Block {
    /// Such as [`Block::MISSING_PACKAGE_DEPENDENCY`].
    pub code: &'static str,
    /// For people; names everything in `details`.
    pub message: String,
    /// For programs.
    #[serde(flatten)]
    pub details: BlockDetails,
}

/// What exactly is missing or does not fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum BlockDetails {
    /// Packages that are not installed.
    MissingPackages {
        /// In the order of the manifest.
        missing: Vec<RequiredPackage>,
    },
    /// Packages that are installed in a version outside the range.
    IncompatiblePackages {
        /// In the order of the manifest.
        incompatible: Vec<RequiredPackage>,
    },
    /// Artifacts that are neither in the package nor in the target.
    MissingArtifacts {
        /// In the order of the manifest.
        missing: Vec<MissingArtifact>,
    },
}

/// A package that has to be installed first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequiredPackage {
    /// Its name.
    pub package_name: String,
    /// The lowest version that will do.
    pub required_min_version: Option<Version>,
    /// The lowest version that will not do any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required_max_version: Option<Version>,
    /// What is installed; null when nothing is.
    pub installed_version: Option<Version>,
}

/// An artifact that something in the package needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MissingArtifact {
    /// Its type.
    #[serde(rename = "type")]
    pub artifact_type: ArtifactType,
    /// Its id in the source.
    pub id: String,
    /// Its name.
    pub name: String,
}

impl Block {
    /// A package this one builds upon is not installed.
    pub const MISSING_PACKAGE_DEPENDENCY: &'static str = "MissingPackageDependency";
    /// A package this one builds upon is installed in a version outside the range.
    pub const INCOMPATIBLE_PACKAGE_DEPENDENCY: &'static str = "IncompatiblePackageDependency";
    /// An artifact that is needed is neither in the package nor in the target.
    pub const MISSING_DEPENDENCY: &'static str = "MissingDependency";
}

/// Compares the packages the manifest requires with those that are installed, by exact name.
pub fn check_package_dependencies(
    manifest: &Manifest,
    installed: &BTreeMap<String, Version>,
) -> Vec<Block> {
    let (mut missing, mut incompatible) = (Vec::new(), Vec::new());
    for needed in &manifest.package_dependencies {
        match installed.get(&needed.package_name) {
            None => missing.push(required(needed, None)),
            Some(version) if !needed.accepts(version) => {
                incompatible.push(required(needed, Some(version.clone())));
            }
            Some(_) => {}
        }
    }
    let mut blocks = Vec::new();
    if !missing.is_empty() {
        blocks.push(Block {
            code: Block::MISSING_PACKAGE_DEPENDENCY,
            message: format!("required packages are not installed: {}", listing(&missing)),
            details: BlockDetails::MissingPackages { missing },
        });
    }
    if !incompatible.is_empty() {
        blocks.push(Block {
            code: Block::INCOMPATIBLE_PACKAGE_DEPENDENCY,
            message: format!(
                "required packages are installed in versions that do not fit: {}",
                listing(&incompatible)
            ),
            details: BlockDetails::IncompatiblePackages { incompatible },
        });
    }
    blocks
}

/// Blocks when a dependency is neither in the package nor, as `is_in_target` says, in the target.
pub fn check_dependencies(
    manifest: &Manifest,
    is_in_target: impl Fn(&DependencyEntry) -> bool,
) -> Option<Block> {
    let own: HashSet<&str> = manifest
        .artifacts
        .iter()
        .map(|entry| entry.id.as_str())
        .collect();
    let missing: Vec<MissingArtifact> = manifest
        .dependencies
        .iter()
        .filter(|entry| !own.contains(entry.id.as_str()) && !is_in_target(entry))
        .map(|entry| MissingArtifact {
            artifact_type: entry.artifact_type,
            id: entry.id.clone(),
            name: entry.name.clone(),
        })
        .collect();
    if missing.is_empty() {
        return None;
    }
    let name = |artifact: &MissingArtifact| {
        format!("{} '{}'", artifact.artifact_type, shown(&artifact.id))
    };
    Some(Block {
        code: Block::MISSING_DEPENDENCY,
        message: format!(
            "artifacts are neither in the package nor in the target: {}",
            enumerate(missing.iter().map(name))
        ),
        details: BlockDetails::MissingArtifacts { missing },
    })
}

fn required(needed: &PackageDependency, installed: Option<Version>) -> RequiredPackage {
    RequiredPackage {
        package_name: needed.package_name.clone(),
        required_min_version: needed.min_version.clone(),
        required_max_version: needed.max_version.clone(),
        installed_version: installed,
    }
}

fn listing(packages: &[RequiredPackage]) -> String {
    enumerate(packages.iter().map(|package| {
        let name = shown(&package.package_name);
        let range = match (&package.required_min_version, &package.required_max_version) {
            (Some(min), Some(max)) => format!(" from {min} to below {max}"),
            (Some(min), None) => format!(" from {min}"),
            (None, Some(max)) => format!(" below {max}"),
            (None, None) => String::new(),
        };
        match &package.installed_version {
            Some(installed) => format!("'{name}'{range} (installed: {installed})"),
            None => format!("'{name}'{range}"),
        }
    }))
}

/// The first few, and how many more there are.
fn enumerate(mut items: impl Iterator<Item = String>) -> String {
    const NAMED: usize = 20;
    let named = items.by_ref().take(NAMED).collect::<Vec<_>>().join(", ");
    match items.count() {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const SOUND: &str = include_str!("../tests/valid/three_artifacts.json");

    fn manifest(change: impl FnOnce(&mut Value)) -> Manifest {
        let mut value: Value = serde_json::from_str(SOUND).expect("JSON");
        change(&mut value);
        let bytes = serde_json::to_vec(&value).expect("JSON");
        crate::parse(&bytes).manifest.expect("a sound manifest")
    }

    fn version(text: &str) -> Version {
        text.parse().expect("a version")
    }

    #[test]
    fn a_package_from_a_newer_platform_warns() {
        let package = manifest(|_| {});
        let warning = check_platform(&package, &version("4.1.5")).expect("4.2.0 is newer");
        assert_eq!(
            serde_json::to_value(&warning).expect("JSON"),
            json!({
                "code": "PlatformVersionMismatch",
                "message": "This package was created on platform 4.2.0 but the target is 4.1.5. Some features may not be available.",
                "packagePlatformVersion": "4.2.0",
                "targetPlatformVersion": "4.1.5",
            })
        );
        for target in ["4.2.0", "4.2.0+build", "4.2.1", "5.0.0-alpha"] {
            assert_eq!(check_platform(&package, &version(target)), None, "{target}");
        }
        assert!(check_platform(&package, &version("4.2.0-rc.1")).is_some());
        let silent = manifest(|value| value["platformVersion"] = Value::Null);
        assert_eq!(check_platform(&silent, &version("0.0.1")), None);
        let plain = serde_json::to_value(Warning::new("Other", "text")).expect("JSON");
        assert_eq!(plain, json!({"code": "Other", "message": "text"}));
    }

    #[test]
    fn packages_that_are_missing_or_do_not_fit_block() {
        let package = manifest(|value| {
            value["packageDependencies"] = json!([
                {"packageName": "BizFirstGO.HRBase", "minVersion": "1.0.0", "maxVersion": "2.0.0"},
                {"packageName": "Any"},
            ]);
        });
        let blocks = |installed: &[(&str, &str)]| {
            let installed = installed
                .iter()
                .map(|&(name, installed)| (name.to_owned(), version(installed)))
                .collect();
            serde_json::to_value(check_package_dependencies(&package, &installed)).expect("JSON")
        };
        assert_eq!(
            blocks(&[("Any", "0.0.1"), ("bizfirstgo.hrbase", "1.0.0")]),
            json!([{
                "code": "MissingPackageDependency",
                "message": "required packages are not installed: 'BizFirstGO.HRBase' from 1.0.0 to below 2.0.0",
                "missing": [{
                    "packageName": "BizFirstGO.HRBase",
                    "requiredMinVersion": "1.0.0",
                    "requiredMaxVersion": "2.0.0",
                    "installedVersion": null,
                }],
            }])
        );
        for fits in ["1.0.0", "1.9.9", "2.0.0-rc.1"] {
            assert_eq!(
                blocks(&[("Any", "9.0.0"), ("BizFirstGO.HRBase", fits)]),
                json!([]),
                "{fits}"
            );
        }
        for unfit in ["0.9.9", "1.0.0-rc.1", "2.0.0", "2.0.0+build"] {
            let found = blocks(&[("Any", "9.0.0"), ("BizFirstGO.HRBase", unfit)]);
            assert_eq!(found[0]["code"], "IncompatiblePackageDependency", "{unfit}");
            assert_eq!(found[0]["incompatible"][0]["installedVersion"], unfit);
        }
        assert_eq!(
            blocks(&[("BizFirstGO.HRBase", "3.0.0")])
                .as_array()
                .map(Vec::len),
            Some(2)
        );
    }

    #[test]
    fn artifacts_that_are_nowhere_block() {
        let package = manifest(|value| {
            let mut other = value["dependencies"][0].clone();
            other["id"] = "lib-9".into();
            value["dependencies"]
                .as_array_mut()
                .expect("a list")
                .push(other);
        });
        let block = check_dependencies(&package, |_| false).expect("lib-9 is nowhere");
        assert_eq!(
            serde_json::to_value(&block.details).expect("JSON"),
            json!({"missing": [{"type": "EntitySchema", "id": "lib-9", "name": "EmployeeEntity"}]})
        );
        assert!(
            block.message.ends_with("EntitySchema 'lib-9'"),
            "{}",
            block.message
        );
        assert_eq!(
            check_dependencies(&package, |entry| entry.id == "lib-9"),
            None
        );
    }

    #[test]
    fn long_lists_are_cut_in_messages() {
        let text = enumerate((0..25).map(|number| number.to_string()));
        assert!(
            text.starts_with("0, 1") && text.ends_with("19 and 5 more"),
            "{text}"
        );
    }
}
