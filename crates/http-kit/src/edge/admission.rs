//! The way of a request to its handler.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use installhub_access::Principal;
use poem::http::header::CONTENT_ENCODING;
use poem::{Body, Endpoint as _, Request, Response};
use tracing::Span;

use super::body::{self, Guard};
use super::{Inner, Seen, idempotent};
use crate::caller::{Caller, Shown, unauthenticated};
use crate::error::{ApiError, ErrorCode, of_poem};
use crate::operation::{BodyRule, Operation, Requirement};

/// How many bytes of a refused body are read, so that the client gets to read the answer.
const DRAINED: usize = 8 << 20;

/// Lets a request through to its handler, or says why not.
pub(super) async fn admit(
    inner: &Arc<Inner>,
    mut request: Request,
    seen: &Seen,
) -> Result<Response, ApiError> {
    let body = request.take_body();
    let known = match ask(inner, &request, seen).await {
        Ok(known) => known,
        Err(error) => {
            drain(body).await;
            return Err(error);
        }
    };
    let guard = Guard::default();
    request.set_body(body::guarded(body, &guard, &inner.kit.settings, rule(seen)));
    let Some(known) = known else {
        return run(inner, request, rule(seen), &guard).await;
    };
    request.set_data(Caller::admitted(
        known.caller.clone(),
        known.place,
        inner.kit.stopping.clone(),
    ));
    match idempotent::key(&request, known.operation)? {
        None => run(inner, request, rule(seen), &guard).await,
        Some(key) => {
            let repeated = idempotent::Repeatable {
                inner: Arc::clone(inner),
                operation: known.operation,
                shown: known.shown,
                caller: known.caller,
                key,
                guard,
            };
            repeated.answer(request).await
        }
    }
}

/// Who calls a closed operation.
struct Known {
    operation: Operation,
    shown: Shown,
    caller: Principal,
    place: Arc<crate::limits::Admitted>,
}

/// Everything that can be asked without the body; `None` for open operations and for paths that nobody knows.
async fn ask(inner: &Inner, request: &Request, seen: &Seen) -> Result<Option<Known>, ApiError> {
    inner.limits.admit_address(seen.address)?;
    body::refuse_by_headers(request, &inner.kit.settings, rule(seen))?;
    refuse_encoded(request)?;
    let Some(operation) = seen
        .operation
        .filter(|one| one.requirement != Requirement::Public)
    else {
        return Ok(None);
    };
    let shown = Shown::by(request).ok_or_else(unauthenticated)?;
    let caller = shown
        .authenticate(&inner.kit.access, &seen.method, seen.request)
        .await?;
    let span = Span::current();
    span.record("tenant", tracing::field::display(caller.tenant()));
    span.record("actor", caller.actor().as_str());
    let place = Arc::new(inner.limits.admit_caller(&caller)?);
    if let Some(permission) = operation.requirement.lacking(&caller) {
        return Err(installhub_access::Denied { permission }.into());
    }
    Ok(Some(Known {
        operation,
        shown,
        caller,
        place,
    }))
}

/// Bodies are taken as they are: a compressed one could be small here and huge inside.
fn refuse_encoded(request: &Request) -> Result<(), ApiError> {
    match request.headers().get(CONTENT_ENCODING) {
        Some(encoding) if encoding != "identity" => Err(ApiError::new(
            ErrorCode::UnsupportedMediaType,
            "the body has a Content-Encoding: expected none",
        )),
        _ => Ok(()),
    }
}

fn rule(seen: &Seen) -> BodyRule {
    seen.operation
        .map_or(BodyRule::Whole, |operation| operation.body)
}

/// Runs the handler against the clock. What cut a body short is told, whatever the handler made of it.
pub(super) async fn run(
    inner: &Inner,
    request: Request,
    rule: BodyRule,
    guard: &Guard,
) -> Result<Response, ApiError> {
    let handler = inner.routes.call(request);
    let done = match rule {
        BodyRule::Streamed => handler.await,
        BodyRule::Whole => {
            let limit = inner.kit.settings.request_timeout;
            tokio::time::timeout(limit, handler).await.map_err(|_| {
                ApiError::new(
                    ErrorCode::Timeout,
                    format!("the service gave up after {} seconds", limit.as_secs()),
                )
            })?
        }
    };
    done.map_err(|error| guard.cut().map_or_else(|| of_poem(error), ApiError::from))
}

/// Reads some of a body that nobody wants: who still sends when the connection closes may never see the answer.
async fn drain(body: Body) {
    if body.is_empty() {
        return;
    }
    let mut left = DRAINED;
    let mut pieces = std::pin::pin!(body.into_bytes_stream());
    let reading = async {
        while let Some(Ok(piece)) = pieces.next().await {
            left = left.saturating_sub(piece.len());
            if left == 0 {
                break;
            }
        }
    };
    // Whether it ended in time does not matter: the answer is given anyway.
    let _ = tokio::time::timeout(Duration::from_secs(2), reading).await;
}
