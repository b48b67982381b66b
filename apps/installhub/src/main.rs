//! `installhub`: packages from the command line.

mod cli;
mod commands;
mod failure;
mod output;
mod remote;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::{
    AdminCommand, AuditCommand, Cli, Command, ConfigCommand, GraphFormat, OutputFormat, PackFormat,
};
use crate::failure::{Failure, Outcome};

fn main() -> ExitCode {
    // clap prints its own message and ends with exit code 2 when the arguments are wrong.
    let cli = Cli::parse();
    output::choose_colors(cli.global.color);
    let format = printed_format(&cli.command);
    match run(cli) {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Findings) => ExitCode::from(1),
        Err(failure) => {
            failure.print(format);
            ExitCode::from(2)
        }
    }
}

fn run(cli: Cli) -> Result<Outcome, Failure> {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    if !matches!(cli.command, Command::Serve(_)) {
        runtime.worker_threads(2);
    }
    let runtime = runtime.enable_all().build().map_err(|source| {
        Failure::new("CannotStart", "cannot start the runtime").because(&source)
    })?;
    runtime.block_on(commands::run(cli))
}

/// How failures of this command are printed.
fn printed_format(command: &Command) -> OutputFormat {
    match command {
        Command::Pack(arguments) if arguments.format.contains(&PackFormat::Json) => {
            OutputFormat::Json
        }
        Command::Unpack(arguments) => arguments.output.format,
        Command::Export(arguments) => arguments.printed.format,
        Command::Validate(arguments) => arguments.output.format,
        Command::Inspect(arguments) => arguments.output.format,
        Command::Graph(arguments) if arguments.format == GraphFormat::Json => OutputFormat::Json,
        Command::Pack(_)
        | Command::Graph(_)
        | Command::Completions(_)
        | Command::Serve(_)
        | Command::Migrate(_)
        | Command::Backup(_)
        | Command::Health(_) => OutputFormat::Human,
        Command::Config(arguments) => {
            let ConfigCommand::Show(arguments) = &arguments.command;
            arguments.output.format
        }
        Command::Admin(arguments) => match &arguments.command {
            AdminCommand::Bootstrap(arguments) => arguments.output.format,
            AdminCommand::Reseal(arguments) => arguments.output.format,
        },
        Command::Audit(arguments) => match &arguments.command {
            AuditCommand::Verify(arguments) => arguments.output.format,
            AuditCommand::Export(_) | AuditCommand::Checkpoint(_) | AuditCommand::Key(_) => {
                OutputFormat::Human
            }
        },
        Command::Diff(arguments) => arguments.output.format,
        Command::Import(arguments) => arguments.output.format,
        Command::Imports(arguments) => arguments.output.format,
        Command::Rollback(arguments) => arguments.output.format,
        Command::Login(arguments) => arguments.output.format,
        Command::Logout(arguments) => arguments.output.format,
        Command::Packages(arguments) => arguments.output.format,
        Command::Upload(arguments) => arguments.output.format,
        Command::Download(arguments) => arguments.output.format,
        Command::Artifacts(arguments) => arguments.output.format,
        Command::Jobs(arguments) => arguments.output.format,
    }
}
