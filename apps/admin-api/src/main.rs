//! The admin API as a process of its own; settings from the file in `INSTALLHUB_CONFIG`, the environment and `--set`.

use std::process::ExitCode;

use installhub_bootstrap::{Api, run_process};

fn main() -> ExitCode {
    run_process("installhub-admin-api", &[Api::Admin])
}
