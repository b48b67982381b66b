//! Repeated requests: the first is done, the others get its answer.
//!
//! The request is told apart from others by a digest over credential, method, path and body, taken while the body streams
//! through. The credential is part of it so that nobody can guess short secrets in a body from what is kept. Only answers of
//! success are kept: a refused request changed nothing, and its key may be used again.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures::TryStreamExt as _;
use installhub_access::Principal;
use installhub_checksum::{Digest, Hasher};
use installhub_idempotency::{Claim, IdempotencyKey, KeptAnswer, RequestKey};
use installhub_kernel::TenantScope;
use poem::http::header::{CONTENT_TYPE, ETAG, LOCATION};
use poem::http::{HeaderName, StatusCode};
use poem::{Body, Request, Response};
use serde_json::Value;
use tracing::Instrument as _;

use super::body::Guard;
use super::{Inner, admission};
use crate::caller::Shown;
use crate::error::{ApiError, ErrorCode};
use crate::operation::Operation;

const KEY: &str = "Idempotency-Key";
const REPLAYED: &str = "idempotency-replayed";
const KEPT_HEADERS: [HeaderName; 3] = [CONTENT_TYPE, LOCATION, ETAG];

/// The key that came with a request for an operation that creates.
pub(super) fn key(
    request: &Request,
    operation: Operation,
) -> Result<Option<IdempotencyKey>, ApiError> {
    let Some(value) = request.headers().get(KEY).filter(|_| operation.creates) else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or_default();
    match text.parse() {
        Ok(key) => Ok(Some(key)),
        Err(error) => Err(ApiError::bad_parameter(KEY, format!("{error}"))),
    }
}

/// A request that may come again.
pub(super) struct Repeatable {
    pub(super) inner: Arc<Inner>,
    pub(super) operation: Operation,
    pub(super) shown: Shown,
    pub(super) caller: Principal,
    pub(super) key: IdempotencyKey,
    pub(super) guard: Guard,
}

impl Repeatable {
    /// Does the request, or answers as the first time. A request that has begun is finished even when its client leaves, so
    /// that the client finds the answer when it comes back.
    pub(super) async fn answer(self, request: Request) -> Result<Response, ApiError> {
        let task = async move { self.claim_and_answer(request).await };
        tokio::spawn(task.in_current_span())
            .await
            .map_err(|error| ApiError::internal(format!("a handler panicked: {error}")))?
    }

    async fn claim_and_answer(self, mut request: Request) -> Result<Response, ApiError> {
        let scope = TenantScope::acting(
            self.caller.tenant(),
            self.caller.actor().clone(),
            self.caller.actor_kind(),
            self.caller.request(),
        );
        let key = RequestKey {
            caller: Digest::of(format!("installhub caller\0{}", self.shown.secret()).as_bytes()),
            operation: self.operation.id.to_owned(),
            key: self.key.clone(),
        };
        let print = Fingerprint::of(&self.shown, &request);
        let body = request.take_body();
        request.set_body(print.watch(body));
        match self.inner.kit.idempotency.claim(&scope, &key).await? {
            Claim::First => self.first(&scope, &key, request, print).await,
            Claim::InProgress => Err(in_progress()),
            Claim::Answered(kept) => {
                let read = request
                    .take_body()
                    .into_bytes_stream()
                    .try_fold((), |(), _| async { Ok(()) });
                read.await.map_err(|error| self.cut(error))?;
                replay(kept, print.finish())
            }
        }
    }

    fn cut(&self, error: std::io::Error) -> ApiError {
        self.guard.cut().map_or_else(
            || ApiError::new(ErrorCode::BadRequest, "the body ended early").caused_by(error),
            ApiError::from,
        )
    }

    async fn first(
        &self,
        scope: &TenantScope,
        key: &RequestKey,
        request: Request,
        print: Fingerprint,
    ) -> Result<Response, ApiError> {
        let store = &self.inner.kit.idempotency;
        let done = admission::run(&self.inner, request, self.operation.body, &self.guard).await;
        let (ended, done) = match done {
            Ok(answer) if answer.status().is_success() => {
                let (kept, answer) = keep(answer, print.finish(), self.operation).await?;
                (store.keep(scope, key, &kept).await, Ok(answer))
            }
            other => (store.release(scope, key).await, other),
        };
        if let Err(error) = ended {
            // What was asked for is done, or refused, all the same; only a repetition will have to wait.
            tracing::warn!(error = %ApiError::from(error).chain(), "cannot end the claim of an idempotency key");
        }
        done
    }
}

fn in_progress() -> ApiError {
    ApiError::new(
        ErrorCode::InProgress,
        "a request with this Idempotency-Key is being done",
    )
    .retry_after(std::time::Duration::from_secs(1))
}

/// The digest of a request, while its body streams by.
#[derive(Clone)]
struct Fingerprint(Arc<Mutex<Hasher>>);

impl Fingerprint {
    fn of(shown: &Shown, request: &Request) -> Self {
        let mut hasher = Hasher::new();
        for part in [
            shown.secret(),
            request.method().as_str(),
            &request.uri().to_string(),
        ] {
            hasher.update(&(part.len() as u64).to_be_bytes());
            hasher.update(part.as_bytes());
        }
        Self(Arc::new(Mutex::new(hasher)))
    }

    fn watch(&self, body: Body) -> Body {
        if body.is_empty() {
            return body;
        }
        let hasher = Arc::clone(&self.0);
        Body::from_bytes_stream(body.into_bytes_stream().inspect_ok(move |piece: &Bytes| {
            hasher
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .update(piece);
        }))
    }

    fn finish(&self) -> Digest {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
            .finalize()
    }
}

/// What is kept of an answer: without what is shown once.
async fn keep(
    answer: Response,
    fingerprint: Digest,
    operation: Operation,
) -> Result<(KeptAnswer, Response), ApiError> {
    let (parts, body) = answer.into_parts();
    let bytes = body.into_bytes().await.map_err(ApiError::internal)?;
    let mut body = String::from_utf8_lossy(&bytes).into_owned();
    if let Some(field) = operation.shown_once
        && let Ok(Value::Object(mut members)) = serde_json::from_str(&body)
    {
        members.remove(field);
        body = Value::Object(members).to_string();
    }
    let headers = KEPT_HEADERS.iter().filter_map(|name| {
        let value = parts.headers.get(name)?.to_str().ok()?;
        Some((name.as_str().to_owned(), value.to_owned()))
    });
    let kept = KeptAnswer {
        fingerprint,
        status: parts.status.as_u16(),
        headers: headers.collect(),
        body,
    };
    Ok((kept, Response::from_parts(parts, Body::from_bytes(bytes))))
}

fn replay(kept: KeptAnswer, fingerprint: Digest) -> Result<Response, ApiError> {
    if kept.fingerprint != fingerprint {
        return Err(ApiError::new(
            ErrorCode::IdempotencyKeyReused,
            "this Idempotency-Key came with another request before: take a new key",
        ));
    }
    let status = StatusCode::from_u16(kept.status).map_err(ApiError::internal)?;
    let mut answer = Response::builder().status(status).header(REPLAYED, "true");
    for (name, value) in &kept.headers {
        answer = answer.header(name.as_str(), value.as_str());
    }
    Ok(answer.body(Body::from_string(kept.body)))
}
