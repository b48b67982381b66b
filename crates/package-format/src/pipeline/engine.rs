//! The threads, and what each of them does next.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use installhub_checksum::{BundleHasher, Hasher};

use super::bundle::Bundle;
use super::chunk::{Buffers, Chunk, ChunkKind, charge};
use super::lines::Lines;
use super::stream::{Head, Stream, StreamStep, Turn, judge_lines, release_lines};
use super::whole::{read_artifact, read_data};
use super::{
    Content, Findings, LARGE_BYTES, LARGE_FROM, Outcome, Plan, STREAMED_FROM, WHOLE_BYTES, Work,
};
use crate::data::Inflater;
use crate::judge::BadRow;
use crate::limits::Limits;

/// Runs a plan on several threads.
pub(super) struct Engine<'p, 'j> {
    plan: &'p Plan<'j>,
    state: Mutex<State>,
    changed: Condvar,
}

/// What all threads share. Nothing is read or hashed while it is locked.
struct State {
    /// The next task that nobody has begun.
    next: usize,
    outcomes: Vec<Option<Outcome>>,
    open: usize,
    bundle: Bundle,
    stream: Option<Stream>,
    buffers: Buffers,
    /// Dependencies that are kept.
    needs: u64,
    /// Threads that are at work and will change something.
    busy: usize,
    failure: Option<io::Error>,
}

/// One piece of work for one thread.
enum Step {
    Bundle(BundleHasher, Vec<Arc<Chunk>>),
    Hash(Hasher, Vec<Arc<Chunk>>),
    Judge(Lines),
    Inflate(Box<Head>, usize, Vec<u8>),
    Whole(usize, Vec<u8>),
}

/// What a piece of work gave.
enum Done {
    Bundle(BundleHasher, Vec<Arc<Chunk>>),
    Hash(Hasher, Vec<Arc<Chunk>>),
    Judge(Lines, (u64, Option<BadRow>)),
    Inflate(Turn),
    Whole(usize, Outcome, Vec<u8>),
}

impl<'p, 'j> Engine<'p, 'j> {
    pub(super) fn new(plan: &'p Plan<'j>) -> Self {
        let mut outcomes = Vec::new();
        outcomes.resize_with(plan.tasks.len(), || None);
        Self {
            plan,
            state: Mutex::new(State {
                next: 0,
                open: outcomes.len(),
                outcomes,
                bundle: Bundle::new(plan.bundled),
                stream: None,
                buffers: Buffers::default(),
                needs: 0,
                busy: 0,
                failure: None,
            }),
            changed: Condvar::new(),
        }
    }

    pub(super) fn run(self, threads: usize) -> io::Result<Findings> {
        std::thread::scope(|scope| {
            for _ in 1..threads {
                scope.spawn(|| self.work());
            }
            self.work();
        });
        let state = self
            .state
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        match state.failure {
            Some(failure) => Err(failure),
            None => Ok(Findings {
                outcomes: state
                    .outcomes
                    .into_iter()
                    .map(Option::unwrap_or_default)
                    .collect(),
                bundle: state.bundle.finish(),
                references: state.needs,
            }),
        }
    }

