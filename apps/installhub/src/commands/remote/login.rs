//! `installhub login`.

use std::io::{BufRead, IsTerminal};

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::cli::{GlobalArgs, LoginArgs, OutputFormat};
use crate::commands::description::session_actor;
use crate::commands::typed;
use crate::failure::{Failure, Outcome};
use crate::output;
use crate::remote::views::{IssuedToken, SignedIn};
use crate::remote::{Authority, Client, Credentials, Entry, RemoteError, ServerUrl};

pub(in crate::commands) async fn run(
    global: &GlobalArgs,
    arguments: &LoginArgs,
) -> Result<Outcome, Failure> {
    let server: ServerUrl = arguments.url.parse()?;
    let mut credentials = Credentials::read(&crate::commands::home::folder(global)?)?;
    if server.is_in_the_clear() {
        output::remark(&format!(
            "warning: everybody on the way to {server} can read the password and the token; use https"
        ));
    }
    let nobody = Client::new(server.clone(), Authority::Nobody)?;
    let entry = if arguments.token_stdin {
        with_token(&nobody, typed::from_stdin("token")?).await?
    } else {
        let email = email(arguments)?;
        let password = typed::password(
            &format!("Password of {email} on {server}: "),
            arguments.password_stdin,
        )?;
        with_password(&nobody, email, &password).await?
    };
    credentials.keep(&server, entry.clone())?;
    print(&server, &entry, arguments.output.format)?;
    Ok(Outcome::Done)
}

/// Takes a token as it is, once the server has accepted it.
async fn with_token(nobody: &Client, token: String) -> Result<Entry, Failure> {
    let client = nobody.acting(Authority::Token(token.clone()));
    let whose: Value = client
        .get(&["auth", "session"], &[])
        .await
        .map_err(|error| match error.status() {
            Some(StatusCode::UNAUTHORIZED) => Failure::new(
                "WrongCredentials",
                format!("{} does not accept the token", nobody.server()),
            )
            .help("it may be expired, revoked or incomplete: take a new one"),
            _ => error.into(),
        })?;
    Ok(Entry {
        token,
        token_id: None,
        user: whose["actor"].as_str().map(ToOwned::to_owned),
        expires_at: None,
    })
}

/// Signs in for as long as it takes to make a token.
async fn with_password(nobody: &Client, email: String, password: &str) -> Result<Entry, Failure> {
    let body = json!({ "email": email, "password": password });
    let answer = nobody
        .post_for_answer(&["auth", "sign-in"], &body)
        .await
        .map_err(|error| refused(nobody.server(), error))?;
    let cookie: Vec<String> = answer
        .cookies()
        .map(|cookie| format!("{}={}", cookie.name(), cookie.value()))
        .collect();
    let signed_in: SignedIn = nobody.json(answer).await?;
    let session = nobody.acting(Authority::Session {
        cookie: cookie.join("; "),
        csrf: signed_in.csrf_token,
    });
    let name = format!("installhub login of {}", session_actor()?);
    let issued = session
        .post::<IssuedToken>(&["tokens"], &json!({ "name": name }))
        .await;
    // The session has done its work, whatever came of the token. It ends by itself if this does not reach the server.
    let _ = session
        .post_for_answer(&["auth", "sign-out"], &json!({}))
        .await;
    let issued = issued?;
    Ok(Entry {
        token: issued.secret,
        token_id: Some(issued.token.id),
        user: Some(email),
        expires_at: issued.token.expires_at,
    })
}

/// A sign-in that was refused has reasons of its own.
fn refused(server: &ServerUrl, error: RemoteError) -> Failure {
    match error.status() {
        Some(StatusCode::UNAUTHORIZED) => Failure::new(
            "WrongCredentials",
            format!("{server} does not accept this e-mail with this password"),
        )
        .help("check both; after several failures the server asks to wait"),
        _ => error.into(),
    }
}

fn email(arguments: &LoginArgs) -> Result<String, Failure> {
    if let Some(email) = &arguments.email {
        return Ok(email.clone());
    }
    if !std::io::stdin().is_terminal() {
        return Err(
            Failure::new("MissingArgument", "nobody can be asked who signs in")
                .help("give --email ADDRESS with --password-stdin, or --token-stdin"),
        );
    }
    output::prompt("E-mail: ");
    let mut line = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut line)
        .map_err(|source| typed::unread("e-mail", &source))?;
    typed::not_empty("e-mail", line.trim().to_owned())
}

fn print(server: &ServerUrl, entry: &Entry, format: OutputFormat) -> Result<(), Failure> {
    match format {
        OutputFormat::Json => output::json(&json!({
            "server": server.to_string(),
            "user": entry.user,
            "tokenId": entry.token_id,
            "expiresAt": entry.expires_at,
        })),
        OutputFormat::Human => {
            let who = entry.user.as_deref().unwrap_or("the owner of the token");
            output::line(&format!("signed in to {server} as {who}"))?;
            if let Some(until) = &entry.expires_at {
                output::line(&format!("until {until}, or: installhub logout"))?;
            }
            Ok(())
        }
    }
}
