//! `installhub completions`.

use clap::CommandFactory;

use crate::cli::{Cli, CompletionsArgs};
use crate::failure::{Failure, Outcome};
use crate::output;

pub(super) fn run(arguments: &CompletionsArgs) -> Result<Outcome, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(
        arguments.shell,
        &mut Cli::command(),
        "installhub",
        &mut script,
    );
    output::bytes(&script)?;
    Ok(Outcome::Done)
}
