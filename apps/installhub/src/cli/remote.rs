//! Commands that speak to a server.

use std::path::PathBuf;

use clap::Args;

use super::OutputArgs;

#[derive(Debug, Args)]
pub(crate) struct LoginArgs {
    /// The server, such as <https://hub.example.com>
    pub url: String,
    /// Who signs in
    #[arg(long, value_name = "ADDRESS", conflicts_with = "token_stdin")]
    pub email: Option<String>,
    /// Read the password from standard input instead of asking for it
    #[arg(long, requires = "email", conflicts_with = "token_stdin")]
    pub password_stdin: bool,
    /// Read a token from standard input instead of making one
    #[arg(long)]
    pub token_stdin: bool,
    #[command(flatten)]
    pub output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct LogoutArgs {
    /// The server [default: the one signed in to last]
    pub url: Option<String>,
    /// Only remove the token here; the server is not asked to revoke it
    #[arg(long)]
    pub forget: bool,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Which server a command speaks to.
#[derive(Debug, Args)]
pub(crate) struct RemoteArgs {
    /// Of a server: the one signed in to last, or --remote=URL
    #[arg(
        long,
        value_name = "URL",
        required = true,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "",
        hide_default_value = true
    )]
    pub remote: String,
}

impl RemoteArgs {
    /// The server that was named, if one was.
    pub(crate) fn named(&self) -> Option<&str> {
        Some(self.remote.as_str()).filter(|url| !url.is_empty())
    }
}

/// How much of a list is shown.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// At most so many, newest first
    #[arg(long, value_name = "N", default_value = "100", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub limit: u32,
}

#[derive(Debug, Args)]
pub(crate) struct PackagesArgs {
    #[command(flatten)]
    pub remote: RemoteArgs,
    /// Only packages whose name contains this
    #[arg(long, value_name = "TEXT")]
    pub name: Option<String>,
    #[command(flatten)]
    pub list: ListArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct UploadArgs {
    /// The package
    pub file: PathBuf,
    #[command(flatten)]
    pub remote: RemoteArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct DownloadArgs {
    /// The version, by its id or as NAME@VERSION
    #[arg(value_name = "ID|NAME@VERSION")]
    pub which: String,
    /// The package to write
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    pub file: PathBuf,
    #[command(flatten)]
    pub remote: RemoteArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ArtifactsArgs {
    #[command(flatten)]
    pub remote: RemoteArgs,
    /// Only artifacts of this type, such as `AtlasForm`
    #[arg(long = "type", value_name = "TYPE")]
    pub artifact_type: Option<String>,
    /// Only artifacts whose name contains this
    #[arg(long, value_name = "TEXT")]
    pub name: Option<String>,
    #[command(flatten)]
    pub list: ListArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct JobsArgs {
    /// One job, by its id
    pub id: Option<String>,
    /// Stay until the job has ended
    #[arg(long, requires = "id")]
    pub follow: bool,
    #[command(flatten)]
    pub remote: RemoteArgs,
    #[command(flatten)]
    pub list: ListArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}
