//! Whether the service lives, whether it can work, and how much it has done.

use std::sync::Arc;

use futures::future::BoxFuture;
use poem::endpoint::make;
use poem::http::StatusCode;
use poem::{Body, IntoEndpoint, Response, Route, get};
use serde_json::{Map, Value, json};

/// Asks whether something behind the service can be worked with; the error is for the log and the operator.
pub type Check = Arc<dyn Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync>;

/// Writes the metrics in the text format of Prometheus.
pub type RenderMetrics = Arc<dyn Fn() -> String + Send + Sync>;

/// What stands behind the service.
#[derive(Clone)]
pub struct Probes {
    /// What has to be reachable before requests are sent here: `database`, `storage`.
    pub ready: Vec<(&'static str, Check)>,
    /// The metrics of this process.
    pub metrics: RenderMetrics,
}

/// `/healthz`, `/readyz` and `/metrics`.
pub(crate) fn routes(route: Route, probes: Probes) -> Route {
    let Probes { ready, metrics } = probes;
    let ready = Arc::new(ready);
    route
        .at(
            "/healthz",
            get(make(|_| async {
                answer(StatusCode::OK, &json!({"status": "ok"}))
            })),
        )
        .at(
            "/readyz",
            get(make(move |_| {
                let ready = Arc::clone(&ready);
                async move { readiness(&ready).await }
            })),
        )
        .at("/metrics", get(metrics_page(metrics)))
}

fn metrics_page(render: RenderMetrics) -> impl IntoEndpoint<Endpoint: 'static> {
    make(move |_| {
        let text = render();
        async move {
            Response::builder()
                .content_type("text/plain; version=0.0.4")
                .body(Body::from_string(text))
        }
    })
}

/// Which of the things behind the service can be reached. Why not is for the log: probes are open to everybody.
async fn readiness(ready: &[(&'static str, Check)]) -> Response {
    let checked = futures::future::join_all(ready.iter().map(|(name, check)| async move {
        let result = check().await;
        if let Err(error) = &result {
            tracing::warn!(check = name, error, "not ready");
        }
        (*name, result.is_ok())
    }))
    .await;
    let all = checked.iter().all(|(_, fine)| *fine);
    let checks: Map<String, Value> = checked
        .into_iter()
        .map(|(name, fine)| (name.to_owned(), json!(if fine { "ok" } else { "away" })))
        .collect();
    let (status, word) = if all {
        (StatusCode::OK, "ok")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "away")
    };
    answer(status, &json!({"status": word, "checks": checks}))
}

fn answer(status: StatusCode, body: &Value) -> Response {
    Response::builder()
        .status(status)
        .content_type("application/json")
        .body(Body::from_string(body.to_string()))
}
