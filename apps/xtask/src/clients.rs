//! `cargo xtask clients`: clients in other languages, generated from the documents, and a tool that tries every operation with
//! good and bad input, against the built command.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use installhub_acceptance::Server;

use crate::tools;
use crate::workspace::{APP, Metadata, Profile, build, root};

/// Which to run; all, if nothing is said.
#[derive(Debug, Args)]
pub(crate) struct ClientsArgs {
    /// Only this one; may be repeated
    #[arg(value_name = "CLIENT")]
    only: Vec<Client>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Client {
    /// A client in TypeScript
    Typescript,
    /// A client in Python
    Python,
    /// Every operation of every document with good and bad input
    Schemathesis,
}

impl Client {
    /// In the order in which they run: the last one uses up all failed sign-ins that a server allows.
    const ALL: [Self; 3] = [Self::Typescript, Self::Python, Self::Schemathesis];

    fn name(self) -> &'static str {
        match self {
            Self::Typescript => "typescript",
            Self::Python => "python",
            Self::Schemathesis => "schemathesis",
        }
    }
}

/// Starts a server with data to try things on, runs the clients against it and stops it.
pub(crate) fn run(args: &ClientsArgs) -> anyhow::Result<ExitCode> {
    tools::require(tools::FOR_CLIENTS)?;
    let binary = build(APP, Profile::Dev)?;
    let folder = tempfile::tempdir().context("no temporary folder")?;
    let package = package(&binary, folder.path())?;
    // One caller asks more than anybody would.
    let rates = [
        "server.requests_per_minute_per_user=1000000",
        "server.requests_per_minute_per_tenant=1000000",
        "server.requests_per_minute_per_address=1000000",
    ];
    let server = Server::of_program(&binary, &folder.path().join("server"), &rates);
    let cache = Metadata::read()?.target_directory.join("clients");
    let mut failed = Vec::new();
    for client in Client::ALL {
        if !args.only.is_empty() && !args.only.contains(&client) {
            continue;
        }
        println!("\n== {}", client.name());
        let start = Instant::now();
        let status = script(client, &server, &package, &cache)
            .status()
            .with_context(|| format!("cannot start the script of {}", client.name()))?;
        let took = start.elapsed().as_secs_f64();
        println!("{}: {took:.1} s, {status}", client.name());
        if !status.success() {
            failed.push(client.name());
        }
    }
    if !failed.is_empty() {
        let log = cache.join("server.log");
        fs::write(&log, server.log()).context("cannot keep the server's log")?;
        eprintln!(
            "failed: {}; the server's log is {}",
            failed.join(", "),
            log.display()
        );
    }
    server.stop();
    Ok(if failed.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn script(client: Client, server: &Server, package: &Path, cache: &Path) -> Command {
    let creator = server.user("creator");
    let tenant_admin = server.user("tenant-admin");
    let platform_admin = server.user("platform-admin");
    let mut command = Command::new("bash");
    command
        .arg(
            root()
                .join("tests/clients")
                .join(client.name())
                .join("run.sh"),
        )
        .env("BASE_URL", server.url())
        .env("EMAIL", &creator.email)
        .env("PASSWORD", &creator.password)
        .env("TOKEN", &tenant_admin.token)
        .env("ADMIN_TOKEN", &platform_admin.token)
        .env("PACKAGE", package)
        .env("CLIENTS_CACHE", cache.join(client.name()));
    command
}

/// A small valid package.
fn package(binary: &Path, folder: &Path) -> anyhow::Result<PathBuf> {
    let artifacts = folder.join("artifacts");
    fs::create_dir(&artifacts).context("no folder for an artifact")?;
    let artifact = r#"{"_type": "EntitySchema", "_version": "1.0.0", "id": "ent-1", "name": "Order",
        "fields": [{"fieldName": "total", "type": "decimal"}]}"#;
    fs::write(artifacts.join("ent-1.json"), artifact).context("cannot write an artifact")?;
    let package = folder.join("package.zip");
    let status = Command::new(binary)
        .arg("pack")
        .arg(&artifacts)
        .arg("--output")
        .arg(&package)
        .args([
            "--name",
            "Client test",
            "--version",
            "1.0.0",
            "--type",
            "app-package",
        ])
        .status()
        .context("cannot start the command")?;
    if !status.success() {
        bail!("packing the package for the clients failed");
    }
    Ok(package)
}
