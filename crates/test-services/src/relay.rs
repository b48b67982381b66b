//! A way to a server that can be cut, to play an outage that only one test notices.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Mutex, PoisonError};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

/// Passes on what comes to an address of this machine. It runs on a thread of its own.
#[derive(Debug)]
pub struct Relay {
    address: SocketAddr,
    target: (String, u16),
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

    /// Opens the way again, at the same address.
    ///
    /// # Panics
    ///
    /// When another process has taken the address meanwhile.
    pub async fn mend(&self) {
        self.cut().await;
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
        serving.spawn_on(pass_on(listener, self.target.clone()), runtime.handle());
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
async fn pass_on(listener: TcpListener, target: (String, u16)) {
    let mut connections = JoinSet::new();
    while let Ok((mut near, _)) = listener.accept().await {
        let target = target.clone();
        connections.spawn(async move {
            if let Ok(mut far) = TcpStream::connect(target).await {
                near.set_nodelay(true).ok();
                far.set_nodelay(true).ok();
                copy_bidirectional(&mut near, &mut far).await.ok();
            }
        });
        while connections.try_join_next().is_some() {}
    }
}
