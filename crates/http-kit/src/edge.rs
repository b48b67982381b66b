//! What happens to every request, whichever API it is for, before and after its handler.
//!
//! In this order: request id and span; the operation is looked up; cross-origin preflights are answered; the address is
//! counted; whoever calls is asked for, and the permission that the table of operations names; user and tenant are counted;
//! the body is put under guard; a repeated request is answered from memory; the handler runs against the clock; whatever
//! came of it is put into the envelope, compressed, given headers, counted and logged.

mod admission;
mod body;
mod compression;
mod cors;
mod headers;
mod idempotent;
mod record;
mod seen;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::FutureExt as _;
use poem::endpoint::BoxEndpoint;
use poem::http::Method;
use poem::http::header::{ALLOW, HeaderValue};
use poem::{Endpoint, Request, Response};
use tracing::Instrument as _;

use crate::error::{ApiError, ErrorCode};
use crate::kit::Kit;
use crate::limits::Limits;
use crate::operation::Operations;

pub use seen::ClientAddress;
use seen::Seen;

/// The service as one endpoint.
#[derive(Clone)]
pub(crate) struct Edge(Arc<Inner>);

pub(crate) struct Inner {
    kit: Kit,
    limits: Limits,
    operations: Operations,
    routes: BoxEndpoint<'static, Response>,
}

impl Edge {
    pub(crate) fn new(
        kit: Kit,
        operations: Operations,
        routes: BoxEndpoint<'static, Response>,
    ) -> Self {
        let limits = Limits::new(&kit.settings);
        Self(Arc::new(Inner {
            kit,
            limits,
            operations,
            routes,
        }))
    }
}

impl Endpoint for Edge {
    type Output = Response;

    async fn call(&self, mut request: Request) -> poem::Result<Response> {
        let seen = Seen::note(&mut request, &self.0.kit, &self.0.operations);
        let span = seen.span(&request);
        let settings = &self.0.kit.settings;
        let cross = cors::origin(&request, &settings.cors_origins);
        let gzip = compression::wanted(&request);
        let mut answer = if cross.is_some() && request.method() == Method::OPTIONS {
            cors::preflight(&request)
        } else {
            self.answer(request, &seen).instrument(span.clone()).await
        };
        if gzip {
            answer = compression::compress(answer).await;
        }
        headers::add(&mut answer, &seen, settings.secure_cookies);
        if let Some(origin) = cross {
            cors::allow(&mut answer, origin);
        }
        span.in_scope(|| record::finish(&seen, answer.status()));
        Ok(answer)
    }
}

impl Edge {
    async fn answer(&self, request: Request, seen: &Seen) -> Response {
        let path = request.uri().path().to_owned();
        let reading = Reading::of(&request);
        let done = AssertUnwindSafe(admission::admit(&self.0, request, seen))
            .catch_unwind()
            .await;
        let error = match done {
            Ok(Ok(answer)) => return answer,
            Ok(Err(error)) => error,
            Err(panic) => ApiError::internal(panic_text(panic.as_ref())),
        };
        let error = reading.judge(error);
        record::log(&error);
        let mut answer = error.answer(seen.request);
        if error.code() == ErrorCode::MethodNotAllowed
            && let Some(allowed) = self.0.operations.allowed(&path)
            && let Ok(value) = HeaderValue::try_from(allowed)
        {
            answer.headers_mut().insert(ALLOW, value);
        }
        answer
    }
}

/// Whether a request only reads, so that there is nothing but parameters to be at fault.
#[derive(Debug, Clone, Copy)]
struct Reading {
    reads: bool,
    with_cursor: bool,
}

impl Reading {
    fn of(request: &Request) -> Self {
        let query = request.uri().query().unwrap_or_default();
        Self {
            reads: matches!(*request.method(), Method::GET | Method::HEAD),
            with_cursor: query.split('&').any(|pair| pair.starts_with("cursor=")),
        }
    }

    /// Use cases do not know where their input comes from. Parameters that they refuse are a bad request; and a list can be
    /// at odds with nothing but the cursor.
    fn judge(self, error: ApiError) -> ApiError {
        match error.code() {
            ErrorCode::InvalidInput if self.reads => error.with_code(ErrorCode::BadRequest),
            ErrorCode::Conflict if self.reads && self.with_cursor => {
                ApiError::bad_parameter("cursor", error.message())
            }
            _ => error,
        }
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned());
    format!("a handler panicked: {}", text.unwrap_or_default())
}
