//! The error that handlers return, and the envelope that clients read.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use installhub_kernel::RequestId;
use poem::error::ResponseError;
use poem::http::header;
use poem::{Body, Response};
use poem_openapi::registry::{MetaMediaType, MetaResponse, MetaResponses, Registry};
use poem_openapi::types::{ToJSON, Type};
use poem_openapi::{ApiResponse, Object};

use super::ErrorCode;

/// What the service answers when it does not do what was asked.
#[derive(Debug, Clone, Object)]
#[oai(rename = "Error", rename_all = "camelCase")]
pub struct ErrorBody {
    /// A stable code.
    pub error: String,
    /// What was found and what was expected, for a person.
    pub message: String,
    /// The parts of the request that are at fault, if they can be told apart.
    #[oai(skip_serializing_if_is_empty, default)]
    pub errors: Vec<ErrorDetail>,
    /// The id under which the service's log knows this request.
    pub request_id: String,
}

/// One fault of a request.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
#[oai(rename_all = "camelCase")]
pub struct ErrorDetail {
    /// Which layer of a package is at fault.
    #[oai(skip_serializing_if_is_none)]
    pub layer: Option<String>,
    /// A stable code of the fault.
    pub code: String,
    /// The field, parameter, header or member of the archive.
    #[oai(skip_serializing_if_is_none)]
    pub field: Option<String>,
    /// What was found and what was expected.
    pub message: String,
}

impl ErrorDetail {
    /// A fault of one field.
    pub fn field(field: impl Into<String>, code: &str, message: impl Into<String>) -> Self {
        Self {
            layer: None,
            code: code.to_owned(),
            field: Some(field.into()),
            message: message.into(),
        }
    }
}

/// Why a request is not done.
#[derive(Debug)]
pub struct ApiError {
    code: ErrorCode,
    message: String,
    details: Vec<ErrorDetail>,
    retry_after: Option<Duration>,
    cause: Option<Box<dyn Error + Send + Sync>>,
}

impl ApiError {
    /// An error with a message for the client: lower case, no trailing dot, what was found and what was expected.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            details: Vec::new(),
            retry_after: None,
            cause: None,
        }
    }

    /// There is no `what` with this id, or it is another tenant's.
    pub fn not_found(what: &str, id: impl fmt::Display) -> Self {
        Self::new(
            ErrorCode::NotFound,
            format!("there is no {what} with the id {id}"),
        )
    }

    /// A parameter or header that cannot be read.
    pub fn bad_parameter(name: &str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self::new(ErrorCode::BadRequest, format!("{name}: {message}")).with_detail(
            ErrorDetail::field(name, ErrorCode::BadRequest.as_str(), message),
        )
    }

    /// A field of the body with a value that this operation does not take.
    pub fn invalid_field(field: &str, code: &str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self::new(ErrorCode::InvalidInput, format!("{field}: {message}"))
            .with_detail(ErrorDetail::field(field, code, message))
    }

    /// A fault of the service itself: the client learns nothing, the log everything.
    pub fn internal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(
            ErrorCode::Internal,
            "the service failed; its log has the details under the request id",
        )
        .caused_by(cause)
    }

    /// Something behind the service is away.
    pub fn unavailable(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(
            ErrorCode::Unavailable,
            "the service cannot reach its database or object store; nothing was changed",
        )
        .retry_after(Duration::from_secs(5))
        .caused_by(cause)
    }

    /// Adds one fault.
    #[must_use]
    pub fn with_detail(mut self, detail: ErrorDetail) -> Self {
        self.details.push(detail);
        self
    }

    /// Adds faults.
    #[must_use]
    pub fn with_details(mut self, details: impl IntoIterator<Item = ErrorDetail>) -> Self {
        self.details.extend(details);
        self
    }

    /// The same under another code.
    #[must_use]
    pub(crate) fn with_code(mut self, code: ErrorCode) -> Self {
        self.code = code;
        self
    }

    /// Says when to try again; rounded up to whole seconds, at least one.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// Keeps the cause for the log.
    #[must_use]
    pub fn caused_by(mut self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// The code.
    pub fn code(&self) -> ErrorCode {
        self.code
    }

    /// The message for the client.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The chain of causes, outermost first, for the one line in the log.
    pub(crate) fn chain(&self) -> String {
        let mut chain = self.message.clone();
        let mut next = self
            .cause
            .as_deref()
            .map(|cause| cause as &(dyn Error + 'static));
        while let Some(cause) = next {
            chain.push_str(": ");
            chain.push_str(&cause.to_string());
            next = cause.source();
        }
        chain
    }

    /// The answer, with the envelope.
    pub(crate) fn answer(&self, request: RequestId) -> Response {
        self.render(request.to_string())
    }

    fn render(&self, request_id: String) -> Response {
        let body = ErrorBody {
            error: self.code.as_str().to_owned(),
            message: self.message.clone(),
            errors: self.details.clone(),
            request_id,
        };
        let mut answer = Response::builder()
            .status(self.code.status())
            .content_type("application/json");
        if let Some(wait) = self.retry_after {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            answer = answer.header(header::RETRY_AFTER, seconds.max(1));
        }
        if self.code.status() == poem::http::StatusCode::UNAUTHORIZED {
            answer = answer.header(header::WWW_AUTHENTICATE, "Bearer");
        }
        answer.body(Body::from_string(body.to_json_string()))
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for ApiError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause
            .as_deref()
            .map(|cause| cause as &(dyn Error + 'static))
    }
}

impl ResponseError for ApiError {
    fn status(&self) -> poem::http::StatusCode {
        self.code.status()
    }

    fn as_response(&self) -> Response {
        self.render(String::new())
    }
}

impl ApiResponse for ApiError {
    fn meta() -> MetaResponses {
        MetaResponses {
            responses: vec![MetaResponse {
                description: "What went wrong.",
                status: None,
                status_range: None,
                content: vec![MetaMediaType {
                    content_type: "application/json",
                    schema: ErrorBody::schema_ref(),
                }],
                headers: vec![],
            }],
        }
    }

    fn register(registry: &mut Registry) {
        ErrorBody::register(registry);
    }
}
