//! `cargo xtask openapi`: the documents that others generate their clients from. That they are current is a test of each API.

use std::process::ExitCode;

use anyhow::{Context, bail};

use crate::workspace::cargo;

/// The APIs that have one.
const APIS: [&str; 3] = ["creator", "admin", "marketplace"];

/// Writes all of them.
pub(crate) fn write() -> anyhow::Result<ExitCode> {
    for api in APIS {
        let status = cargo()
            .args(["run", "--quiet", "--locked"])
            .args(["--package", &format!("installhub-http-{api}")])
            .args(["--example", &format!("write_{api}_document")])
            .status()
            .context("cannot start cargo")?;
        if !status.success() {
            bail!("the document of {api} was not written");
        }
    }
    Ok(ExitCode::SUCCESS)
}
