//! Running: the APIs behind one address, and a worker beside them.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use installhub_http_kit::{
    Check, HttpSettings, Kit, Probes, Rate, RenderMetrics, ServerSettings, serve,
};
use poem::Response;
use poem::endpoint::BoxEndpoint;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{Service, ServiceError};
use crate::Telemetry;
use crate::settings::ServerSettings as Configured;

/// Which of the services.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Api {
    /// Making and keeping: `/api/v1`.
    Creator,
    /// Looking after: `/api/admin/v1`.
    Admin,
    /// Finding and using: `/api/marketplace/v1`.
    Marketplace,
}

impl Api {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Creator, Self::Admin, Self::Marketplace];
}

/// A process that serves.
pub struct Serving {
    service: Arc<Service>,
    address: SocketAddr,
    listener: TcpListener,
    endpoint: BoxEndpoint<'static, Response>,
    stopping: CancellationToken,
}

impl Serving {
    /// Binds the address and mounts the APIs. Requests wait until [`until`](Self::until).
    pub async fn begin(
        service: Service,
        apis: &[Api],
        telemetry: &Telemetry,
    ) -> Result<Self, ServiceError> {
        service.schedule_maintenance().await?;
        let service = Arc::new(service);
        let stopping = CancellationToken::new();
        let endpoint = endpoint(&service, apis, telemetry, &stopping)?;
        let wanted = service.settings.server.listen;
        let network = |source| ServiceError::Network {
            attempted: format!("listen on {wanted}"),
            source,
        };
        let listener = TcpListener::bind(wanted).await.map_err(network)?;
        Ok(Self {
            address: listener.local_addr().map_err(network)?,
            service,
            listener,
            endpoint,
            stopping,
        })
    }

    /// Where requests are taken.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The home folder.
    pub fn home(&self) -> &Path {
        self.service.home()
    }

    /// Serves and works until `stop` is ready; then ends in good order within `server.shutdown_seconds`.
    pub async fn until(self, stop: impl Future<Output = ()> + Send) -> Result<(), ServiceError> {
        let stopping = self.stopping.clone();
        let worker = self.worker(&stopping);
        let settings = ServerSettings {
            farewell: Duration::from_secs(self.service.settings.server.shutdown_seconds),
            ..ServerSettings::default()
        };
        let mut serving = tokio::spawn(serve(
            self.listener,
            self.endpoint,
            settings,
            stopping.clone(),
        ));
        let served = tokio::select! {
            ended = &mut serving => Some(ended),
            () = stop => None,
        };
        stopping.cancel();
        let served = match served {
            Some(ended) => ended,
            None => serving.await,
        };
        if let Some(worker) = worker {
            // A worker ends by itself; one that panicked has nothing to hand back that its leases do not.
            let _ended = worker.await;
        }
        self.service.store.close().await?;
        served
            .map_err(|error| ServiceError::Other(error.to_string()))?
            .map_err(|source| ServiceError::Network {
                attempted: "serve".to_owned(),
                source,
            })
    }

    fn worker(&self, stopping: &CancellationToken) -> Option<JoinHandle<()>> {
        if self.service.settings.jobs.workers == 0 {
            return None;
        }
        let worker = self.service.worker();
        Some(tokio::spawn(worker.run(stopping.clone().cancelled_owned())))
    }
}

/// Ready when the process is told to stop: by SIGTERM or Ctrl-C.
pub async fn stop_signal() {
    let interrupted = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                () = interrupted => {}
                _ = terminated.recv() => {}
            }
            return;
        }
    }
    interrupted.await;
}

fn endpoint(
    service: &Arc<Service>,
    apis: &[Api],
    telemetry: &Telemetry,
    stopping: &CancellationToken,
) -> Result<BoxEndpoint<'static, Response>, ServiceError> {
    let settings = http_settings(&service.settings.server, service.secure_cookies());
    let kit = Kit {
        access: service.access.clone(),
        idempotency: Arc::new(service.store.clone()),
        ids: service.ids.clone(),
        settings,
        stopping: stopping.clone(),
    };
    let mounted = apis
        .iter()
        .map(|api| super::apis::mounted(*api, service))
        .collect::<Result<Vec<_>, _>>();
    mounted
        .and_then(|apis| installhub_http_kit::service(kit, apis, probes(service, telemetry)))
        .map_err(|error| ServiceError::Other(error.to_string()))
}

fn http_settings(configured: &Configured, secure_cookies: bool) -> HttpSettings {
    // What may come at once is what comes in ten seconds in the long run. A rate counts whole requests a second: less than
    // what was configured is never given.
    let rate = |per_minute: u32| Rate::new(per_minute.div_ceil(60), per_minute.div_ceil(6));
    HttpSettings {
        max_body_bytes: configured.max_json_bytes,
        max_stream_bytes: configured.max_package_bytes,
        request_timeout: Duration::from_secs(configured.request_timeout_seconds),
        address_rate: rate(configured.requests_per_minute_per_address),
        user_rate: rate(configured.requests_per_minute_per_user),
        tenant_rate: rate(configured.requests_per_minute_per_tenant),
        tenant_concurrency: configured.max_concurrent_requests,
        trusted_proxies: usize::from(configured.behind_proxy),
        secure_cookies,
        cors_origins: configured.cors_origins.clone(),
        ..HttpSettings::default()
    }
}

fn probes(service: &Arc<Service>, telemetry: &Telemetry) -> Probes {
    let database = service.store.clone();
    let objects = service.objects.clone();
    let database: Check = Arc::new(move || {
        let store = database.clone();
        Box::pin(async move { store.check().await.map_err(|error| chain(&error)) })
    });
    let storage: Check = Arc::new(move || {
        let objects = objects.clone();
        Box::pin(async move { objects.check().await.map_err(|error| chain(&error)) })
    });
    let metrics = telemetry.metrics();
    let render: RenderMetrics = Arc::new(move || metrics.render());
    Probes {
        ready: vec![("database", database), ("storage", storage)],
        metrics: render,
    }
}

/// An error with everything beneath it, for the log.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}
