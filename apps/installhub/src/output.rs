//! Printing results: one stream for people and programs, progress on the other.

use std::io::{IsTerminal, Write};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use crate::cli::ColorWhen;
use crate::failure::Failure;

/// Decides once whether colours are printed.
pub(crate) fn choose_colors(when: ColorWhen) {
    match when {
        ColorWhen::Always => anstream::ColorChoice::Always.write_global(),
        ColorWhen::Never => anstream::ColorChoice::Never.write_global(),
        ColorWhen::Auto => anstream::ColorChoice::Auto.write_global(),
    }
}

/// Prints a line to the result stream. A reader that has gone away (`| head`) is no error.
pub(crate) fn line(text: &str) -> Result<(), Failure> {
    let mut out = anstream::AutoStream::auto(std::io::stdout().lock());
    written(writeln!(out, "{text}"))
}

/// Prints bytes as they are.
pub(crate) fn bytes(content: &[u8]) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    written(out.write_all(content).and_then(|()| out.flush()))
}

/// Prints one JSON value on one line.
pub(crate) fn json(value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string(value).map_err(|source| {
        Failure::new("CannotPrint", "cannot write the result as JSON").because(&source)
    })?;
    let mut out = std::io::stdout().lock();
    written(writeln!(out, "{text}"))
}

fn written(result: std::io::Result<()>) -> Result<(), Failure> {
    match result {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Failure::new(
            "CannotPrint",
            "cannot write the result to standard output",
        )
        .because(&error)),
        _ => Ok(()),
    }
}

/// Prints a remark to the error stream, where it does not disturb results.
pub(crate) fn remark(text: &str) {
    anstream::eprintln!("{text}");
}

/// Asks for a line on the error stream, and leaves the cursor behind the question.
pub(crate) fn prompt(text: &str) {
    anstream::eprint!("{text}");
    let _ = std::io::stderr().flush();
}

/// Emphasised, where colours are printed.
pub(crate) fn strong(text: &str) -> String {
    let (bold, reset) = (anstyle::Style::new().bold(), anstyle::Reset);
    format!("{bold}{text}{reset}")
}

/// In a colour, where colours are printed.
pub(crate) fn colored(color: anstyle::AnsiColor, text: &str) -> String {
    let (style, reset) = (color.on_default(), anstyle::Reset);
    format!("{style}{text}{reset}")
}

/// A progress bar that is not there when nobody looks at the error stream.
pub(crate) fn progress(message: &'static str) -> ProgressBar {
    let target = if std::io::stderr().is_terminal() {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let bar = ProgressBar::with_draw_target(None, target).with_message(message);
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {wide_bar} {pos}/{len}") {
        bar.set_style(style);
    }
    bar
}

/// Bytes for people.
pub(crate) fn human_bytes(count: u64) -> String {
    indicatif::HumanBytes(count).to_string()
}
