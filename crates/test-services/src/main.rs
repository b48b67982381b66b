//! Starts, finds and stops the PostgreSQL server that tests share: `start`, `url`, `stop`.

use std::io::Write as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    let command = std::env::args().nth(1).unwrap_or_default();
    let said = match command.as_str() {
        "start" | "url" => installhub_test_services::start_postgres(),
        "stop" => installhub_test_services::stop_postgres().map(|()| "stopped".to_owned()),
        other => Err(format!(
            "'{other}' is no command: expected start, url or stop"
        )),
    };
    match said {
        Ok(text) => {
            writeln!(std::io::stdout(), "{text}").ok();
            ExitCode::SUCCESS
        }
        Err(why) => {
            writeln!(std::io::stderr(), "{why}").ok();
            ExitCode::FAILURE
        }
    }
}
