//! Chores of the workspace: `cargo xtask test` runs every test, `cargo xtask bench` measures.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a tool for developers talks to whoever runs it"
)]

mod bench;
mod clients;
mod documents;
mod suite;
mod tools;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Chores of the workspace
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run every test: units, adapters, documentation, and the built command from outside
    Test(suite::TestArgs),
    /// Write the OpenAPI documents to docs/openapi, after an API has changed
    Openapi,
    /// Generate clients in other languages, and drive the built service with them
    Clients(clients::ClientsArgs),
    /// Measure against unzip, zip, Python and sqlite3, and print the figures as Markdown
    Bench(bench::BenchArgs),
    /// Order one large graph and print the figures as JSON: a step of `bench`, in a process of its own
    #[command(hide = true)]
    BenchOrdering(bench::OrderingArgs),
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Test(args) => suite::run(&args),
        Command::Openapi => documents::write(),
        Command::Clients(args) => clients::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::BenchOrdering(args) => bench::order(&args),
    };
    done.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::from(2)
    })
}

#[cfg(test)]
mod cli_tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
