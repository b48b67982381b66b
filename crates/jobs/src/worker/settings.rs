//! How a worker works.

use std::time::Duration;

use crate::backoff::Backoff;

/// How a worker works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerSettings {
    /// Its name, for people who look into the database.
    pub name: String,
    /// How many jobs it does at once.
    pub concurrency: usize,
    /// How long a job stays its own without a sign of life. It gives one three times as often, and drops a job at five sixths
    /// of it when none gets through, so that nobody else begins before.
    ///
    /// Where the database is a file, none gets through while another transaction writes: there it must be longer than the
    /// longest of these.
    pub lease: Duration,
    /// How long running jobs may go on when the worker is to stop, and how long a handler may go on when its job was called
    /// off.
    pub grace: Duration,
    /// How soon it looks for work again after it found some.
    pub shortest_pause: Duration,
    /// How long it waits at most before it looks again.
    pub longest_pause: Duration,
    /// How long a failed job waits.
    pub backoff: Backoff,
}

impl Default for WorkerSettings {
    /// Four jobs at once, a lease of 30 seconds, 20 seconds of grace, and a look every 50 milliseconds to one second.
    fn default() -> Self {
        Self {
            name: "worker".to_owned(),
            concurrency: 4,
            lease: Duration::from_secs(30),
            grace: Duration::from_secs(20),
            shortest_pause: Duration::from_millis(50),
            longest_pause: Duration::from_secs(1),
            backoff: Backoff::default(),
        }
    }
}
