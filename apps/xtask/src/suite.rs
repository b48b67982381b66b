//! `cargo xtask test`: the one command that runs every test.

use std::path::Path;
use std::process::{Command, ExitCode, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::Args;

use crate::tools;
use crate::workspace::{APP, Metadata, Profile, build, cargo};

/// Where tests that drive the command from outside find it.
const BINARY_VARIABLE: &str = "INSTALLHUB_BIN";

/// What to run; everything, if nothing is said.
#[derive(Debug, Default, Args)]
pub(crate) struct TestArgs {
    /// Only the tests of this package; may be repeated
    #[arg(short, long = "package", value_name = "PACKAGE")]
    packages: Vec<String>,
    /// Only tests whose name contains this; may be repeated
    #[arg(value_name = "FILTER")]
    filters: Vec<String>,
    /// Passed on to `cargo nextest run` as it is, or to `cargo test` where that is not installed
    #[arg(last = true, value_name = "ARGS")]
    passed_on: Vec<String>,
}

/// One command, and how it went.
struct Step {
    name: &'static str,
    took: Duration,
    status: ExitStatus,
}

/// Checks for tools, builds the command, and runs the tests. The exit code is that of the first step that failed.
pub(crate) fn run(args: &TestArgs) -> anyhow::Result<ExitCode> {
    tools::require(tools::FOR_TESTS)?;
    let start = Instant::now();
    let binary = build(APP, Profile::Dev)?;
    println!("build: {}", seconds(start.elapsed()));
    start_services()?;

    let (name, tests) = if has_nextest() {
        ("tests", nextest(args))
    } else {
        println!(
            "cargo-nextest is not installed: running `cargo test`, one test program at a time"
        );
        ("tests", cargo_test(args))
    };
    let mut steps = vec![step(name, tests, &binary)?];
    if let Some(doctests) = doctests(args)? {
        steps.push(step("documentation", doctests, &binary)?);
    }

    println!();
    for step in &steps {
        println!("{}: {}, {}", step.name, seconds(step.took), verdict(step));
    }
    println!("all in {}", seconds(start.elapsed()));
    let failed = steps.iter().find(|step| !step.status.success());
    Ok(failed.map_or(ExitCode::SUCCESS, |step| forwarded(step.status)))
}

/// Starts the PostgreSQL server that tests share, so that a missing one is said before anything else. It goes on running for
/// the next time; `cargo run -p installhub-test-services -- stop` ends it. The S3 server lives in the tests themselves.
fn start_services() -> anyhow::Result<()> {
    let status = cargo()
        .args(["run", "--quiet", "--locked"])
        .args(["--package", "installhub-test-services", "--", "start"])
        .stdout(Stdio::null())
        .status()
        .context("cannot start cargo")?;
    anyhow::ensure!(status.success(), "PostgreSQL for the tests does not run");
    Ok(())
}

fn has_nextest() -> bool {
    cargo()
        .args(["nextest", "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn nextest(args: &TestArgs) -> Command {
    let mut command = cargo();
    command.args(["nextest", "run", "--locked"]);
    select(&mut command, args);
    command.args(&args.passed_on).args(&args.filters);
    command
}

/// Everything but documentation.
fn cargo_test(args: &TestArgs) -> Command {
    let mut command = cargo();
    command.args([
        "test",
        "--locked",
        "--no-fail-fast",
        "--tests",
        "--examples",
    ]);
    select(&mut command, args);
    command.args(&args.passed_on).arg("--").args(&args.filters);
    command
}

/// The code in documentation, which nextest does not run; none if no chosen package has a library.
fn doctests(args: &TestArgs) -> anyhow::Result<Option<Command>> {
    let mut command = cargo();
    command.args(["test", "--doc", "--locked", "--no-fail-fast"]);
    if args.packages.is_empty() {
        command.arg("--workspace");
    } else {
        let members = Metadata::read()?;
        let mut libraries = args
            .packages
            .iter()
            .filter(|name| members.has_library(name));
        let Some(first) = libraries.next() else {
            return Ok(None);
        };
        for library in std::iter::once(first).chain(libraries) {
            command.args(["--package", library]);
        }
    }
    command.arg("--").args(&args.filters);
    Ok(Some(command))
}

fn select(command: &mut Command, args: &TestArgs) {
    if args.packages.is_empty() {
        command.arg("--workspace");
    }
    for package in &args.packages {
        command.args(["--package", package]);
    }
}

fn step(name: &'static str, mut command: Command, binary: &Path) -> anyhow::Result<Step> {
    println!("\n== {name}");
    let start = Instant::now();
    let status = command
        .env(BINARY_VARIABLE, binary)
        .status()
        .context("cannot start cargo")?;
    Ok(Step {
        name,
        took: start.elapsed(),
        status,
    })
}

fn verdict(step: &Step) -> &'static str {
    if step.status.success() {
        "passed"
    } else {
        "FAILED"
    }
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}

/// The same exit code; that of a process ended by a signal becomes 1.
fn forwarded(status: ExitStatus) -> ExitCode {
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    ExitCode::from(code.filter(|code| *code != 0).unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(command: &Command) -> Vec<String> {
        let words = command.get_args().map(|word| word.to_string_lossy());
        words.map(std::borrow::Cow::into_owned).collect()
    }

    fn args(packages: &[&str], filters: &[&str], passed_on: &[&str]) -> TestArgs {
        let owned = |texts: &[&str]| texts.iter().map(ToString::to_string).collect();
        TestArgs {
            packages: owned(packages),
            filters: owned(filters),
            passed_on: owned(passed_on),
        }
    }

    #[test]
    fn without_arguments_the_whole_workspace_runs() {
        let all = TestArgs::default();
        assert_eq!(
            words(&nextest(&all)),
            ["nextest", "run", "--locked", "--workspace"]
        );
        let fallback = words(&cargo_test(&all));
        assert!(fallback.contains(&"--workspace".to_owned()));
        assert!(!fallback.contains(&"--doc".to_owned()));
        let doctests = doctests(&all).expect("no package to look up").expect("all");
        assert!(words(&doctests).contains(&"--workspace".to_owned()));
    }

    #[test]
    fn packages_filters_and_further_arguments_reach_the_runner() {
        let some = args(&["xtask"], &["median", "ratio"], &["--no-capture"]);
        assert_eq!(
            words(&nextest(&some))[3..],
            ["--package", "xtask", "--no-capture", "median", "ratio"]
        );
        assert!(words(&cargo_test(&some)).ends_with(&[
            "--package".to_owned(),
            "xtask".to_owned(),
            "--no-capture".to_owned(),
            "--".to_owned(),
            "median".to_owned(),
            "ratio".to_owned(),
        ]));
    }

    #[test]
    fn a_package_without_a_library_has_no_documentation_to_test() {
        let tool = args(&["xtask"], &[], &[]);
        assert!(doctests(&tool).expect("cargo answers").is_none());
        let library = args(&["xtask", "installhub-checksum"], &[], &[]);
        let command = doctests(&library)
            .expect("cargo answers")
            .expect("a library");
        assert!(words(&command).contains(&"installhub-checksum".to_owned()));
        assert!(!words(&command).contains(&"xtask".to_owned()));
    }

    #[test]
    fn exit_codes_are_forwarded_and_never_become_success() {
        let status = |script: &str| Command::new("sh").args(["-c", script]).status();
        let forwarded = |script| format!("{:?}", forwarded(status(script).expect("sh runs")));
        assert_eq!(forwarded("exit 100"), format!("{:?}", ExitCode::from(100)));
        assert_eq!(forwarded("kill -9 $$"), format!("{:?}", ExitCode::from(1)));
    }
}
