//! A way to a server that can be cut.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

/// Stands before a server and hands on what comes, until so many bytes have gone to the server. Then the connection is cut.
#[derive(Debug)]
pub struct UnsteadyWay {
    url: String,
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    server: String,
    /// How many bytes may still go to the server before the cut.
    left: AtomicU64,
    cuts: AtomicU64,
    /// Whether nothing passes from the cut on.
    stays_cut: bool,
    closed: AtomicBool,
}

impl UnsteadyWay {
    /// Is cut once after `bytes`, and passes everything from then on.
    pub fn cut_once(server: &str, bytes: u64) -> Self {
        Self::new(server, bytes, false)
    }

    /// Is cut after `bytes`, and passes nothing until it is mended.
    pub fn cut_for_long(server: &str, bytes: u64) -> Self {
        Self::new(server, bytes, true)
    }

    fn new(server: &str, bytes: u64, stays_cut: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("its address");
        let state = Arc::new(State {
            server: server.trim_start_matches("http://").to_owned(),
            left: AtomicU64::new(bytes),
            cuts: AtomicU64::new(0),
            stays_cut,
            closed: AtomicBool::new(false),
        });
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let state = Arc::clone(&shared);
                thread::spawn(move || state.serve(&client));
            }
        });
        Self {
            url: format!("http://{address}"),
            state,
        }
    }

    /// Where the server seems to be.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// How often it was cut.
    pub fn cuts(&self) -> u64 {
        self.state.cuts.load(Ordering::SeqCst)
    }

    /// Lets everything pass from now on.
    pub fn mend(&self) {
        self.state.left.store(u64::MAX, Ordering::SeqCst);
        self.state.closed.store(false, Ordering::SeqCst);
    }
}

impl State {
    fn serve(&self, client: &TcpStream) {
        let end = |stream: &TcpStream| {
            let _ = stream.shutdown(Shutdown::Both);
        };
        if self.closed.load(Ordering::SeqCst) {
            return end(client);
        }
        let Ok(server) = TcpStream::connect(&self.server) else {
            return end(client);
        };
        thread::scope(|scope| {
            scope.spawn(|| {
                let _ = std::io::copy(&mut (&server), &mut (&*client));
                end(client);
            });
            self.hand_on(client, &server);
            end(&server);
        });
    }

    /// From the client to the server, until one of them ends or the way is cut.
    fn hand_on(&self, mut client: &TcpStream, mut server: &TcpStream) {
        let mut buffer = [0; 16 * 1024];
        while let Ok(count @ 1..) = client.read(&mut buffer) {
            let bytes = count as u64;
            let left = self.left.load(Ordering::SeqCst);
            if left < bytes {
                self.left.store(u64::MAX, Ordering::SeqCst);
                self.closed.store(self.stays_cut, Ordering::SeqCst);
                self.cuts.fetch_add(1, Ordering::SeqCst);
                let _ = client.shutdown(Shutdown::Both);
                return;
            }
            if left != u64::MAX {
                self.left.fetch_sub(bytes, Ordering::SeqCst);
            }
            if server.write_all(&buffer[..count]).is_err() {
                return;
            }
        }
    }
}
