//! The library's requests, sent by the guarded client.

use installhub_connector_http::{GuardedClient, GuardedError, Redirects};
use openidconnect::{HttpRequest, HttpResponse};

/// Why a request of the library brought no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TransportError {
    /// The library made a request that the client does not understand.
    #[error("the request cannot be sent")]
    Request(#[source] reqwest::Error),
    /// The client got no answer.
    #[error(transparent)]
    Guarded(#[from] GuardedError),
}

/// Sends a request. Redirects are never followed: they are no part of the protocol, and would carry secrets elsewhere.
pub(crate) async fn send(
    client: GuardedClient,
    request: HttpRequest,
) -> Result<HttpResponse, TransportError> {
    let request = request.try_into().map_err(TransportError::Request)?;
    let answer = client.send(request, Redirects::Return).await?;
    let mut response = HttpResponse::new(answer.body.into());
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    Ok(response)
}
