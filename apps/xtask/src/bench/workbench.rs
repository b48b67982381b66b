//! The folder everything is measured in, and the programs that are measured.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};
use tempfile::TempDir;

use super::measure::Program;
use crate::workspace::{APP, Metadata};

/// The reader that a script would be.
const READER: &str = include_str!("reader.py");

/// Identity and date of every package that is built, so that a package is the same in every run.
const PACKAGE_ID: &str = "5a1e0000-0000-4000-8000-000000000001";
const EPOCH: &str = "1767225600";

/// How much is measured.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    /// Copies of every workflow.
    pub(super) copies: u64,
    /// Bytes of rows.
    pub(super) row_bytes: u64,
    /// Small documents.
    pub(super) documents: u64,
    /// Nodes of the graph; it has three times as many edges.
    pub(super) nodes: u64,
}

impl Scale {
    /// What the figures in the documentation are of.
    pub(super) const FULL: Self = Self {
        copies: 10,
        row_bytes: 1 << 30,
        documents: 2_000,
        nodes: 1_000_000,
    };
    /// Enough to see that everything works.
    pub(super) const QUICK: Self = Self {
        copies: 2,
        row_bytes: 64 << 20,
        documents: 200,
        nodes: 100_000,
    };
}

/// Where and with what is measured.
#[derive(Debug)]
pub(super) struct Workbench {
    app: PathBuf,
    python: PathBuf,
    folder: TempDir,
    /// How much is measured.
    pub(super) scale: Scale,
    /// How often everything runs, the round that is not counted included.
    pub(super) rounds: usize,
}

impl Workbench {
    /// A new folder among what Cargo builds, to measure a copy of `app` in: another build does not change what is measured.
    pub(super) fn new(built: &Path, scale: Scale, rounds: usize) -> anyhow::Result<Self> {
        let target = Metadata::read()?.target_directory;
        let folder = tempfile::Builder::new()
            .prefix("bench-")
            .tempdir_in(&target)
            .with_context(|| format!("cannot make a folder in {}", target.display()))?;
        let app = folder.path().join(APP);
        fs::copy(built, &app).with_context(|| format!("cannot copy {}", built.display()))?;
        let bench = Self {
            app,
            python: python()?,
            folder,
            scale,
            rounds,
        };
        fs::write(bench.path("reader.py"), READER)?;
        Ok(bench)
    }

    /// A place in the folder.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Our command's program.
    pub(super) fn program(&self) -> &Path {
        &self.app
    }

    /// Our command, in a home of its own.
    pub(super) fn app(&self, subcommand: &str) -> Command {
        let mut app = Command::new(&self.app);
        app.arg(subcommand)
            .env("INSTALLHUB_HOME", self.home())
            .env("SOURCE_DATE_EPOCH", EPOCH);
        app
    }

    /// The folder our command remembers imports in.
    pub(super) fn home(&self) -> PathBuf {
        self.path("home")
    }

    /// `installhub pack --format n8n`
    pub(super) fn pack_workflows(&self, folder: &Path, output: &Path) -> Program {
        let mut pack = self.pack(folder, output);
        pack.args(["--format", "n8n", "--type", "workflow-package"]);
        describe(&mut pack, "Workflows");
        Program::new("installhub pack --format n8n", pack).writing(output)
    }

    /// `installhub pack` of artifact files
    pub(super) fn pack_artifacts(&self, folder: &Path, output: &Path) -> Program {
        let mut pack = self.pack(folder, output);
        pack.args(["--type", "config-package"]);
        describe(&mut pack, "Tables");
        Program::new("installhub pack", pack).writing(output)
    }

    /// `installhub pack` of an unpacked package, which says itself what it is
    pub(super) fn pack_unpacked(&self, folder: &Path, output: &Path) -> Program {
        Program::new("installhub pack", self.pack(folder, output)).writing(output)
    }

    fn pack(&self, folder: &Path, output: &Path) -> Command {
        let mut pack = self.app("pack");
        pack.arg(folder).arg("--output").arg(output);
        pack
    }

    /// `installhub unpack`
    pub(super) fn unpack(&self, package: &Path, folder: &Path) -> Program {
        let mut unpack = self.app("unpack");
        unpack.arg(package).arg(folder);
        Program::new("installhub unpack", unpack).writing(folder)
    }

    /// `installhub validate`
    pub(super) fn validate(&self, package: &Path) -> Program {
        let mut validate = self.app("validate");
        validate.arg(package);
        Program::new("installhub validate", validate)
    }

    /// The Python script that checks what a package says of itself.
    pub(super) fn python_reader(&self, package: &Path) -> Program {
        let mut python = Command::new(&self.python);
        python.arg(self.path("reader.py")).arg(package);
        Program::new("Python reader", python)
    }
}

/// States what the package is.
pub(super) fn describe(command: &mut Command, name: &str) {
    command.args(["--name", name, "--version", "1.0.0"]);
    command.args(["--package-id", PACKAGE_ID]);
}

/// `unzip -tq`
pub(super) fn unzip(package: &Path) -> Program {
    let mut unzip = Command::new("unzip");
    unzip.arg("-tq").arg(package);
    Program::new("unzip -tq", unzip)
}

/// `zip -6` of all that is in a folder
pub(super) fn zip(folder: &Path, output: &Path) -> Program {
    let mut zip = Command::new("zip");
    zip.args(["-6", "-q", "-r"])
        .arg(output)
        .arg(".")
        .current_dir(folder);
    Program::new("zip -6 -q -r", zip).writing(output)
}

/// The interpreter itself, not a script on the `PATH` that looks for one first.
fn python() -> anyhow::Result<PathBuf> {
    let output = Command::new("python3")
        .args(["-c", "import sys; print(sys.executable)"])
        .output()
        .context("cannot start python3")?;
    let path = String::from_utf8(output.stdout)?;
    if path.trim().is_empty() {
        bail!("python3 does not say where it is");
    }
    Ok(path.trim().into())
}
