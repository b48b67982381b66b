//! Programs of others that tests and measurements compare with.

use std::process::{Command, Stdio};

use anyhow::bail;

/// A program that has to be on the `PATH`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tool {
    /// What is called.
    pub(crate) name: &'static str,
    /// The argument with which it only says who it is.
    probe: &'static str,
    /// The Debian package it comes in.
    package: &'static str,
}

const UNZIP: Tool = Tool {
    name: "unzip",
    probe: "-v",
    package: "unzip",
};
const PYTHON: Tool = Tool {
    name: "python3",
    probe: "--version",
    package: "python3",
};
const ZIP: Tool = Tool {
    name: "zip",
    probe: "-v",
    package: "zip",
};
const NODE: Tool = Tool {
    name: "node",
    probe: "--version",
    package: "nodejs",
};
const NPM: Tool = Tool {
    name: "npm",
    probe: "--version",
    package: "npm",
};
const WRK: Tool = Tool {
    name: "wrk",
    probe: "-v",
    package: "wrk",
};
const CURL: Tool = Tool {
    name: "curl",
    probe: "--version",
    package: "curl",
};
const SQLITE: Tool = Tool {
    name: "sqlite3",
    probe: "--version",
    package: "sqlite3",
};

/// What tests call: readers of packages that are not ours, and an identity provider that is not ours.
pub(crate) const FOR_TESTS: &[Tool] = &[UNZIP, PYTHON, NODE, NPM];

/// What clients in other languages are generated and run with.
pub(crate) const FOR_CLIENTS: &[Tool] = &[NODE, NPM, PYTHON];

/// What the benchmarks compare with.
pub(crate) const FOR_BENCHMARKS: &[Tool] = &[UNZIP, ZIP, PYTHON, SQLITE, WRK, CURL];

/// Fails, naming every missing tool and how to get it, unless all of them run.
pub(crate) fn require(tools: &[Tool]) -> anyhow::Result<()> {
    require_with(tools, runs)
}

fn require_with(tools: &[Tool], is_there: impl Fn(&Tool) -> bool) -> anyhow::Result<()> {
    let missing: Vec<&Tool> = tools.iter().filter(|tool| !is_there(tool)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<_> = missing.iter().map(|tool| tool.name).collect();
    let packages: Vec<_> = missing.iter().map(|tool| tool.package).collect();
    bail!(
        "not found or not working: {}\non Debian: sudo apt-get install -y {}",
        names.join(", "),
        packages.join(" ")
    );
}

fn runs(tool: &Tool) -> bool {
    Command::new(tool.name)
        .arg(tool.probe)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        // Some say who they are and fail nevertheless; only a shell's own codes tell that nothing ran.
        .is_ok_and(|status| !matches!(status.code(), None | Some(126 | 127)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_said_when_nothing_is_missing() {
        assert!(require_with(FOR_BENCHMARKS, |_| true).is_ok());
    }

    #[test]
    fn every_missing_tool_is_named_with_one_line_to_install_them() {
        let error = require_with(FOR_BENCHMARKS, |tool| {
            !["zip", "sqlite3"].contains(&tool.name)
        })
        .expect_err("two are missing");
        assert_eq!(
            error.to_string(),
            "not found or not working: zip, sqlite3\non Debian: sudo apt-get install -y zip sqlite3"
        );
    }

    #[test]
    fn a_program_that_does_not_exist_does_not_run() {
        let absent = Tool {
            name: "installhub-no-such-program",
            probe: "--version",
            package: "none",
        };
        assert!(!runs(&absent));
    }
}
