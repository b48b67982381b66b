//! Telling others in this process that they need not wait for their next look at the database.

use std::sync::Arc;

use tokio::sync::Notify;

/// Rung when a job was enqueued or has changed. Whoever misses it loses nothing but time: everybody also looks by themselves.
///
/// Clones are the same bell; `Jobs`, `Schedules` and the worker of a process share one.
#[derive(Debug, Clone, Default)]
pub struct JobBell {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    enqueued: Notify,
    changed: Notify,
}

impl JobBell {
    /// A bell that nobody listens to yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// To be called after a transaction that enqueued a job was committed.
    pub fn enqueued(&self) {
        // One permit is kept for a worker that is not listening in this moment.
        self.inner.enqueued.notify_one();
        self.changed();
    }

    /// To be called after a change of a job was committed.
    pub fn changed(&self) {
        self.inner.changed.notify_waiters();
    }

    pub(crate) async fn wait_for_work(&self) {
        self.inner.enqueued.notified().await;
    }

    pub(crate) async fn wait_for_change(&self) {
        self.inner.changed.notified().await;
    }
}
