//! `installhub admin`.

use installhub_access::AccessError;
use serde_json::json;

use super::opened;
use crate::cli::{AdminArgs, AdminCommand, BootstrapArgs, GlobalArgs, OutputFormat, ResealArgs};
use crate::commands::typed;
use crate::failure::{Failure, Outcome};
use crate::output;

pub(in crate::commands) async fn run(
    global: &GlobalArgs,
    arguments: &AdminArgs,
) -> Result<Outcome, Failure> {
    match &arguments.command {
        AdminCommand::Bootstrap(arguments) => bootstrap(global, arguments).await,
        AdminCommand::Reseal(arguments) => reseal(global, arguments).await,
    }
}

async fn bootstrap(global: &GlobalArgs, arguments: &BootstrapArgs) -> Result<Outcome, Failure> {
    let service = opened::open_current(global, &arguments.settings).await?;
    let prompt = format!("A new password for {}: ", arguments.email);
    let password = typed::password(&prompt, arguments.password_stdin)?;
    let made = service.access.bootstrap(&arguments.email, &password).await;
    let user = made.map_err(|error| refused(&error))?;
    match arguments.output.format {
        OutputFormat::Json => {
            output::json(&json!({ "id": user.id, "email": user.email.as_str() }))?;
        }
        OutputFormat::Human => output::line(&format!(
            "{} administers this installation now; sign in with: installhub login URL --email {0}",
            user.email.as_str()
        ))?,
    }
    Ok(Outcome::Done)
}

fn refused(error: &AccessError) -> Failure {
    let mut failure = Failure::from_error("CannotBootstrap", error);
    match error {
        AccessError::Invalid(fields) => {
            let said = fields
                .iter()
                .map(|field| format!("{}: {}", field.field, field.message));
            failure.causes.extend(said);
            failure
        }
        AccessError::Conflict(_) => {
            failure.help("this works once; administrators make further users over the admin API")
        }
        _ => failure,
    }
}

async fn reseal(global: &GlobalArgs, arguments: &ResealArgs) -> Result<Outcome, Failure> {
    let service = opened::open(global, &arguments.settings)?;
    let sealed = service
        .reseal(&opened::across()?)
        .await
        .map_err(|error| opened::unusable(&error))?;
    match arguments.output.format {
        OutputFormat::Json => output::json(&sealed)?,
        OutputFormat::Human => output::line(&format!(
            "sealed with the key '{}' now: {}; opened by no key of keys.sealing: {}",
            sealed.key, sealed.resealed, sealed.unreadable
        ))?,
    }
    Ok(match sealed.unreadable {
        0 => Outcome::Done,
        _ => Outcome::Findings,
    })
}
