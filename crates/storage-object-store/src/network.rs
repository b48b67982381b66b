//! Threads of our own for talking to a bucket.

use std::io;
use std::sync::OnceLock;

use tokio::runtime::{Builder, Handle, Runtime};

/// Where connections to buckets live. A connection belongs to the runtime that opened it, and the caller's may be gone or stand
/// still while a snapshot is written by synchronous code, so all of them live here, for as long as the process does.
static NETWORK: OnceLock<Runtime> = OnceLock::new();

/// The runtime for requests to buckets, started when the first one is opened.
pub(crate) fn network() -> io::Result<Handle> {
    if let Some(runtime) = NETWORK.get() {
        return Ok(runtime.handle().clone());
    }
    let started = Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("object-store")
        .enable_all()
        .build()?;
    match NETWORK.set(started) {
        Ok(()) => {}
        // Another thread was faster; waiting for idle threads to end is not allowed inside of a runtime.
        Err(superfluous) => superfluous.shutdown_background(),
    }
    let runtime = NETWORK
        .get()
        .expect("it was set above or by another thread");
    Ok(runtime.handle().clone())
}
