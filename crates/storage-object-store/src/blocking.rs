//! Waiting for a future from synchronous code that may or may not run inside a runtime.

use std::future::Future;
use std::panic::resume_unwind;
use std::thread;

use tokio::runtime::{Handle, RuntimeFlavor};

/// Waits for `future` on this thread. A runtime with several workers is told, so that its other tasks go on elsewhere.
///
/// Where there are no other workers, `network` turns the wheels that this thread stands still for: timers and connections.
pub(crate) fn wait<F>(future: F, network: Option<&Handle>) -> F::Output
where
    F: Future<Output: Send> + Send,
{
    match (
        Handle::try_current().map(|runtime| runtime.runtime_flavor()),
        network,
    ) {
        (Ok(RuntimeFlavor::MultiThread), _) => {
            tokio::task::block_in_place(|| pollster::block_on(future))
        }
        (_, None) => pollster::block_on(future),
        (_, Some(network)) => thread::scope(|scope| {
            let waiting = scope.spawn(|| network.block_on(future));
            waiting.join().unwrap_or_else(|panic| resume_unwind(panic))
        }),
    }
}
