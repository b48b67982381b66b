//! Calls from pages of other origins: allowed to those that the operator lists, and to no other.

use poem::http::StatusCode;
use poem::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_METHOD, HeaderValue, ORIGIN, VARY,
};
use poem::{Request, Response};

const METHODS: &str = "GET, POST, PUT, PATCH, DELETE";
const HEADERS: &str = "authorization, content-type, idempotency-key, if-match, last-event-id, upload-offset, x-csrf-token, x-request-id";
const EXPOSED: &str = "etag, location, retry-after, idempotency-replayed, upload-offset, upload-length, x-request-id, content-disposition";

/// The origin of the calling page, if the operator lists it.
pub(super) fn origin(request: &Request, listed: &[String]) -> Option<HeaderValue> {
    let origin = request.headers().get(ORIGIN)?;
    listed
        .iter()
        .any(|one| one.as_bytes() == origin.as_bytes())
        .then(|| origin.clone())
}

/// The answer to a browser that asks before it calls.
pub(super) fn preflight(request: &Request) -> Response {
    let answer = Response::builder().status(StatusCode::NO_CONTENT);
    if !request
        .headers()
        .contains_key(ACCESS_CONTROL_REQUEST_METHOD)
    {
        return answer.finish();
    }
    answer
        .header(ACCESS_CONTROL_ALLOW_METHODS, METHODS)
        .header(ACCESS_CONTROL_ALLOW_HEADERS, HEADERS)
        .header(ACCESS_CONTROL_MAX_AGE, "600")
        .finish()
}

/// Lets the page read the answer.
pub(super) fn allow(answer: &mut Response, origin: HeaderValue) {
    let headers = answer.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(
        ACCESS_CONTROL_ALLOW_CREDENTIALS,
        HeaderValue::from_static("true"),
    );
    headers.insert(
        ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static(EXPOSED),
    );
    headers.append(VARY, HeaderValue::from_static("origin"));
}
