//! Waiting for a future from synchronous code that may or may not run inside a runtime.

use std::future::Future;

use tokio::runtime::{Handle, RuntimeFlavor};

/// Waits for `future` on this thread. A runtime with several workers is told, so that its other tasks go on elsewhere.
pub(crate) fn wait<F: Future>(future: F) -> F::Output {
    match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => {
            tokio::task::block_in_place(|| pollster::block_on(future))
        }
        _ => pollster::block_on(future),
    }
}
