//! What is measured with: made when first needed, and gone with the workbench.

mod documents;
mod rows;
mod tables;
mod text;
mod workflows;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};

use super::report::Report;
use super::workbench::Workbench;
use crate::workspace;

/// The real workflows, several times over.
#[derive(Debug, Clone)]
pub(super) struct Workflows {
    /// As workflow files.
    pub(super) files: PathBuf,
    /// Packed.
    pub(super) package: PathBuf,
    /// Packed and unpacked.
    pub(super) unpacked: PathBuf,
}

/// Generated tables and documents.
#[derive(Debug, Clone)]
pub(super) struct Tables {
    /// As artifact files.
    pub(super) files: PathBuf,
    /// Packed.
    pub(super) package: PathBuf,
}

/// All inputs.
#[derive(Debug, Default)]
pub(super) struct Inputs {
    workflows: Option<Workflows>,
    tables: Option<Tables>,
}

impl Inputs {
    /// The workflows; made at the first call.
    pub(super) fn workflows(
        &mut self,
        bench: &Workbench,
        report: &mut Report,
    ) -> anyhow::Result<Workflows> {
        if let Some(made) = &self.workflows {
            return Ok(made.clone());
        }
        let source = workspace::root().join("../shared/data/n8n-workflows");
        let made = Workflows {
            files: bench.path("workflows"),
            package: bench.path("workflows.zip"),
            unpacked: bench.path("workflows-unpacked"),
        };
        eprintln!("making the workflows");
        workflows::multiply(&source, &made.files, bench.scale.copies)?;
        bench
            .pack_workflows(&made.files, &made.package)
            .run()
            .context("cannot pack the workflows")?;
        bench.unpack(&made.package, &made.unpacked).run()?;
        let what = format!("workflows: the real ones, {} times", bench.scale.copies);
        report.input(&what, &extent(&made.files)?, size(&made.package)?);
        let unpacked = extent(&made.unpacked)?;
        report.input(
            "workflows, packed and unpacked",
            &unpacked,
            size(&made.package)?,
        );
        Ok(self.workflows.insert(made).clone())
    }

    /// The tables; made at the first call.
    pub(super) fn tables(
        &mut self,
        bench: &Workbench,
        report: &mut Report,
    ) -> anyhow::Result<Tables> {
        if let Some(made) = &self.tables {
            return Ok(made.clone());
        }
        let made = Tables {
            files: bench.path("tables"),
            package: bench.path("tables.zip"),
        };
        eprintln!("making the tables");
        rows::write_tables(&made.files, bench.scale.row_bytes)?;
        documents::write_documents(&made.files, bench.scale.documents)?;
        bench
            .pack_artifacts(&made.files, &made.package)
            .run()
            .context("cannot pack the tables")?;
        let what = "tables: generated rows and small documents";
        report.input(what, &extent(&made.files)?, size(&made.package)?);
        Ok(self.tables.insert(made).clone())
    }
}

/// The sample database, copied so that nothing can change the original.
pub(super) fn chinook(bench: &Workbench) -> anyhow::Result<PathBuf> {
    let source = workspace::root().join("../shared/data/chinook-sqlite/chinook.sqlite");
    let copy = bench.path("chinook.sqlite");
    let content = fs::read(&source).with_context(|| {
        format!(
            "cannot read {}: the folder `shared` has to lie beside the checkout",
            source.display()
        )
    })?;
    fs::write(&copy, content)?;
    Ok(copy)
}

/// How much a folder holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Extent {
    /// Files, at any depth.
    pub(super) files: u64,
    /// Bytes in them.
    pub(super) bytes: u64,
}

fn extent(folder: &Path) -> anyhow::Result<Extent> {
    let mut total = Extent::default();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let metadata = entry.metadata()?;
            if metadata.is_dir() {
                folders.push(entry.path());
            } else {
                total.files += 1;
                total.bytes += metadata.len();
            }
        }
    }
    ensure!(total.files > 0, "an empty folder measures nothing");
    Ok(total)
}

/// Bytes of a file.
pub(super) fn size(file: &Path) -> anyhow::Result<u64> {
    let metadata = fs::metadata(file).with_context(|| format!("cannot find {}", file.display()))?;
    Ok(metadata.len())
}
