//! A thread that owns a connection, so that waiting for the engine never blocks the runtime.

use std::sync::mpsc;

use rusqlite::InterruptHandle;
use tokio::sync::oneshot;

use crate::error::SqliteError;

type Job<S> = Box<dyn FnOnce(&mut S) + Send>;

/// Hands work to the thread that owns a state `S`, one piece after the other.
///
/// Dropping the worker interrupts what is running and ends the thread, which drops the state: an open transaction is rolled
/// back.
pub(crate) struct Worker<S> {
    jobs: mpsc::Sender<Job<S>>,
    interrupt: Option<InterruptHandle>,
}

impl<S: 'static> Worker<S> {
    /// Starts a thread and builds the state in it.
    pub(crate) async fn start(
        open: impl FnOnce() -> Result<S, SqliteError> + Send + 'static,
        interrupt_of: impl FnOnce(&S) -> Option<InterruptHandle> + Send + 'static,
    ) -> Result<Self, SqliteError> {
        let (jobs, incoming) = mpsc::channel::<Job<S>>();
        let (ready, opened) = oneshot::channel();
        std::thread::Builder::new()
            .name("sqlite".to_owned())
            .spawn(move || match open() {
                Ok(mut state) => {
                    if ready.send(Ok(interrupt_of(&state))).is_ok() {
                        for job in incoming {
                            job(&mut state);
                        }
                    }
                }
                Err(error) => {
                    // Nobody waits any more when sending fails.
                    let _ = ready.send(Err(error));
                }
            })
            .map_err(|source| SqliteError::File {
                attempted: "start a thread for the connection".to_owned(),
                source,
            })?;
        let interrupt = opened.await.map_err(|_| SqliteError::Stopped)??;
        Ok(Self { jobs, interrupt })
    }

    /// Runs a piece of work and waits for its result.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut S) -> Result<T, SqliteError> + Send + 'static,
    ) -> Result<T, SqliteError> {
        let (sender, result) = oneshot::channel();
        self.post(move |state| {
            // Nobody waits any more when sending fails.
            let _ = sender.send(work(state));
        })?;
        result.await.map_err(|_| SqliteError::Stopped)?
    }

    /// Hands over a piece of work without waiting for it.
    pub(crate) fn post(
        &self,
        work: impl FnOnce(&mut S) + Send + 'static,
    ) -> Result<(), SqliteError> {
        self.jobs
            .send(Box::new(work))
            .map_err(|_| SqliteError::Stopped)
    }
}

impl<S> Drop for Worker<S> {
    fn drop(&mut self) {
        if let Some(interrupt) = &self.interrupt {
            interrupt.interrupt();
        }
    }
}
