//! Errors that the framework raises before a handler runs, put into the envelope's words.

use poem::error::{MethodNotAllowedError, NotFoundError, ParsePathError as RoutePathError};
use poem_openapi::error::{
    AuthorizationError, ContentTypeError, ParseParamError, ParsePathError, ParseRequestPayloadError,
};

use super::{ApiError, ErrorCode};

/// Why the service stopped reading a body. Whatever the reader made of it, this is what the client is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// More bytes came than the operation takes.
    TooLarge,
    /// The client sent too slowly.
    TooSlow,
}

impl From<Cut> for ApiError {
    fn from(cut: Cut) -> Self {
        match cut {
            Cut::TooLarge => Self::new(
                ErrorCode::PayloadTooLarge,
                "the body is larger than this operation takes",
            ),
            Cut::TooSlow => Self::new(
                ErrorCode::SlowBody,
                "the body came too slowly; the service has stopped to wait for it",
            ),
        }
    }
}

/// The error of a handler, or of the framework around it.
pub(crate) fn of_poem(error: poem::Error) -> ApiError {
    let error = match error.downcast::<ApiError>() {
        Ok(own) => return own,
        Err(other) => other,
    };
    if let Some(parse) = error.downcast_ref::<ParseRequestPayloadError>() {
        return of_payload(&parse.reason);
    }
    if let Some(parse) = error.downcast_ref::<ParseParamError>() {
        return ApiError::bad_parameter(parse.name, parse.reason.clone());
    }
    if let Some(parse) = error.downcast_ref::<ParsePathError>() {
        return ApiError::new(ErrorCode::BadRequest, format!("the path: {}", parse.reason));
    }
    if let Some(kind) = error.downcast_ref::<ContentTypeError>() {
        return ApiError::new(ErrorCode::UnsupportedMediaType, kind.to_string());
    }
    let plain = |code, message: &str| ApiError::new(code, message);
    if error.is::<NotFoundError>() {
        return plain(ErrorCode::NotFound, "there is nothing at this path");
    }
    if error.is::<MethodNotAllowedError>() {
        return plain(
            ErrorCode::MethodNotAllowed,
            "this path does not take this method",
        );
    }
    if error.is::<AuthorizationError>() {
        return plain(ErrorCode::Unauthenticated, "this operation needs a sign-in");
    }
    if error.is::<RoutePathError>() {
        return plain(ErrorCode::BadRequest, "the path cannot be read");
    }
    of_status(error)
}

/// JSON that is none tells a line and a column; JSON of the wrong shape does not.
fn of_payload(reason: &str) -> ApiError {
    if reason.contains(" at line ") {
        ApiError::new(
            ErrorCode::InvalidJson,
            format!("the body is not JSON: {reason}"),
        )
    } else {
        ApiError::new(ErrorCode::InvalidInput, first_lower(reason))
    }
}

fn of_status(error: poem::Error) -> ApiError {
    let status = error.status();
    let code = ErrorCode::ALL
        .iter()
        .copied()
        .find(|code| code.status() == status)
        .unwrap_or(ErrorCode::BadRequest);
    if status.is_server_error() {
        ApiError::internal(error)
    } else {
        ApiError::new(code, first_lower(&error.to_string()))
    }
}

fn first_lower(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(letters).collect()
    })
}
