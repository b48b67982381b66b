//! The command under test.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

/// The `installhub` command: what `INSTALLHUB_BIN` names, or what cargo builds now.
pub fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| given().unwrap_or_else(build))
}

/// Whether the command under test is built as users get it, so that its speed says something.
pub fn is_optimised() -> bool {
    binary()
        .components()
        .any(|part| part.as_os_str() == "release")
}

#[expect(
    clippy::disallowed_methods,
    reason = "tests are told from outside which command to drive"
)]
fn given() -> Option<PathBuf> {
    let path = PathBuf::from(std::env::var_os("INSTALLHUB_BIN")?);
    assert!(
        path.is_file(),
        "INSTALLHUB_BIN is {}, and there is no such file",
        path.display()
    );
    Some(path.canonicalize().expect("the path of the command"))
}

/// Builds the command in the profile that the tests themselves are built in.
fn build() -> PathBuf {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--package", "installhub", "--bin", "installhub"]);
    cargo.args(["--message-format", "json-render-diagnostics"]);
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    let output = cargo
        .current_dir(crate::inputs::checkout())
        .stdin(Stdio::null())
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "the installhub command cannot be built:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["target"]["name"] == "installhub")
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .expect("cargo says where the command is")
}
