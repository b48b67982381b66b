//! Judges packages, says what was found and how long it took.
//!
//! `judge_file PACKAGE…`

use std::error::Error;
use std::fs::File;
use std::time::Instant;

use installhub_package_format::{Limits, validate};

#[expect(clippy::print_stdout, reason = "an example shows its result")]
fn main() -> Result<(), Box<dyn Error>> {
    for path in std::env::args_os().skip(1) {
        let started = Instant::now();
        let report = validate(&File::open(&path)?, &Limits::default())?;
        let seconds = started.elapsed().as_secs_f64();
        let verdict = if report.is_valid() {
            "valid"
        } else {
            "refused"
        };
        println!(
            "{}: {verdict}, {} findings, {seconds:.3} s",
            path.display(),
            report.total
        );
        for finding in &report.diagnostics {
            println!("  {finding}");
        }
        for warning in &report.warnings {
            println!("  warning {}: {}", warning.code, warning.message);
        }
    }
    Ok(())
}
