//! `installhub logout`.

use reqwest::StatusCode;
use serde_json::json;

use crate::cli::{GlobalArgs, LogoutArgs, OutputFormat};
use crate::failure::{Failure, Outcome};
use crate::output;
use crate::remote::{Authority, Client, Credentials, RemoteError};

pub(in crate::commands) async fn run(
    global: &GlobalArgs,
    arguments: &LogoutArgs,
) -> Result<Outcome, Failure> {
    let mut credentials = Credentials::read(&crate::commands::home::folder(global)?)?;
    let (server, entry) = credentials.find(arguments.url.as_deref())?;
    let client = Client::new(server.clone(), Authority::Token(entry.token.clone()))?;
    let revoked = match &entry.token_id {
        Some(id) if !arguments.forget => revoke(&client, id).await?,
        _ => false,
    };
    credentials.forget(&server)?;
    match arguments.output.format {
        OutputFormat::Json => {
            output::json(&json!({ "server": server.to_string(), "revoked": revoked }))?;
        }
        OutputFormat::Human => {
            output::line(&format!("signed out of {server}"))?;
            if !revoked {
                output::remark(
                    "the token was only removed here; on the server it lasts until it is revoked there",
                );
            }
        }
    }
    Ok(Outcome::Done)
}

/// Ends the token. One that the server does not accept any more has ended.
async fn revoke(client: &Client, id: &str) -> Result<bool, Failure> {
    match client.delete(&["tokens", id]).await {
        Ok(()) => Ok(true),
        Err(error)
            if matches!(
                error.status(),
                Some(StatusCode::UNAUTHORIZED | StatusCode::NOT_FOUND)
            ) =>
        {
            Ok(true)
        }
        Err(error @ RemoteError::Unreachable { .. }) => Err(Failure::from(error)
            .help("sign out when the server is back, or only remove the token here: installhub logout --forget")),
        Err(error) => Err(error.into()),
    }
}
