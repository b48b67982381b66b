//! Commands that run the service and look after it.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use uuid::Uuid;

use super::OutputArgs;

/// Where settings come from; see `installhub config show`.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct SettingsArgs {
    /// A configuration file [default: installhub.toml in the home folder, if there is one]
    #[arg(long, value_name = "FILE", env = "INSTALLHUB_CONFIG")]
    pub config: Option<PathBuf>,
    /// Sets one key, over file and environment; may be repeated
    #[arg(long, value_name = "SECTION.KEY=VALUE")]
    pub set: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    pub settings: SettingsArgs,
    /// Address and port to listen on; the same as --set server.listen=…
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub listen: Option<SocketAddr>,
    /// Only this API; may be repeated [default: all]
    #[arg(long, value_name = "API")]
    pub only: Vec<ServedApi>,
    /// Fill an empty home with two tenants, users of every role and packages, and write their tokens to demo.json in it
    #[arg(long)]
    pub demo: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ServedApi {
    Creator,
    Admin,
    Marketplace,
}

#[derive(Debug, Args)]
pub(crate) struct ConfigArgs {
    #[command(subcommand)]
    pub command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Print every setting, its value and where it came from; secrets are hidden
    Show(ConfigShowArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ConfigShowArgs {
    #[command(flatten)]
    pub settings: SettingsArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct MigrateArgs {
    #[command(flatten)]
    pub settings: SettingsArgs,
}

#[derive(Debug, Args)]
pub(crate) struct HealthArgs {
    #[command(flatten)]
    pub settings: SettingsArgs,
}

#[derive(Debug, Args)]
pub(crate) struct AdminArgs {
    #[command(subcommand)]
    pub command: AdminCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AdminCommand {
    /// Make the first administrator; works once, while there is no user
    Bootstrap(BootstrapArgs),
    /// Seal the secrets of all connections with the first key of keys.sealing, where another one seals them now
    Reseal(ResealArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ResealArgs {
    #[command(flatten)]
    pub settings: SettingsArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct BootstrapArgs {
    #[command(flatten)]
    pub settings: SettingsArgs,
    /// The administrator's e-mail address
    #[arg(long)]
    pub email: String,
    /// Read the password from standard input instead of asking for it
    #[arg(long)]
    pub password_stdin: bool,
    #[command(flatten)]
    pub output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct AuditArgs {
    #[command(subcommand)]
    pub command: AuditCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Read every chain, or one tenant's, and name the first event that does not fit
    Verify(AuditVerifyArgs),
    /// Write a tenant's chain as NDJSON, with what proves it
    Export(AuditExportArgs),
    /// Sign where every chain stands now
    Checkpoint(AuditCheckpointArgs),
    /// Print the public key that checkpoints are signed with, as PEM
    Key(AuditKeyArgs),
}

#[derive(Debug, Args)]
pub(crate) struct AuditKeyArgs {
    #[command(flatten)]
    pub settings: SettingsArgs,
}

#[derive(Debug, Args)]
pub(crate) struct AuditVerifyArgs {
    #[command(flatten)]
    pub settings: SettingsArgs,
    /// Only this tenant's chain
    #[arg(long, value_name = "ID", conflicts_with = "file")]
    pub tenant: Option<Uuid>,
    /// Verify an exported file instead
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Trust only the public keys in this file, kept from `installhub audit key`; may be repeated [default: those in the export]
    #[arg(long, value_name = "FILE", requires = "file")]
    pub key: Vec<PathBuf>,
    #[command(flatten)]
    pub output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct AuditExportArgs {
    #[command(flatten)]
    pub settings: SettingsArgs,
    /// Whose chain [default: the first tenant's]
    #[arg(long, value_name = "ID")]
    pub tenant: Option<Uuid>,
    /// Where to write it
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct AuditCheckpointArgs {
    #[command(flatten)]
    pub settings: SettingsArgs,
}

#[derive(Debug, Args)]
pub(crate) struct BackupArgs {
    #[command(flatten)]
    pub settings: SettingsArgs,
    /// The folder of the backup; what it holds of an earlier one is not copied again
    #[arg(long, value_name = "DIR")]
    pub into: PathBuf,
    /// Copy the keys as well; without them sealed secrets cannot be opened again
    #[arg(long)]
    pub with_keys: bool,
}
