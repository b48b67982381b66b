//! An S3 server in the test's own process.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Handle, Runtime};
use tokio::task::JoinSet;

const BUCKET: &str = "installhub";
const ACCESS_KEY: &str = "test-access-key";
const SECRET_KEY: &str = "test-secret-key";
const REGION: &str = "us-east-1";

/// An S3 server on this machine that checks signatures and keeps its objects in a folder. It goes with the value.
///
/// It runs on threads of its own, so that a test which blocks its only thread is still answered.
#[derive(Debug)]
pub struct S3Server {
    address: SocketAddr,
    folder: TempDir,
    service: S3Service,
    // Dropped before the runtime: it ends the tasks that run there.
    serving: Mutex<Option<JoinSet<()>>>,
    runtime: Option<Runtime>,
}

/// Starts an S3 server with one empty bucket.
///
/// # Panics
///
/// When this machine has no free port or no room for temporary files.
pub async fn s3_server() -> S3Server {
    let folder = tempfile::tempdir().expect("there is room for temporary files");
    std::fs::create_dir(folder.path().join(BUCKET)).expect("a bucket is a folder");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime starts");
    let files = s3s_fs::FileSystem::new(folder.path()).expect("the folder is there");
    let mut builder = S3ServiceBuilder::new(files);
    builder.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
    let mut server = S3Server {
        address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        folder,
        service: builder.build(),
        serving: Mutex::new(None),
        runtime: Some(runtime),
    };
    server.address = server.listen().await;
    server
}

impl S3Server {
    /// `http://127.0.0.1:<port>`; path style.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The one bucket.
    pub fn bucket(&self) -> &'static str {
        BUCKET
    }

    /// Who may use it.
    pub fn access_key(&self) -> &'static str {
        ACCESS_KEY
    }

    /// With which secret.
    pub fn secret_key(&self) -> &'static str {
        SECRET_KEY
    }

    /// The region that requests are signed for.
    pub fn region(&self) -> &'static str {
        REGION
    }

    /// The folder that holds the objects of the bucket, each as a file named by its key.
    pub fn objects(&self) -> PathBuf {
        self.folder.path().join(BUCKET)
    }

    /// The folder that holds the bucket, and beside it the parts of uploads which have not ended.
    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    /// Plays an outage: connections break, and new ones are refused.
    pub async fn stop(&self) {
        let serving = self.serving.lock().expect("no test panicked here").take();
        if let Some(mut serving) = serving {
            // The listener is closed when this returns, so that the next connection is refused for sure.
            serving.shutdown().await;
        }
    }

    /// Ends the outage: the same objects at the same address.
    pub async fn start(&self) {
        self.listen().await;
    }

    async fn listen(&self) -> SocketAddr {
        let (service, address) = (self.service.clone(), self.address);
        let listener = self
            .handle()
            .spawn(TcpListener::bind(address))
            .await
            .expect("binding does not panic")
            .expect("the port is free");
        let address = listener.local_addr().expect("it is bound");
        let mut serving = JoinSet::new();
        serving.spawn_on(accept(listener, service), self.handle());
        *self.serving.lock().expect("no test panicked here") = Some(serving);
        address
    }

    fn handle(&self) -> &Handle {
        self.runtime
            .as_ref()
            .expect("it runs until dropped")
            .handle()
    }
}

impl Drop for S3Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Waiting for threads is not allowed where tests are asynchronous.
            runtime.shutdown_background();
        }
    }
}

/// Serves until aborted, and takes its connections along.
async fn accept(listener: TcpListener, service: S3Service) {
    let builder = Arc::new(Builder::new(TokioExecutor::new()));
    let mut connections = JoinSet::new();
    while let Ok((socket, _)) = listener.accept().await {
        while connections.try_join_next().is_some() {}
        connections.spawn(serve(Arc::clone(&builder), socket, service.clone()));
    }
}

async fn serve(builder: Arc<Builder<TokioExecutor>>, socket: TcpStream, service: S3Service) {
    // A client that hangs up is no failure of the server.
    drop(socket.set_nodelay(true));
    drop(
        builder
            .serve_connection(TokioIo::new(socket), service)
            .await,
    );
}
