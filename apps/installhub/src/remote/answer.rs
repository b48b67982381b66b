//! What a server answers when it does not do what was asked, and what to tell the user then.

use std::time::Duration;

use reqwest::StatusCode;
use serde::Deserialize;

use super::ServerUrl;
use super::views::Finding;
use crate::failure::Failure;

/// The envelope of every error.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    message: String,
    #[serde(default)]
    errors: Vec<Finding>,
    #[serde(default)]
    request_id: String,
}

/// A server's refusal.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    pub status: StatusCode,
    pub message: String,
    pub findings: Vec<Finding>,
    /// Under which the server's log has more.
    pub request: String,
    /// When to try again.
    pub retry_after: Option<Duration>,
}

/// Why a server was not of use.
#[derive(Debug)]
pub(crate) enum RemoteError {
    /// No answer, or not all of it.
    Unreachable {
        server: ServerUrl,
        source: reqwest::Error,
    },
    /// An answer that says no.
    Refused {
        server: ServerUrl,
        refusal: Box<Refusal>,
    },
    /// An answer that makes no sense.
    Unreadable { server: ServerUrl, found: String },
    /// Something on this side.
    Local(Failure),
}

impl RemoteError {
    /// Whether trying again may help: the way to the server, or what lies behind it, is away.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { source, .. } => !source.is_builder() && !source.is_redirect(),
            Self::Refused { refusal, .. } => {
                refusal.status.is_server_error() || refusal.status == StatusCode::REQUEST_TIMEOUT
            }
            Self::Unreadable { .. } | Self::Local(_) => false,
        }
    }

    /// The status of a refusal.
    pub(crate) fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Refused { refusal, .. } => Some(refusal.status),
            _ => None,
        }
    }
}

impl Refusal {
    /// Reads an answer whose status is not one of success.
    pub(super) async fn read(server: &ServerUrl, answer: reqwest::Response) -> RemoteError {
        let status = answer.status();
        let retry_after = retry_after(&answer);
        let text = bounded_text(answer).await;
        let server = server.clone();
        match serde_json::from_str::<Envelope>(&text) {
            Ok(envelope) => RemoteError::Refused {
                server,
                refusal: Box::new(Self {
                    status,
                    message: envelope.message,
                    findings: envelope.errors,
                    request: envelope.request_id,
                    retry_after,
                }),
            },
            // A gateway before the server answers in words of its own.
            Err(_) if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
                RemoteError::Refused {
                    server,
                    refusal: Box::new(Self {
                        status,
                        message: format!(
                            "something before the server answered with status {status}"
                        ),
                        findings: Vec::new(),
                        request: String::new(),
                        retry_after,
                    }),
                }
            }
            Err(_) => RemoteError::Unreadable {
                server,
                found: format!("status {status} without an explanation"),
            },
        }
    }

    fn failure(&self, server: &ServerUrl) -> Failure {
        let failure = match self.status {
            StatusCode::UNAUTHORIZED => {
                Failure::new("NotSignedIn", format!("{server} does not accept the token: {}", self.message))
                    .help(format!("it may be expired or revoked; sign in again: installhub login {server}"))
            }
            StatusCode::FORBIDDEN => Failure::new("NotPermitted", format!("{server}: {}", self.message)).help(
                "ask an administrator of your tenant for the permission, or take a token that has it",
            ),
            StatusCode::NOT_FOUND => Failure::new("NotFound", format!("{server}: {}", self.message)),
            StatusCode::CONFLICT => Failure::new("Conflict", format!("{server}: {}", self.message)),
            StatusCode::PAYLOAD_TOO_LARGE => {
                Failure::new("TooLarge", format!("{server}: {}", self.message))
            }
            StatusCode::TOO_MANY_REQUESTS => {
                let failure = Failure::new("TooManyRequests", format!("{server}: {}", self.message));
                match self.retry_after {
                    Some(wait) => failure.help(format!("try again in {} s", wait.as_secs())),
                    None => failure.help("try again later"),
                }
            }
            status if status.is_server_error() => {
                let failure = Failure::new("ServerFailed", format!("{server}: {}", self.message));
                if self.request.is_empty() {
                    failure.help("try again later")
                } else {
                    failure.help(format!(
                        "try again later; its operator finds more under request {}",
                        self.request
                    ))
                }
            }
            _ => Failure::new("Refused", format!("{server}: {}", self.message)),
        };
        self.findings.iter().fold(failure, |mut failure, finding| {
            failure.causes.push(finding.message.clone());
            failure
        })
    }
}

impl From<RemoteError> for Failure {
    fn from(error: RemoteError) -> Self {
        match error {
            RemoteError::Unreachable { server, source } => {
                Self::new("ServerUnreachable", format!("no answer from {server}"))
                    .because(&source.without_url())
                    .help("check the address, the network, and that the server runs")
            }
            RemoteError::Refused { server, refusal } => refusal.failure(&server),
            RemoteError::Unreadable { server, found } => Self::new(
                "UnexpectedAnswer",
                format!("{server} does not answer like an InstallHub server: {found}"),
            )
            .help("check the address; a proxy may have answered in its place"),
            RemoteError::Local(failure) => failure,
        }
    }
}

impl From<Failure> for RemoteError {
    fn from(failure: Failure) -> Self {
        Self::Local(failure)
    }
}

/// `Retry-After` in seconds; a date, which our servers never send, counts as none.
fn retry_after(answer: &reqwest::Response) -> Option<Duration> {
    let value = answer.headers().get(reqwest::header::RETRY_AFTER)?;
    value
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()
        .map(Duration::from_secs)
}

/// The first mebibyte of a body: no error is longer.
async fn bounded_text(mut answer: reqwest::Response) -> String {
    const MOST: usize = 1024 * 1024;
    let mut bytes = Vec::new();
    while bytes.len() < MOST
        && let Ok(Some(piece)) = answer.chunk().await
    {
        bytes.extend_from_slice(&piece[..piece.len().min(MOST - bytes.len())]);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
