//! What remains of a request: one line in the log, one count, one duration.

use poem::http::StatusCode;

use super::seen::Seen;
use crate::error::ApiError;

/// The counter of requests, by operation and status.
const REQUESTS: &str = "installhub_http_requests_total";
/// The histogram of durations in seconds until the answer began, by operation.
const SECONDS: &str = "installhub_http_request_seconds";

/// Counts and logs a request whose answer is about to begin.
pub(super) fn finish(seen: &Seen, status: StatusCode) {
    let lasted = seen.started.elapsed();
    let operation = seen.name();
    metrics::counter!(REQUESTS, "operation" => operation, "status" => status.as_str().to_owned())
        .increment(1);
    metrics::histogram!(SECONDS, "operation" => operation).record(lasted.as_secs_f64());
    tracing::info!(
        status = status.as_u16(),
        seconds = lasted.as_secs_f64(),
        "answered"
    );
}

/// Logs why a request was not done: the chain of causes for faults of the service, one line for those of the client.
pub(super) fn log(error: &ApiError) {
    let code = error.code().as_str();
    if error.code().status().is_server_error() {
        tracing::error!(code, error = %error.chain(), "not done");
    } else {
        tracing::debug!(code, error = %error.chain(), "not done");
    }
}
