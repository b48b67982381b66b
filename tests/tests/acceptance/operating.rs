//! Running the service and looking after it, as its operator does.

mod audit;
mod backups;
mod databases;
mod settings;

use std::path::Path;

use installhub_acceptance::{Command, Sandbox};

/// What people type as a password.
const PASSWORD: &str = "correct horse battery staple";

/// A command of the operator of the server in this home.
fn operator(sandbox: &Sandbox, home: &Path, words: &[&str]) -> Command {
    sandbox.bare().args(words).flag("--home", home)
}

/// The first administrator, with a password on standard input.
fn bootstrap(sandbox: &Sandbox, home: &Path, email: &str) -> installhub_acceptance::Answer {
    operator(sandbox, home, &["admin", "bootstrap", "--password-stdin"])
        .flag("--email", email)
        .json_format()
        .run_with_input(PASSWORD)
}
