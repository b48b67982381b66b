//! A way to a server that can be cut or blocked, to play an outage that only one test notices.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Mutex, PoisonError};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Passes on what comes to an address of this machine. It runs on a thread of its own.
#[derive(Debug)]
pub struct Relay {
    address: SocketAddr,
    target: (String, u16),
    blocked: watch::Sender<bool>,
    // Dropped before the runtime: it ends the tasks that run there.
    serving: Mutex<Option<JoinSet<()>>>,
    runtime: Option<Runtime>,
}

impl Relay {
    /// A relay to a server, open.
    ///
    /// # Panics
    ///
    /// When this machine has no free port.
    pub async fn to(host: &str, port: u16) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime starts");
        let mut relay = Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            target: (host.to_owned(), port),
            blocked: watch::Sender::new(false),
            serving: Mutex::new(None),
            runtime: Some(runtime),
        };
        relay.address = relay.listen().await;
        relay
    }

    /// Where to connect instead.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends all connections and refuses new ones.
    pub async fn cut(&self) {
        let serving = self.serving().take();
        if let Some(mut serving) = serving {
            serving.shutdown().await;
        }
    }

    /// Keeps connections and takes new ones, and passes nothing on: as a network does that swallows everything.
    pub fn block(&self) {
        self.blocked.send_replace(true);
    }

    /// Opens the way again, at the same address. What was swallowed stays lost.
    ///
    /// # Panics
    ///
    /// When another process has taken the address meanwhile.
    pub async fn mend(&self) {
        self.cut().await;
        self.blocked.send_replace(false);
        self.listen().await;
    }

    async fn listen(&self) -> SocketAddr {
        let runtime = self
            .runtime
            .as_ref()
            .expect("it is taken when it is dropped");
        let address = self.address;
        let listener = runtime
            .spawn(async move { TcpListener::bind(address).await })
            .await
            .expect("binding does not panic")
            .expect("the port is free");
        let bound = listener.local_addr().expect("it is bound");
        let mut serving = JoinSet::new();
        serving.spawn_on(
            pass_on(listener, self.target.clone(), self.blocked.subscribe()),
            runtime.handle(),
        );
        *self.serving() = Some(serving);
        bound
    }

    fn serving(&self) -> std::sync::MutexGuard<'_, Option<JoinSet<()>>> {
        self.serving.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.serving().take();
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Ends its connections when it is ended itself.
async fn pass_on(listener: TcpListener, target: (String, u16), blocked: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    while let Ok((near, _)) = listener.accept().await {
        connections.spawn(connect(near, target.clone(), blocked.clone()));
        while connections.try_join_next().is_some() {}
    }
}

async fn connect(mut near: TcpStream, target: (String, u16), blocked: watch::Receiver<bool>) {
    let Ok(mut far) = TcpStream::connect(target).await else {
        return;
    };
    near.set_nodelay(true).ok();
    far.set_nodelay(true).ok();
    let (from_near, to_near) = near.split();
    let (from_far, to_far) = far.split();
    // Whoever ends one direction ends the connection.
    tokio::select! {
        () = pump(from_near, to_far, blocked.clone()) => {}
        () = pump(from_far, to_near, blocked) => {}
    }
}

async fn pump(mut from: ReadHalf<'_>, mut to: WriteHalf<'_>, mut blocked: watch::Receiver<bool>) {
    let mut buffer = vec![0; 16 << 10];
    loop {
        let read = from.read(&mut buffer).await.unwrap_or_default();
        let is_over = read == 0
            || blocked.wait_for(|blocked| !blocked).await.is_err()
            || to.write_all(&buffer[..read]).await.is_err();
        if is_over {
            return;
        }
    }
}
