//! The workspace as Cargo sees it: where it is, where it builds to, what it built.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use serde::Deserialize;

/// The package of the command line, and the name of its binary.
pub(crate) const APP: &str = "installhub";

/// The folder of the root `Cargo.toml`.
///
/// Cargo says it anew at every run. What was compiled in may be another checkout that shares the build folder.
#[expect(
    clippy::disallowed_methods,
    reason = "Cargo tells it through the environment"
)]
pub(crate) fn root() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    here.ancestors().nth(2).map(Path::to_owned).unwrap_or(here)
}

/// Cargo, started in the root of the workspace.
pub(crate) fn cargo() -> Command {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(root());
    cargo
}

/// How a build is optimised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// `target/debug`
    Dev,
    /// `target/release`
    Release,
}

/// Builds a package that has a binary of the same name, and says where it is.
pub(crate) fn build(package: &str, profile: Profile) -> anyhow::Result<PathBuf> {
    let mut cargo = cargo();
    cargo.args(["build", "--locked", "--package", package]);
    cargo.args(["--message-format", "json-render-diagnostics"]);
    if profile == Profile::Release {
        cargo.arg("--release");
    }
    let output = cargo
        .stderr(Stdio::inherit())
        .output()
        .context("cannot start cargo")?;
    if !output.status.success() {
        bail!("building {package} failed");
    }
    executable(&output.stdout, package)
        .with_context(|| format!("cargo did not say where the binary {package} is"))
}

#[derive(Deserialize)]
struct Message {
    executable: Option<PathBuf>,
    target: Option<Target>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

/// Finds in what `cargo build` says as JSON, one message to a line, the file of a binary.
fn executable(messages: &[u8], name: &str) -> Option<PathBuf> {
    messages
        .split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice::<Message>(line).ok())
        .filter(|message| {
            message.target.as_ref().is_some_and(|target| {
                target.name == name && target.kind.iter().any(|kind| kind == "bin")
            })
        })
        .find_map(|message| message.executable)
}

/// What `cargo metadata` says, as far as it is needed.
#[derive(Deserialize)]
pub(crate) struct Metadata {
    /// Where everything is built.
    pub(crate) target_directory: PathBuf,
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    targets: Vec<Target>,
}

impl Metadata {
    /// Asks Cargo.
    pub(crate) fn read() -> anyhow::Result<Self> {
        let output = cargo()
            .args(["metadata", "--no-deps", "--locked", "--format-version", "1"])
            .stderr(Stdio::inherit())
            .output()
            .context("cannot start cargo")?;
        if !output.status.success() {
            bail!("cargo metadata failed");
        }
        serde_json::from_slice(&output.stdout).context("cannot read what cargo metadata says")
    }

    /// Whether a member has a library, the only place where documentation is tested.
    pub(crate) fn has_library(&self, package: &str) -> bool {
        self.packages
            .iter()
            .filter(|member| member.name == package)
            .flat_map(|member| &member.targets)
            .any(|target| target.kind.iter().any(|kind| kind == "lib"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_holds_the_lock_file() {
        assert!(root().join("Cargo.lock").is_file());
    }

    #[test]
    fn the_binary_is_told_from_libraries_and_other_binaries() {
        let messages = br#"{"reason":"compiler-artifact","target":{"name":"installhub","kind":["lib"]},"executable":null}
{"reason":"compiler-artifact","target":{"name":"other","kind":["bin"]},"executable":"/t/debug/other"}
not json
{"reason":"compiler-artifact","target":{"name":"installhub","kind":["bin"]},"executable":"/t/debug/installhub"}
{"reason":"build-finished","success":true}
"#;
        assert_eq!(
            executable(messages, "installhub"),
            Some(PathBuf::from("/t/debug/installhub"))
        );
        assert_eq!(executable(messages, "absent"), None);
    }

    #[test]
    fn members_with_and_without_a_library_are_told_apart() {
        let metadata: Metadata = serde_json::from_str(
            r#"{"target_directory": "/t", "packages": [
                {"name": "both", "targets": [{"name": "both", "kind": ["lib"]}, {"name": "b", "kind": ["bin"]}]},
                {"name": "tool", "targets": [{"name": "tool", "kind": ["bin"]}]}]}"#,
        )
        .expect("as cargo writes it");
        assert!(metadata.has_library("both"));
        assert!(!metadata.has_library("tool"));
        assert!(!metadata.has_library("absent"));
    }
}
