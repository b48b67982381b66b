//! The command line as people type it.

mod remote;
mod service;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use installhub_conflict_merge::{Fallback, Strategy};
use installhub_manifest::PackageType;
use semver::Version;
use uuid::Uuid;

pub(crate) use self::remote::{
    ArtifactsArgs, DownloadArgs, JobsArgs, LoginArgs, LogoutArgs, PackagesArgs, RemoteArgs,
    UploadArgs,
};
pub(crate) use self::service::{
    AdminArgs, AdminCommand, AuditArgs, AuditCheckpointArgs, AuditCommand, AuditExportArgs,
    AuditKeyArgs, AuditVerifyArgs, BackupArgs, BootstrapArgs, ConfigArgs, ConfigCommand,
    HealthArgs, MigrateArgs, ResealArgs, ServeArgs, ServedApi, SettingsArgs,
};

/// Carry workflows, forms, rules, schemas, apps and database objects from one environment to another – safely.
///
/// Exit codes: 0 done; 1 done, with findings (invalid packages, differences, open decisions); 2 could not run.
#[derive(Debug, Parser)]
#[command(name = "installhub", version, max_term_width = 110)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub global: GlobalArgs,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Args)]
pub(crate) struct GlobalArgs {
    /// Folder of the embedded database and the snapshots [default: the platform's data directory]
    #[arg(long, global = true, value_name = "DIR", env = "INSTALLHUB_HOME")]
    pub home: Option<PathBuf>,
    /// When to colour what is printed; `NO_COLOR` is respected
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: ColorWhen,
    /// How long to wait for a database that another process holds, or for a server that went away
    #[arg(long, global = true, value_name = "SECONDS", default_value = "5")]
    pub wait: u32,
}

