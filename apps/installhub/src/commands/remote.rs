//! Commands that speak to a server.

pub(super) mod artifacts;
pub(super) mod download;
pub(super) mod jobs;
pub(super) mod login;
pub(super) mod logout;
pub(super) mod packages;
pub(super) mod upload;

use serde_json::json;

use super::home;
use crate::cli::{GlobalArgs, OutputFormat, RemoteArgs};
use crate::failure::Failure;
use crate::output;
use crate::remote::{List, RemoteError, Session, read};

/// Opens the server that a command is meant for.
fn session(global: &GlobalArgs, remote: &RemoteArgs) -> Result<Session, Failure> {
    Session::open(home::folder(global)?, global.patience(), remote.named())
}

/// Prints the beginning of a list: all that the server says for programs, a line each for people.
fn print_list<T: serde::de::DeserializeOwned>(
    session: &Session,
    list: &List,
    format: OutputFormat,
    line: impl Fn(&T) -> String,
) -> Result<(), RemoteError> {
    match format {
        OutputFormat::Json => {
            output::json(&json!({ "items": list.items, "more": list.more }))?;
        }
        OutputFormat::Human => {
            for item in &list.items {
                output::line(&line(&read(&session.client, item)?))?;
            }
            if list.items.is_empty() {
                output::remark("nothing to list");
            }
            if list.more {
                output::remark(&format!(
                    "only the first {} are shown; --limit N shows more",
                    list.items.len()
                ));
            }
        }
    }
    Ok(())
}
