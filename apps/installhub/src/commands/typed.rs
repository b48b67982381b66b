//! What people type, or pass on standard input, and nobody may see.

use std::io::{IsTerminal as _, Read as _};

use crate::failure::Failure;

/// No secret is longer.
const LONGEST: u64 = 4096;

/// A password: asked for, or all of standard input.
pub(super) fn password(prompt: &str, from_standard_input: bool) -> Result<String, Failure> {
    if from_standard_input {
        return from_stdin("password");
    }
    if !std::io::stdin().is_terminal() {
        return Err(
            Failure::new("MissingArgument", "nobody can be asked for the password")
                .help("give it on standard input with --password-stdin"),
        );
    }
    let password =
        rpassword::prompt_password(prompt).map_err(|source| unread("password", &source))?;
    not_empty("password", password)
}

/// All of standard input but the end of its line.
pub(super) fn from_stdin(what: &'static str) -> Result<String, Failure> {
    let mut text = String::new();
    std::io::stdin()
        .lock()
        .take(LONGEST)
        .read_to_string(&mut text)
        .map_err(|source| unread(what, &source))?;
    not_empty(what, text.trim_end_matches(['\r', '\n']).to_owned())
}

pub(super) fn not_empty(what: &str, text: String) -> Result<String, Failure> {
    if text.is_empty() {
        let message = format!("the {what} is empty");
        return Err(Failure::new("MissingArgument", message)
            .help("it is read from standard input, up to the end"));
    }
    Ok(text)
}

pub(super) fn unread(what: &str, source: &std::io::Error) -> Failure {
    Failure::new("CannotRead", format!("cannot read the {what}")).because(source)
}
