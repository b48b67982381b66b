//! What is printed when a command cannot run: what was attempted, what was found, what to do.

use std::error::Error;
use std::fmt::Write as _;

use serde::Serialize;

use crate::cli::OutputFormat;

/// How a command that ran has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Exit code 0.
    Done,
    /// Exit code 1: it ran, and there is something to look at.
    Findings,
}

/// Why a command could not run. Exit code 2.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Failure {
    /// A stable word for programs.
    pub error: &'static str,
    /// What was attempted and what was found.
    pub message: String,
    /// What lies beneath, outermost first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<String>,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

impl Failure {
    pub(crate) fn new(error: &'static str, message: impl Into<String>) -> Self {
        Self {
            error,
            message: message.into(),
            causes: Vec::new(),
            help: None,
        }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds an error and everything beneath it.
    pub(crate) fn because(mut self, error: &dyn Error) -> Self {
        let mut next = Some(error);
        while let Some(error) = next {
            let text = error.to_string();
            if self.causes.last() != Some(&text) && self.message != text {
                self.causes.push(text);
            }
            next = error.source();
        }
        self
    }

    /// The error itself as the message, and what lies beneath it as causes.
    pub(crate) fn from_error(code: &'static str, error: &dyn Error) -> Self {
        let failure = Self::new(code, error.to_string());
        match error.source() {
            Some(source) => failure.because(source),
            None => failure,
        }
    }

    /// Prints it to the error stream.
    pub(crate) fn print(&self, format: OutputFormat) {
        let text = match format {
            OutputFormat::Json => {
                serde_json::to_string(self).unwrap_or_else(|_| self.message.clone())
            }
            OutputFormat::Human => self.human(),
        };
        anstream::eprintln!("{text}");
    }

    fn human(&self) -> String {
        let (red, reset) = (anstyle::AnsiColor::Red.on_default().bold(), anstyle::Reset);
        let mut text = format!("{red}error{reset}: {}", self.message);
        for cause in &self.causes {
            let _ = write!(text, "\n  because {cause}");
        }
        if let Some(help) = &self.help {
            let _ = write!(text, "\n  {help}");
        }
        text
    }
}
