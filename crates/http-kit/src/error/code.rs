//! The list of codes. It only grows: a code that was given out keeps its meaning and its status.

use poem::http::StatusCode;

macro_rules! codes {
    ($($(#[$doc:meta])+ $name:ident = $text:literal, $status:ident, $about:literal;)+) => {
        /// Why a request was not done, as `error` in the answer. A code stands for exactly one status.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ErrorCode {
            $($(#[$doc])+ $name,)+
        }

        impl ErrorCode {
            /// All codes, in the order in which they came to be.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The code as written in answers.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// The status that comes with it.
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)+ }
            }

            /// One sentence for whoever meets the code.
            pub const fn about(self) -> &'static str {
                match self { $(Self::$name => $about,)+ }
            }
        }
    };
}

codes! {
    /// 400.
    BadRequest = "badRequest", BAD_REQUEST, "A parameter or header is missing or cannot be read; `errors` names it.";
    /// 400.
    InvalidJson = "invalidJson", BAD_REQUEST, "The body is not JSON; the message says where it ends to be.";
    /// 422.
    InvalidInput = "invalidInput", UNPROCESSABLE_ENTITY, "The body is JSON but not what this operation takes; `errors` names the fields.";
    /// 401.
    Unauthenticated = "unauthenticated", UNAUTHORIZED, "No credential was sent, or it is unknown, revoked or expired.";
    /// 401.
    WrongCredentials = "wrongCredentials", UNAUTHORIZED, "E-mail and password do not belong together.";
    /// 403.
    Forbidden = "forbidden", FORBIDDEN, "The caller is known but lacks the permission that the message names.";
    /// 403.
    CsrfMissing = "csrfMissing", FORBIDDEN, "A change with a session cookie needs the session's `X-CSRF-Token`.";
    /// 404.
    NotFound = "notFound", NOT_FOUND, "There is no such resource, or it belongs to somebody else.";
    /// 405.
    MethodNotAllowed = "methodNotAllowed", METHOD_NOT_ALLOWED, "The path is right and the method is not; `Allow` lists those that are.";
    /// 408.
    SlowBody = "slowBody", REQUEST_TIMEOUT, "The body came too slowly; nothing was changed.";
    /// 409.
    Conflict = "conflict", CONFLICT, "The state of the resource does not allow this now.";
    /// 409.
    InProgress = "inProgress", CONFLICT, "A request with the same `Idempotency-Key` is being done; try again after `Retry-After`.";
    /// 412.
    Stale = "stale", PRECONDITION_FAILED, "`If-Match` names another revision than the present one: read, merge, try again.";
    /// 413.
    PayloadTooLarge = "payloadTooLarge", PAYLOAD_TOO_LARGE, "The body is larger than this operation takes.";
    /// 415.
    UnsupportedMediaType = "unsupportedMediaType", UNSUPPORTED_MEDIA_TYPE, "The body's `Content-Type` or `Content-Encoding` is not one that this operation takes.";
    /// 422.
    Unprocessable = "unprocessable", UNPROCESSABLE_ENTITY, "The package was read and refused; `errors` holds every diagnostic.";
    /// 422.
    IdempotencyKeyReused = "idempotencyKeyReused", UNPROCESSABLE_ENTITY, "This `Idempotency-Key` came with another request before: take a new key.";
    /// 428.
    PreconditionRequired = "preconditionRequired", PRECONDITION_REQUIRED, "An edit needs `If-Match` with the revision that was read.";
    /// 429.
    TooManyRequests = "tooManyRequests", TOO_MANY_REQUESTS, "Too many requests of this caller, tenant or address; `Retry-After` says when.";
    /// 429.
    Throttled = "throttled", TOO_MANY_REQUESTS, "Too many failed sign-ins; `Retry-After` says when.";
    /// 500.
    Internal = "internal", INTERNAL_SERVER_ERROR, "A fault of the service; its log has the details under the request id.";
    /// 503.
    Unavailable = "unavailable", SERVICE_UNAVAILABLE, "The database or the object store cannot be reached; nothing was changed, try again after `Retry-After`.";
    /// 504.
    Timeout = "timeout", GATEWAY_TIMEOUT, "The service took longer than it allows itself; the request may or may not have been done.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_camel_case_and_stands_once() {
        let mut seen = Vec::new();
        for code in ErrorCode::ALL {
            let text = code.as_str();
            assert!(text.chars().all(char::is_alphanumeric), "{text}");
            assert!(text.starts_with(char::is_lowercase), "{text}");
            assert!(!seen.contains(&text), "{text}");
            assert!(code.status().is_client_error() || code.status().is_server_error());
            seen.push(text);
        }
    }

    #[test]
    fn the_design_page_lists_every_code() {
        let page = include_str!("../../../../docs/api-design.md");
        for code in ErrorCode::ALL {
            let row = format!(
                "| `{}` | {} | {} |",
                code.as_str(),
                code.status().as_u16(),
                code.about()
            );
            assert!(page.contains(&row), "docs/api-design.md lacks: {row}");
        }
    }
}
