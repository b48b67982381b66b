//! A way to a server that can be cut.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

/// Stands before a server and hands on what comes, until so many bytes have gone one way. Then the connection is cut.
#[derive(Debug)]
pub struct UnsteadyWay {
    url: String,
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    server: String,
    /// How many bytes may still go to the server before the cut.
    requests: AtomicU64,
    /// How many bytes may still come back.
    answers: AtomicU64,
    cuts: AtomicU64,
    /// Whether nothing passes from the cut on.
    stays_cut: bool,
    closed: AtomicBool,
}

impl UnsteadyWay {
    /// Is cut once after `bytes` have gone to the server, and passes everything from then on.
    pub fn cut_once(server: &str, bytes: u64) -> Self {
        Self::new(server, bytes, u64::MAX, false)
    }

    /// Is cut after `bytes` have gone to the server, and passes nothing until it is mended.
    pub fn cut_for_long(server: &str, bytes: u64) -> Self {
        Self::new(server, bytes, u64::MAX, true)
    }

    /// Is cut once after `bytes` have come back, and passes everything from then on.
    pub fn cut_answers_once(server: &str, bytes: u64) -> Self {
        Self::new(server, u64::MAX, bytes, false)
    }

    fn new(server: &str, requests: u64, answers: u64, stays_cut: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("its address");
        let state = Arc::new(State {
            server: server.trim_start_matches("http://").to_owned(),
            requests: AtomicU64::new(requests),
            answers: AtomicU64::new(answers),
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
                self.hand_on(&server, client, &self.answers);
                end(client);
            });
            self.hand_on(client, &server, &self.requests);
            end(&server);
        });
    }

    /// From one end to the other, until one of them ends or the way is cut.
    fn hand_on(&self, mut from: &TcpStream, mut to: &TcpStream, budget: &AtomicU64) {
        let mut buffer = [0; 16 * 1024];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            let bytes = count as u64;
            let left = budget.load(Ordering::SeqCst);
            if left < bytes {
                budget.store(u64::MAX, Ordering::SeqCst);
                self.closed.store(self.stays_cut, Ordering::SeqCst);
                self.cuts.fetch_add(1, Ordering::SeqCst);
                let _ = from.shutdown(Shutdown::Both);
                return;
            }
            if left != u64::MAX {
                budget.fetch_sub(bytes, Ordering::SeqCst);
            }
            if to.write_all(&buffer[..count]).is_err() {
                return;
            }
        }
    }
}
