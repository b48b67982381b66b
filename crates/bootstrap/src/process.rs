//! A process that is nothing but a service.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::environment;
use crate::service::{Api, Service, Serving, stop_signal};
use crate::settings::Layers;
use crate::telemetry::Telemetry;

/// Runs the APIs, and the worker that `jobs.workers` asks for, until the process is told to stop.
///
/// Settings come from the file in `INSTALLHUB_CONFIG`, the environment, and `--set section.key=value` among the arguments; the
/// home folder from `INSTALLHUB_HOME`. What is wrong is said on the error stream, with exit code 2.
pub fn run_process(name: &'static str, apis: &[Api]) -> ExitCode {
    match run(name, apis) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(name, error.as_ref());
            ExitCode::from(2)
        }
    }
}

fn run(name: &'static str, apis: &[Api]) -> Result<(), Box<dyn std::error::Error>> {
    let variables = environment::variables();
    let home = match variables.get("INSTALLHUB_HOME") {
        Some(home) => PathBuf::from(home),
        None => environment::default_home()
            .ok_or("this system names no folder for data: set INSTALLHUB_HOME")?,
    };
    let layers = Layers {
        file: variables.get("INSTALLHUB_CONFIG").map(PathBuf::from),
        optional_file: Some(home.join("installhub.toml")),
        environment: variables,
        flags: flags(std::env::args().skip(1))?,
    };
    let (settings, shown) = layers.read()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let telemetry = Telemetry::begin(&settings.telemetry, name)?;
        let service = Service::open(settings, shown, &home)?;
        service.migrate().await?;
        let serving = Serving::begin(service, apis, &telemetry).await?;
        serving.until(stop_signal()).await?;
        telemetry.end();
        Ok(())
    })
}

/// What follows each `--set`.
fn flags(mut arguments: impl Iterator<Item = String>) -> Result<Vec<String>, String> {
    let mut flags = Vec::new();
    while let Some(argument) = arguments.next() {
        match (argument.as_str(), arguments.next()) {
            ("--set", Some(flag)) => flags.push(flag),
            _ => {
                return Err(format!(
                    "'{argument}' is not understood: expected --set section.key=value"
                ));
            }
        }
    }
    Ok(flags)
}

#[expect(
    clippy::print_stderr,
    reason = "there may be no log yet, and somebody has to be told"
)]
fn say(name: &str, error: &dyn std::error::Error) {
    eprintln!("{name}: {error}");
    let mut next = error.source();
    while let Some(cause) = next {
        eprintln!("  because {cause}");
        next = cause.source();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_settings_are_taken() {
        let read = |arguments: &[&str]| flags(arguments.iter().map(ToString::to_string));
        assert_eq!(
            read(&["--set", "a.b=1", "--set", "c.d=2"]),
            Ok(vec!["a.b=1".to_owned(), "c.d=2".to_owned()])
        );
        assert!(read(&["--set"]).is_err());
        assert!(read(&["--port", "1"]).is_err());
    }
}
