//! `installhub admin bootstrap`.

use serde_json::json;

use super::opened;
use crate::cli::{AdminArgs, AdminCommand, GlobalArgs, OutputFormat};
use crate::commands::typed;
use crate::failure::{Failure, Outcome};
use crate::output;

pub(in crate::commands) async fn run(
    global: &GlobalArgs,
    arguments: &AdminArgs,
) -> Result<Outcome, Failure> {
    let AdminCommand::Bootstrap(arguments) = &arguments.command;
    let service = opened::open_current(global, &arguments.settings).await?;
    let prompt = format!("A new password for {}: ", arguments.email);
    let password = typed::password(&prompt, arguments.password_stdin)?;
    let user = service
        .access
        .bootstrap(&arguments.email, &password)
        .await
        .map_err(|error| Failure::from_error("CannotBootstrap", &error))?;
    match arguments.output.format {
        OutputFormat::Json => {
            output::json(&json!({ "id": user.id, "email": user.email.as_str() }))?
        }
        OutputFormat::Human => output::line(&format!(
            "{} administers this installation now; sign in with: installhub login URL --email {0}",
            user.email.as_str()
        ))?,
    }
    Ok(Outcome::Done)
}
