//! One module for each command.

mod completions;
mod description;
mod diff;
mod export;
mod graph;
mod home;
mod import;
mod imports;
mod inspect;
mod installed;
mod observe;
mod pack;
mod package_file;
mod plan_view;
mod remote;
mod rollback;
mod service;
mod strategies;
mod typed;
mod unpack;
mod validate;
mod written_file;

use crate::cli::{Cli, Command};
use crate::failure::{Failure, Outcome};

/// Runs the command.
pub(crate) async fn run(cli: Cli) -> Result<Outcome, Failure> {
    let global = cli.global;
    match cli.command {
        Command::Pack(arguments) => pack::run(arguments).await,
        Command::Unpack(arguments) => unpack::run(&arguments),
        Command::Export(arguments) => export::run(&global, arguments).await,
        Command::Validate(arguments) => validate::run(&arguments),
        Command::Inspect(arguments) => inspect::run(&arguments),
        Command::Graph(arguments) => graph::run(&arguments),
        Command::Diff(arguments) => diff::run(&arguments),
        Command::Import(arguments) => import::run(&global, arguments).await,
        Command::Imports(arguments) => imports::run(&global, &arguments).await,
        Command::Rollback(arguments) => rollback::run(&global, &arguments).await,
        Command::Login(arguments) => remote::login::run(&global, &arguments).await,
        Command::Logout(arguments) => remote::logout::run(&global, &arguments).await,
        Command::Packages(arguments) => remote::packages::run(&global, &arguments).await,
        Command::Upload(arguments) => remote::upload::run(&global, &arguments).await,
        Command::Download(arguments) => remote::download::run(&global, &arguments).await,
        Command::Artifacts(arguments) => remote::artifacts::run(&global, &arguments).await,
        Command::Jobs(arguments) => remote::jobs::run(&global, &arguments).await,
        Command::Serve(arguments) => service::serve::run(&global, &arguments).await,
        Command::Config(arguments) => service::config::run(&global, &arguments),
        Command::Migrate(arguments) => service::migrate::run(&global, &arguments).await,
        Command::Admin(arguments) => service::admin::run(&global, &arguments).await,
        Command::Audit(arguments) => service::audit::run(&global, &arguments).await,
        Command::Backup(arguments) => service::backup::run(&global, &arguments).await,
        Command::Health(arguments) => service::health::run(&global, &arguments).await,
        Command::Completions(arguments) => completions::run(&arguments),
    }
}
