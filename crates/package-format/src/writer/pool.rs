//! Deflates blocks on several threads and gives them back in the order they came.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::{fmt, io};

use super::deflate::{Effort, deflate};

/// Bytes of blocks that may wait or be at work, per thread. Enough that no thread runs dry while the caller reads.
const IN_FLIGHT_BYTES: usize = 2 * 1024 * 1024;

/// Small entries are deflated in the time of a context switch; this many may wait, per thread.
const IN_FLIGHT_BLOCKS: usize = 64;

/// A block to deflate: up to a window of what came before it, then the block itself.
pub(super) struct Block {
    pub(super) bytes: Vec<u8>,
    /// Bytes of `bytes` that came before.
    pub(super) dictionary: usize,
    pub(super) effort: Effort,
    /// Whether the entry ends with it.
    pub(super) last: bool,
}

/// A block that has been deflated.
pub(super) struct Deflated {
    pub(super) bytes: Vec<u8>,
    pub(super) last: bool,
}

type Outcome = (u64, io::Result<(Deflated, Vec<u8>)>);

/// The threads, what waits for them, and what they have given back too early.
pub(super) struct DeflatePool {
    jobs: Option<Sender<(u64, Block, Vec<u8>)>>,
    outcomes: Receiver<Outcome>,
    threads: Vec<JoinHandle<()>>,
    submitted: u64,
    given: u64,
    waiting_bytes: usize,
    early: BTreeMap<u64, (Deflated, Vec<u8>)>,
    spare: Vec<Vec<u8>>,
}

impl fmt::Debug for DeflatePool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeflatePool")
            .field("threads", &self.threads.len())
            .field("in_flight", &self.in_flight())
            .finish_non_exhaustive()
    }
}

impl DeflatePool {
    pub(super) fn new(threads: NonZeroUsize) -> io::Result<Self> {
        let (jobs, queue) = channel();
        let (done, outcomes) = channel();
        let queue = Arc::new(Mutex::new(queue));
        let spawn = |_| {
            let (queue, done) = (Arc::clone(&queue), done.clone());
            std::thread::Builder::new()
                .name("package-deflate".to_owned())
                .spawn(move || work(&queue, &done))
        };
        Ok(Self {
            jobs: Some(jobs),
            outcomes,
            threads: (0..threads.get()).map(spawn).collect::<io::Result<_>>()?,
            submitted: 0,
            given: 0,
            waiting_bytes: 0,
            early: BTreeMap::new(),
            spare: Vec::new(),
        })
    }

    /// Hands over a block and passes on what is ready, in order. Waits while too much is in flight.
    pub(super) fn submit(
        &mut self,
        block: Block,
        ready: &mut dyn FnMut(&Deflated) -> io::Result<()>,
    ) -> io::Result<()> {
        self.waiting_bytes += block.bytes.len();
        let out = self.spare_buffer();
        let jobs = self.jobs.as_ref().ok_or_else(stopped)?;
        jobs.send((self.submitted, block, out))
            .map_err(|_| stopped())?;
        self.submitted += 1;
        let threads = self.threads.len();
        while let Ok(outcome) = self.outcomes.try_recv() {
            self.take(outcome)?;
        }
        self.give(ready)?;
        while self.waiting_bytes > threads * IN_FLIGHT_BYTES
            || self.in_flight() > threads * IN_FLIGHT_BLOCKS
        {
            self.wait(ready)?;
        }
        Ok(())
    }

    /// Waits for everything that is in flight.
    pub(super) fn drain(
        &mut self,
        ready: &mut dyn FnMut(&Deflated) -> io::Result<()>,
    ) -> io::Result<()> {
        while self.given < self.submitted {
            self.wait(ready)?;
        }
        Ok(())
    }

    /// A buffer that has served before, empty.
    pub(super) fn spare_buffer(&mut self) -> Vec<u8> {
        self.spare.pop().unwrap_or_default()
    }

    fn in_flight(&self) -> usize {
        usize::try_from(self.submitted - self.given).unwrap_or(usize::MAX)
    }

    fn wait(&mut self, ready: &mut dyn FnMut(&Deflated) -> io::Result<()>) -> io::Result<()> {
        let outcome = self.outcomes.recv().map_err(|_| stopped())?;
        self.take(outcome)?;
        self.give(ready)
    }

    fn take(&mut self, (ticket, outcome): Outcome) -> io::Result<()> {
        self.early.insert(ticket, outcome?);
        Ok(())
    }

    fn give(&mut self, ready: &mut dyn FnMut(&Deflated) -> io::Result<()>) -> io::Result<()> {
        while let Some((deflated, source)) = self.early.remove(&self.given) {
            self.given += 1;
            self.waiting_bytes -= source.len();
            ready(&deflated)?;
            self.spare
                .extend([source, deflated.bytes].map(|mut buffer| {
                    buffer.clear();
                    buffer
                }));
        }
        Ok(())
    }
}

impl Drop for DeflatePool {
    fn drop(&mut self) {
        // Without a sender the queue ends; whatever is at work is finished and thrown away.
        self.jobs = None;
        for thread in self.threads.drain(..) {
            // A thread that panicked has been noticed by its missing outcome.
            let _ = thread.join();
        }
    }
}

fn stopped() -> io::Error {
    io::Error::other("a deflating thread has stopped")
}

type Queue = Mutex<Receiver<(u64, Block, Vec<u8>)>>;

fn work(queue: &Queue, done: &Sender<Outcome>) {
    loop {
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((ticket, block, mut out)) = next else {
            return;
        };
        let (dictionary, bytes) = block.bytes.split_at(block.dictionary);
        let outcome = deflate(block.effort, dictionary, bytes, block.last, &mut out)
            .map_err(io::Error::other)
            .map(|()| {
                let last = block.last;
                (Deflated { bytes: out, last }, block.bytes)
            });
        if done.send((ticket, outcome)).is_err() {
            return;
        }
    }
}
