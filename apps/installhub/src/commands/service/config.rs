//! `installhub config show`.

use serde_json::{Value, json};

use super::opened;
use crate::cli::{ConfigArgs, ConfigCommand, GlobalArgs, OutputFormat};
use crate::failure::{Failure, Outcome};
use crate::output;

pub(in crate::commands) fn run(
    global: &GlobalArgs,
    arguments: &ConfigArgs,
) -> Result<Outcome, Failure> {
    let ConfigCommand::Show(arguments) = &arguments.command;
    let read = opened::read(global, &arguments.settings, &[])?;
    if arguments.output.format == OutputFormat::Json {
        output::json(&json!({ "home": read.home, "settings": read.shown }))?;
        return Ok(Outcome::Done);
    }
    output::line(&format!("# home: {}", read.home.display()))?;
    for setting in &read.shown {
        let value = match &setting.value {
            Value::Null => "(not set)".to_owned(),
            value => value.to_string(),
        };
        let origin = setting
            .origin
            .as_ref()
            .map_or_else(String::new, |origin| format!("   # from {origin}"));
        output::line(&format!("{} = {value}{origin}", setting.key))?;
    }
    Ok(Outcome::Done)
}
