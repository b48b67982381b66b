//! Connections: accepted, kept short of patience with slow clients, and ended in good order.
//!
//! poem's own server cannot bound how long headers may take and spins when the process has run out of file descriptors, so
//! connections are accepted here; everything inside a connection is hyper's.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use poem::endpoint::BoxEndpoint;
use poem::http::uri::Scheme;
use poem::web::{LocalAddr, RemoteAddr};
use poem::{Addr, Endpoint as _, Request, Response};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How a process treats its connections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerSettings {
    /// How long the headers of a request may take, from its first byte; 15 s.
    pub header_timeout: Duration,
    /// The most connections at a time; others wait to be accepted. 8192.
    pub connections: usize,
    /// How long requests may go on after the service was told to stop; 30 s.
    pub farewell: Duration,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            header_timeout: Duration::from_secs(15),
            connections: 8192,
            farewell: Duration::from_secs(30),
        }
    }
}

/// Serves until `stopping` is cancelled: then nothing new is accepted, idle connections are closed, and requests that are being done
/// may end.
pub async fn serve(
    listener: TcpListener,
    service: BoxEndpoint<'static, Response>,
    settings: ServerSettings,
    stopping: CancellationToken,
) -> io::Result<()> {
    let local = listener.local_addr()?;
    let service = Arc::new(service);
    let places = Arc::new(Semaphore::new(settings.connections));
    let tasks = TaskTracker::new();
    tracing::info!(address = %local, "listening");
    loop {
        let accepted = async {
            // The semaphore is never closed, so a place always comes.
            let place = Arc::clone(&places).acquire_owned().await.ok();
            (accept(&listener).await, place)
        };
        let ((stream, peer), place) = tokio::select! {
            accepted = accepted => accepted,
            () = stopping.cancelled() => break,
        };
        let connection = Connection {
            service: Arc::clone(&service),
            local,
            peer,
            header_timeout: settings.header_timeout,
            leaving: stopping.clone(),
        };
        tasks.spawn(async move {
            connection.serve(stream).await;
            drop(place);
        });
    }
    drop(listener);
    tasks.close();
    tracing::info!(
        connections = tasks.len(),
        "stopping: waiting for requests that are being done"
    );
    if tokio::time::timeout(settings.farewell, tasks.wait())
        .await
        .is_err()
    {
        tracing::warn!(
            connections = tasks.len(),
            "stopped with requests that were still being done"
        );
    }
    Ok(())
}

/// The next connection. Running out of file descriptors ends nothing: some will be free soon.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) if of_the_connection(&error) => {}
            Err(error) => {
                tracing::error!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
    }
}

fn of_the_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}

struct Connection {
    service: Arc<BoxEndpoint<'static, Response>>,
    local: SocketAddr,
    peer: SocketAddr,
    header_timeout: Duration,
    leaving: CancellationToken,
}

impl Connection {
    async fn serve(self, stream: TcpStream) {
        // Answers are written in one go; waiting for more would only delay small ones.
        if stream.set_nodelay(true).is_err() {
            return;
        }
        let (local, peer) = (
            LocalAddr(Addr::from(self.local)),
            RemoteAddr(Addr::from(self.peer)),
        );
        let service = self.service;
        let answer = service_fn(move |request: hyper::Request<Incoming>| {
            let service = Arc::clone(&service);
            let request = Request::from((request, local.clone(), peer.clone(), Scheme::HTTP));
            async move {
                Ok::<hyper::Response<_>, Infallible>(service.get_response(request).await.into())
            }
        });
        let mut builder = Builder::new(TokioExecutor::new());
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(self.header_timeout);
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(200)
            .max_pending_accept_reset_streams(Some(20))
            .keep_alive_interval(Some(Duration::from_secs(30)))
            .max_header_list_size(16 << 10);
        let mut connection = std::pin::pin!(builder.serve_connection(TokioIo::new(stream), answer));
        tokio::select! {
            ended = connection.as_mut() => return report(ended),
            () = self.leaving.cancelled() => connection.as_mut().graceful_shutdown(),
        }
        report(connection.await);
    }
}

/// Connections end in all sorts of ways; none of them is worth more than a line for who looks for it.
fn report<E: std::fmt::Display>(ended: Result<(), E>) {
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}
