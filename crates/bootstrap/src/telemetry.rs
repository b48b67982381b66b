//! Logs, metrics and traces of a service process.

use std::io;

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::filter::ParseError;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::{SubscriberInitExt as _, TryInitError};
use tracing_subscriber::{EnvFilter, Layer as _, Registry, fmt};

use crate::settings::{LogFormat, TelemetrySettings};

/// How long requests take, in seconds: the bounds between which they are counted.
const SECONDS: [f64; 12] = [
    0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0,
];

/// Why a process cannot say how it is doing.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The setting `telemetry.log` is none.
    #[error(
        "telemetry.log: '{found}' cannot be understood: expected a level such as info, or directives such as warn,installhub=debug"
    )]
    Filter {
        /// The setting.
        found: String,
        /// What the parser said.
        #[source]
        source: ParseError,
    },
    /// Something in this process logs already.
    #[error("cannot begin to log")]
    Logs(#[from] TryInitError),
    /// Something in this process counts already.
    #[error("cannot begin to count")]
    Metrics(#[from] BuildError),
    /// Traces cannot be sent.
    #[error("telemetry.otlp_endpoint: {0}")]
    Traces(String),
}

/// What a process reports with; dropped last, so that nothing is lost.
pub struct Telemetry {
    metrics: PrometheusHandle,
    #[cfg(feature = "otel")]
    traces: Option<opentelemetry_sdk::trace::SdkTracerProvider>,
}

impl Telemetry {
    /// Begins to log to the error stream, to count, and to trace if that is configured.
    pub fn begin(
        settings: &TelemetrySettings,
        service: &'static str,
    ) -> Result<Self, TelemetryError> {
        let filter = EnvFilter::builder()
            .parse(&settings.log)
            .map_err(|source| TelemetryError::Filter {
                found: settings.log.clone(),
                source,
            })?;
        let lines = fmt::layer().with_writer(io::stderr);
        let lines = match settings.log_format {
            LogFormat::Json => lines
                .json()
                .flatten_event(true)
                .with_span_list(false)
                .boxed(),
            LogFormat::Text => lines.boxed(),
        };
        let subscriber = Registry::default().with(filter).with(lines);
        #[cfg(feature = "otel")]
        let traces = {
            let traces = tracing_provider(settings, service)?;
            let layer = traces.as_ref().map(|provider| {
                use opentelemetry::trace::TracerProvider as _;
                tracing_opentelemetry::layer().with_tracer(provider.tracer(service))
            });
            subscriber.with(layer).try_init()?;
            traces
        };
        #[cfg(not(feature = "otel"))]
        {
            if settings.otlp_endpoint.is_some() {
                return Err(TelemetryError::Traces(format!(
                    "this build of {service} cannot send traces: build it with --features otel"
                )));
            }
            subscriber.try_init()?;
        }
        let metrics = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)?
            .install_recorder()?;
        Ok(Self {
            metrics,
            #[cfg(feature = "otel")]
            traces,
        })
    }

    /// What was counted, for whoever collects it.
    pub fn metrics(&self) -> PrometheusHandle {
        self.metrics.clone()
    }

    /// Sends what has not been sent.
    pub fn end(self) {
        #[cfg(feature = "otel")]
        if let Some(error) = self.traces.and_then(|traces| traces.shutdown().err()) {
            tracing::warn!(%error, "the last traces were lost");
        }
    }
}

#[cfg(feature = "otel")]
fn tracing_provider(
    settings: &TelemetrySettings,
    service: &'static str,
) -> Result<Option<opentelemetry_sdk::trace::SdkTracerProvider>, TelemetryError> {
    use opentelemetry_otlp::WithExportConfig as _;

    let Some(endpoint) = &settings.otlp_endpoint else {
        return Ok(None);
    };
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_http()
        .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
        .build()
        .map_err(|error| TelemetryError::Traces(error.to_string()))?;
    let resource = opentelemetry_sdk::Resource::builder()
        .with_service_name(service)
        .build();
    Ok(Some(
        opentelemetry_sdk::trace::SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_resource(resource)
            .build(),
    ))
}