impl GlobalArgs {
    /// How long to wait for a database that another process holds, or for a server that went away.
    pub(crate) fn patience(&self) -> Duration {
        Duration::from_secs(u64::from(self.wait))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorWhen {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a package from a folder of artifact files, workflow files, or an unpacked package
    Pack(PackArgs),
    /// Write a package as a folder that can be kept in git; packing it gives the same bytes again
    Unpack(UnpackArgs),
    /// Make a package from a database
    Export(ExportArgs),
    /// Judge packages; every finding is reported, not only the first
    Validate(ValidateArgs),
    /// Show what is in a package
    Inspect(InspectArgs),
    /// Show what needs what in a package
    Graph(GraphArgs),
    /// Show what differs between two packages
    Diff(DiffArgs),
    /// Show what an import would do, and do it
    Import(ImportArgs),
    /// List imports, or show one
    Imports(ImportsArgs),
    /// Put a target back to where it was before an import
    Rollback(RollbackArgs),
    /// Sign in to a server
    Login(LoginArgs),
    /// Sign out of a server
    Logout(LogoutArgs),
    /// List packages
    Packages(PackagesArgs),
    /// Put a package on a server, which judges it; an upload that was cut off goes on
    Upload(UploadArgs),
    /// Fetch a version of a package
    Download(DownloadArgs),
    /// List artifacts
    Artifacts(ArtifactsArgs),
    /// List jobs, or show one
    Jobs(JobsArgs),
    /// Run the service: three APIs and a worker
    Serve(ServeArgs),
    /// Look at the configuration of the service
    Config(ConfigArgs),
    /// Bring the service's database to the current version
    Migrate(MigrateArgs),
    /// Set the service up
    Admin(AdminArgs),
    /// Verify, export and sign the audit log
    Audit(AuditArgs),
    /// Copy what the service keeps on this machine
    Backup(BackupArgs),
    /// Ask whether the service on this machine is ready
    Health(HealthArgs),
    /// Print a completion script for a shell
    Completions(CompletionsArgs),
}

#[derive(Debug, Args)]
pub(crate) struct OutputArgs {
    /// What to print
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: OutputFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    /// For people
    Human,
    /// For programs
    Json,
}

/// What a package says about itself.
#[derive(Debug, Args)]
pub(crate) struct DescriptionArgs {
    /// The package's name: 1–100 letters, digits, spaces, '-', '_' and '.'
    #[arg(long)]
    pub name: Option<String>,
    /// The package's version, as major.minor.patch
    #[arg(long, value_name = "VERSION")]
    pub version: Option<Version>,
    /// What it is for, in a sentence
    #[arg(long)]
    pub description: Option<String>,
    /// Who made it
    #[arg(long)]
    pub author: Option<String>,
    /// An SPDX expression, or Proprietary
    #[arg(long)]
    pub license: Option<String>,
    /// A tag of a-z, 0-9 and '-'; may be repeated
    #[arg(long = "tag", value_name = "TAG")]
    pub tags: Vec<String>,
    /// A package that must be installed first, as NAME@MIN or NAME@MIN..MAX (MAX not included); may be repeated
    #[arg(long = "requires", value_name = "RANGE")]
    pub requires: Vec<String>,
    /// A README in Markdown instead of the generated one
    #[arg(long, value_name = "FILE")]
    pub readme: Option<PathBuf>,
    /// Who exports it [default: the user of this session]
    #[arg(long, value_name = "WHO")]
    pub exported_by: Option<String>,
    /// The identity of this package file; give one, and `SOURCE_DATE_EPOCH`, for byte-identical packages
    #[arg(long, value_name = "UUID")]
    pub package_id: Option<Uuid>,
}

#[derive(Debug, Args)]
pub(crate) struct PackArgs {
    /// The folder
    pub dir: PathBuf,
    /// The package to write
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// What the package is for, such as workflow-package
    #[arg(long = "type", value_name = "TYPE")]
    pub package_type: Option<PackageType>,
    #[command(flatten)]
    pub description: DescriptionArgs,
    /// What the folder holds (artifact, n8n) and what to print (human, json); may be given once for each
    #[arg(long, value_name = "FORMAT")]
    pub format: Vec<PackFormat>,
    /// What to do with two files that have one id and different content
    #[arg(long, value_name = "WHAT", default_value = "refuse")]
    pub on_duplicate_id: DuplicateId,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PackFormat {
    /// Artifact files with _type, id and name
    Artifact,
    /// Workflow files of n8n
    N8n,
    /// Print for people
    Human,
    /// Print for programs
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DuplicateId {
    /// Name both files and stop
    Refuse,
    /// Give the later file a stable id of its own
    Rename,
}

#[derive(Debug, Args)]
pub(crate) struct UnpackArgs {
    /// The package
    pub file: PathBuf,
    /// The folder to write
    pub dir: PathBuf,
    #[command(flatten)]
    pub output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// Where from: sqlite:PATH
    #[arg(long, value_name = "SOURCE")]
    pub from: String,
    /// Only tables like this ('*' and '?' match any characters and one); may be repeated
    #[arg(long = "table", value_name = "GLOB")]
    pub tables: Vec<String>,
    /// Definitions only, no rows
    #[arg(long)]
    pub no_data: bool,
    /// The package to write
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    #[command(flatten)]
    pub description: DescriptionArgs,
    #[command(flatten)]
    pub printed: OutputArgs,
}

#[derive(Debug, Args)]
#[expect(
    clippy::struct_field_names,
    reason = "the names are those of the flags"
)]
pub(crate) struct LimitArgs {
    /// The most entries an archive may have
    #[arg(long, value_name = "N")]
    pub max_entries: Option<u64>,
    /// The most bytes one file may inflate to (rows of data have no limit of their own)
    #[arg(long, value_name = "BYTES")]
    pub max_entry_bytes: Option<u64>,
    /// The most bytes all files together may inflate to, rows of data left aside
    #[arg(long, value_name = "BYTES")]
    pub max_total_bytes: Option<u64>,
    /// The most bytes one compressed byte may inflate to
    #[arg(long, value_name = "N")]
    pub max_ratio: Option<u64>,
    /// The most bytes of manifest.json
    #[arg(long, value_name = "BYTES")]
    pub max_manifest_bytes: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct ValidateArgs {
    /// The packages
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    #[command(flatten)]
    pub output: OutputArgs,
    /// The platform version of the target, for a warning when the package's is newer
    #[arg(long, value_name = "VERSION")]
    pub target_platform: Option<Version>,
    /// A package that is installed in the target; may be repeated
    #[arg(long = "installed", value_name = "NAME=VERSION")]
    pub installed: Vec<String>,
    #[command(flatten)]
    pub limits: LimitArgs,
}

#[derive(Debug, Args)]
pub(crate) struct InspectArgs {
    /// The package
    pub file: PathBuf,
    #[command(flatten)]
    pub output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct GraphArgs {
    /// The package
    pub file: PathBuf,
    /// How to draw it
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: GraphFormat,
    /// Explain why this artifact is in the package
    #[arg(long, value_name = "ID")]
    pub why: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum GraphFormat {
    /// Layers, for people
    Human,
    /// Graphviz
    Dot,
    /// Mermaid, for Markdown
    Mermaid,
    /// For programs
    Json,
    /// A drawing
    Svg,
}

#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// The older package
    pub old: PathBuf,
    /// The newer package
    pub new: PathBuf,
    #[command(flatten)]
    pub output: OutputArgs,
}

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct ImportArgs {
    /// The package
    pub file: PathBuf,
    /// Where to: sqlite:PATH, or store for the artifact store in the home folder
    #[arg(long, value_name = "TARGET")]
    pub into: String,
    /// What happens to artifacts that are there and differ: merge, overwrite or skip
    #[arg(long, value_name = "STRATEGY")]
    pub strategy: Option<Strategy>,
    /// Another strategy for one type or one artifact, as TYPE=STRATEGY or ID=STRATEGY; may be repeated
    #[arg(long = "strategy-for", value_name = "WHICH=STRATEGY")]
    pub strategy_for: Vec<String>,
    /// A file of decisions for fields that both sides changed
    #[arg(long, value_name = "FILE")]
    pub decisions: Option<PathBuf>,
    /// Decides such fields that the file does not: overwrite (incoming) or skip (existing)
    #[arg(long, value_name = "STRATEGY")]
    pub fallback: Option<Fallback>,
    /// Write a file of all open decisions, to be filled in
    #[arg(long, value_name = "FILE")]
    pub write_decisions: Option<PathBuf>,
    /// Only show what would happen
    #[arg(long)]
    pub plan: bool,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
    /// Let references point at things that are not there yet
    #[arg(long)]
    pub allow_missing: bool,
    /// Let a higher major version replace the installed one
    #[arg(long)]
    pub allow_major_upgrade: bool,
    /// Let a lower version replace the installed one
    #[arg(long)]
    pub allow_downgrade: bool,
    /// Leave out what the target cannot hold
    #[arg(long)]
    pub skip_unsupported: bool,
    /// Keep the snapshot so many days, 7 to 730
    #[arg(long, value_name = "DAYS", default_value = "30")]
    pub retention: u16,
    #[command(flatten)]
    pub output: OutputArgs,
    #[command(flatten)]
    pub limits: LimitArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ImportsArgs {
    /// One import, by its id or the first characters of it
    pub id: Option<String>,
    #[command(flatten)]
    pub output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct RollbackArgs {
    /// The import, by its id or the first characters of it
    pub id: String,
    /// Go back even if changes made since are lost
    #[arg(long)]
    pub force: bool,
    #[command(flatten)]
    pub output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    pub shell: clap_complete::Shell,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }
}