    /// What every thread does until there is nothing left.
    fn work(&self) {
        let alarm = Alarm(self);
        let mut inflater = Inflater::new();
        let mut state = self.lock();
        loop {
            let Some(step) = state.step(self.plan) else {
                if state.is_over() {
                    break;
                }
                // Nobody is at work who could change anything: better no verdict than none ever.
                if state.busy == 0 {
                    state.failure =
                        Some(io::Error::other("reading the package has come to a halt"));
                    break;
                }
                state = self
                    .changed
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            state.busy += 1;
            drop(state);
            let done = self.perform(step, &mut inflater);
            state = self.lock();
            state.busy -= 1;
            match done {
                Ok(done) => state.take(done, self.plan),
                Err(error) => state.failure = Some(error),
            }
            self.changed.notify_all();
        }
        drop(state);
        drop(alarm);
    }

    fn perform(&self, step: Step, inflater: &mut Inflater) -> io::Result<Done> {
        Ok(match step {
            Step::Bundle(mut hasher, chunks) => {
                for chunk in &chunks {
                    hasher.update(&chunk.bytes);
                }
                Done::Bundle(hasher, chunks)
            }
            Step::Hash(mut hasher, chunks) => {
                for chunk in &chunks {
                    hasher.update(&chunk.bytes);
                }
                Done::Hash(hasher, chunks)
            }
            Step::Judge(lines) => {
                let found = judge_lines(&lines);
                Done::Judge(lines, found)
            }
            Step::Inflate(head, place, buffer) => {
                Done::Inflate(head.turn(self.plan, &self.plan.tasks[place], buffer)?)
            }
            Step::Whole(place, mut buffer) => {
                let task = &self.plan.tasks[place];
                let read = match task.work {
                    Work::Artifact { .. } => read_artifact,
                    Work::Readme | Work::Data => read_data,
                };
                let outcome = read(self.plan, task, inflater, &mut buffer)?;
                Done::Whole(place, outcome, buffer)
            }
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The most urgent work that can be done now: what frees memory first, what takes it last.
    fn step(&mut self, plan: &Plan<'_>) -> Option<Step> {
        if self.failure.is_some() {
            return None;
        }
        if let Some((hasher, chunks)) = self.bundle.take() {
            return Some(Step::Bundle(hasher, chunks));
        }
        self.stream_step().or_else(|| self.begin(plan))
    }

    /// What can be done for the data file that is being read.
    fn stream_step(&mut self) -> Option<Step> {
        let stream = self.stream.as_mut()?;
        Some(match stream.step(&self.buffers)? {
            StreamStep::Hash(hasher, chunks) => Step::Hash(hasher, chunks),
            StreamStep::Judge(lines) => Step::Judge(lines),
            StreamStep::Inflate(head) => {
                Step::Inflate(head, stream.place, self.buffers.for_piece())
            }
        })
    }

    /// Begins the next task, when there is room for it.
    fn begin(&mut self, plan: &Plan<'_>) -> Option<Step> {
        let task = plan.tasks.get(self.next)?;
        let bytes = plan.members[task.member].uncompressed;
        let place = self.next;
        match task.work {
            Work::Artifact {
                content: Content::Rows,
                ..
            } if bytes > STREAMED_FROM => {
                if self.stream.is_some() {
                    return None;
                }
                self.next += 1;
                self.stream = Some(Stream::new(plan, place));
                self.stream_step()
            }
            Work::Artifact { .. } => {
                let held = self.buffers.whole_bytes();
                let room = if bytes > LARGE_FROM {
                    LARGE_BYTES
                } else {
                    WHOLE_BYTES
                };
                // One file may be larger than all that may be held, but then alone.
                if held > 0 && held + charge(bytes) > room {
                    return None;
                }
                self.next += 1;
                self.buffers.expect_whole(bytes);
                Some(Step::Whole(place, self.buffers.for_whole(bytes)))
            }
            Work::Readme | Work::Data => {
                self.next += 1;
                Some(Step::Whole(place, self.buffers.for_piece()))
            }
        }
    }

    fn take(&mut self, done: Done, plan: &Plan<'_>) {
        match done {
            Done::Bundle(hasher, chunks) => {
                self.bundle.put_back(hasher);
                self.buffers.release_all(chunks);
            }
            Done::Hash(hasher, chunks) => {
                if let Some(stream) = &mut self.stream {
                    stream.hashed(hasher);
                }
                self.buffers.release_all(chunks);
            }
            Done::Judge(lines, found) => {
                if let Some(stream) = &mut self.stream {
                    stream.judged(lines.number, found, &mut self.buffers);
                }
                release_lines(lines, &mut self.buffers);
            }
            Done::Inflate(turn) => self.take_turn(turn),
            Done::Whole(place, outcome, buffer) => self.take_whole(place, outcome, buffer, plan),
        }
        self.settle_stream(plan);
    }

    fn take_turn(&mut self, turn: Turn) {
        let Some(stream) = &mut self.stream else {
            return;
        };
        let place = stream.place;
        if let Some(chunk) = stream.turned(turn, &mut self.buffers) {
            self.buffers.count_piece();
            self.bundle.add(place, chunk, &mut self.buffers);
        }
    }

    fn take_whole(&mut self, place: usize, outcome: Outcome, buffer: Vec<u8>, plan: &Plan<'_>) {
        let task = &plan.tasks[place];
        let bytes = plan.members[task.member].uncompressed;
        if !matches!(task.work, Work::Artifact { .. }) {
            self.buffers.keep_piece(buffer);
        } else if outcome.fault.is_some() {
            self.buffers.forget_whole(bytes);
            if place < plan.bundled {
                self.bundle.give_up(&mut self.buffers);
            }
        } else {
            let chunk = Arc::new(Chunk {
                bytes: buffer,
                kind: ChunkKind::Whole,
            });
            self.bundle.add(place, chunk, &mut self.buffers);
            self.bundle.complete(place);
        }
        self.settle(place, outcome, plan.limits);
    }

    /// Ends the data file when nothing is left to do for it.
    fn settle_stream(&mut self, plan: &Plan<'_>) {
        let Some(stream) = &mut self.stream else {
            return;
        };
        if stream.is_hopeless() {
            stream.abandon();
        }
        let Some(outcome) = stream.outcome() else {
            return;
        };
        let place = stream.place;
        self.stream = None;
        if outcome.digest.is_some() {
            self.bundle.complete(place);
        } else {
            self.bundle.give_up(&mut self.buffers);
        }
        self.settle(place, outcome, plan.limits);
    }

    fn settle(&mut self, place: usize, mut outcome: Outcome, limits: &Limits) {
        self.needs += outcome.needs.len() as u64;
        if self.needs > limits.max_references {
            // There are too many to be told apart; only that is told.
            outcome.needs = Vec::new();
        }
        self.outcomes[place] = Some(outcome);
        self.open -= 1;
    }

    fn is_over(&self) -> bool {
        self.failure.is_some() || (self.open == 0 && self.bundle.is_settled())
    }
}

/// Wakes the other threads when one panics; they would wait for it forever.
struct Alarm<'e, 'p, 'j>(&'e Engine<'p, 'j>);

impl Drop for Alarm<'_, '_, '_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.lock().failure = Some(io::Error::other(
                "a thread that reads the package has panicked",
            ));
        }
        self.0.changed.notify_all();
    }
}
