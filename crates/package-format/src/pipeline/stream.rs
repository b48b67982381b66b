//! A large data file that several threads share.

use std::collections::VecDeque;
use std::sync::Arc;

use installhub_checksum::Hasher;

use super::chunk::{Buffers, Chunk, ChunkKind};
use super::lines::{Cutter, First, Lines};
use super::whole::{Needs, PIECE};
use super::{Outcome, Plan, Task, Work};
use crate::data::{DataError, DataFault, Inflater, Progress};
use crate::judge::{BadRow, HEADER_BYTES, RowRules, judge_header};
use crate::sniff::Sniffer;

/// Chunks of the file that are in memory at the same time.
pub(super) const PIECES: usize = 32;

/// The part of the work that one thread at a time does: inflating, and cutting into lines.
pub(super) struct Head {
    inflater: Inflater,
    progress: Progress,
    sniffer: Sniffer,
    cutter: Cutter,
    rules: Option<Arc<RowRules>>,
    needs: Vec<u32>,
    /// What is wrong with the header, or with a line that is too long to be looked at.
    wrong: Option<String>,
}

/// What one turn of the head gave.
pub(super) struct Turn {
    pub(super) head: Box<Head>,
    pub(super) chunk: Option<Arc<Chunk>>,
    pub(super) lines: Vec<Lines>,
    pub(super) end: Option<End>,
}

/// How inflating ended.
pub(super) enum End {
    Complete,
    Fault(DataFault),
}

/// A data file between its first and its last byte.
pub(super) struct Stream {
    /// Its place among the tasks.
    pub(super) place: usize,
    /// Away while a thread inflates.
    head: Option<Box<Head>>,
    end: Option<End>,
    /// Away while a thread hashes.
    hasher: Option<Hasher>,
    to_hash: VecDeque<Arc<Chunk>>,
    to_judge: VecDeque<Lines>,
    judging: usize,
    /// Rows in each piece of work that was judged.
    counts: Vec<u64>,
    bad: Option<(usize, BadRow)>,
    /// Whether it is so large that it is not worth reading on once a row is wrong.
    fragile: bool,
}

impl Head {
    pub(super) fn start(plan: &Plan<'_>, task: &Task) -> Self {
        let mut inflater = Inflater::new();
        let progress = Progress::start(&plan.members[task.member], &mut inflater);
        Self {
            inflater,
            progress,
            sniffer: Sniffer::default(),
            cutter: Cutter::default(),
            rules: None,
            needs: Vec::new(),
            wrong: None,
        }
    }

    /// Inflates the next chunk into `buffer` and cuts it into lines.
    pub(super) fn turn(
        mut self: Box<Self>,
        plan: &Plan<'_>,
        task: &Task,
        mut buffer: Vec<u8>,
    ) -> std::io::Result<Turn> {
        buffer.resize(PIECE, 0);
        let filled = self
            .progress
            .fill(plan.source, &mut self.inflater, &mut buffer);
        let count = match filled {
            Ok(count) => count,
            Err(DataError::Source(error)) => return Err(error),
            Err(DataError::Fault(fault)) => {
                return Ok(Turn {
                    head: self,
                    chunk: None,
                    lines: Vec::new(),
                    end: Some(End::Fault(fault)),
                });
            }
        };
        buffer.truncate(count);
        self.sniffer.take(&buffer);
        let chunk = Arc::new(Chunk {
            bytes: buffer,
            kind: ChunkKind::Piece,
        });
        let mut lines = Vec::new();
        if self.wrong.is_none() {
            lines.extend(self.cut(plan, task, &chunk));
        }
        let complete = self.progress.is_complete();
        if complete && self.wrong.is_none() {
            lines.extend(self.cut_last(plan, task));
        }
        Ok(Turn {
            head: self,
            chunk: Some(chunk),
            lines,
            end: complete.then_some(End::Complete),
        })
    }

    fn cut(&mut self, plan: &Plan<'_>, task: &Task, chunk: &Arc<Chunk>) -> Option<Lines> {
        let mut from = 0;
        if self.rules.is_none() {
            match self.cutter.header(&chunk.bytes) {
                First::Header { line, rows_from } => {
                    from = rows_from;
                    self.judge_header(plan, task, &line);
                }
                First::More if self.cutter.carried() > HEADER_BYTES => {
                    self.wrong = Some(format!(
                        "its header line has more than {HEADER_BYTES} bytes"
                    ));
                }
                First::More => {}
            }
        }
        let rules = self.rules.clone()?;
        let lines = self.cutter.cut(chunk, from, &rules);
        if self.cutter.carried() as u64 > plan.limits.max_row_bytes {
            self.wrong = Some(format!(
                "a row has more than {} bytes",
                plan.limits.max_row_bytes
            ));
        }
        lines
    }

    fn cut_last(&mut self, plan: &Plan<'_>, task: &Task) -> Option<Lines> {
        if self.rules.is_none() {
            let line = self.cutter.rest();
            self.judge_header(plan, task, &line);
        }
        let rules = self.rules.clone()?;
        self.cutter.last(&rules)
    }

    fn judge_header(&mut self, plan: &Plan<'_>, task: &Task, line: &[u8]) {
        let Work::Artifact { declared, .. } = &task.work else {
            return;
        };
        let mut needs = Needs::new(plan);
        match judge_header(line, declared, &mut |id, _| needs.add(id)) {
            Ok(rules) => {
                self.rules = Some(Arc::new(rules));
                self.needs = needs.finish();
            }
            Err(message) => self.wrong = Some(message),
        }
    }
}

/// The next thing to do for a data file.
pub(super) enum StreamStep {
    Hash(Hasher, Vec<Arc<Chunk>>),
    Judge(Lines),
    Inflate(Box<Head>),
}

impl Stream {
    pub(super) fn new(plan: &Plan<'_>, place: usize) -> Self {
        let task = &plan.tasks[place];
        Self {
            place,
            head: Some(Box::new(Head::start(plan, task))),
            end: None,
            hasher: Some(Hasher::new()),
            to_hash: VecDeque::new(),
            to_judge: VecDeque::new(),
            judging: 0,
            counts: Vec::new(),
            bad: None,
            fragile: plan.members[task.member].uncompressed > plan.limits.max_entry_bytes,
        }
    }

    /// What a thread can do for the file now. What frees memory comes before what takes it.
    pub(super) fn step(&mut self, buffers: &Buffers) -> Option<StreamStep> {
        if !self.to_hash.is_empty()
            && let Some(hasher) = self.hasher.take()
        {
            return Some(StreamStep::Hash(hasher, self.to_hash.drain(..).collect()));
        }
        if let Some(lines) = self.to_judge.pop_front() {
            self.judging += 1;
            return Some(StreamStep::Judge(lines));
        }
        if self.end.is_none() && buffers.pieces() < PIECES {
            return self.head.take().map(StreamStep::Inflate);
        }
        None
    }

    /// Takes back a hasher.
    pub(super) fn hashed(&mut self, hasher: Hasher) {
        self.hasher = Some(hasher);
    }

    /// Takes what was found in lines: how many rows, and a wrong one.
    pub(super) fn judged(
        &mut self,
        number: usize,
        (rows, bad): (u64, Option<BadRow>),
        buffers: &mut Buffers,
    ) {
        self.judging -= 1;
        if self.counts.len() <= number {
            self.counts.resize(number + 1, 0);
        }
        self.counts[number] = rows;
        if let Some(bad) = bad
            && self.bad.as_ref().is_none_or(|(first, _)| number < *first)
        {
            self.bad = Some((number, bad));
            self.drop_what_follows(buffers);
        }
    }

    /// Takes the head back with what it has made. Gives the chunk, for the bundle.
    pub(super) fn turned(&mut self, turn: Turn, buffers: &mut Buffers) -> Option<Arc<Chunk>> {
        self.end = turn.end;
        self.head = Some(turn.head);
        self.to_judge.extend(turn.lines);
        self.to_hash.extend(turn.chunk.clone());
        self.drop_what_follows(buffers);
        turn.chunk
    }

    /// Behind the first wrong row nothing is looked at; before it everything is, so that it is the first.
    fn drop_what_follows(&mut self, buffers: &mut Buffers) {
        let Some((first, _)) = &self.bad else {
            return;
        };
        // Lines are cut in order, so what follows is at the end.
        while self
            .to_judge
            .back()
            .is_some_and(|lines| lines.number > *first)
        {
            if let Some(lines) = self.to_judge.pop_back() {
                release_lines(lines, buffers);
            }
        }
    }

    /// Whether its content is wrong and it is too large to be read to its end for the sake of its digest.
    pub(super) fn is_hopeless(&self) -> bool {
        let wrong = self.head.as_ref().is_some_and(|head| head.wrong.is_some());
        self.fragile && (wrong || self.bad.is_some()) && self.head.is_some()
    }

    /// Stops reading.
    pub(super) fn abandon(&mut self) {
        self.end.get_or_insert(End::Complete);
    }

    /// What came of it, once nothing is left to do.
    pub(super) fn outcome(&mut self) -> Option<Outcome> {
        let idle = self.to_hash.is_empty() && self.to_judge.is_empty() && self.judging == 0;
        let end = self.end.as_ref().filter(|_| idle)?;
        let head = self.head.as_ref()?;
        let hasher = self.hasher.clone()?;
        if self.is_hopeless() {
            return Some(Outcome {
                content: self.wrong(head),
                ..Outcome::default()
            });
        }
        Some(match end {
            End::Fault(fault) => super::whole::faulty(fault.clone()),
            End::Complete => Outcome {
                fault: None,
                sniffed: head.sniffer.finish(),
                content: self.wrong(head),
                digest: Some(hasher.finalize()),
                needs: head.needs.clone(),
            },
        })
    }

    /// The first thing that is wrong with its content.
    fn wrong(&self, head: &Head) -> Option<String> {
        if let Some((number, bad)) = &self.bad {
            let before: u64 = self.counts[..*number].iter().sum();
            let bad = BadRow {
                number: before + bad.number,
                message: bad.message.clone(),
            };
            return Some(bad.to_string());
        }
        let miscounted = || {
            let rules = head.rules.as_ref()?;
            rules.judge_count(self.counts.iter().sum())
        };
        head.wrong.clone().or_else(miscounted)
    }
}

/// Judges lines, and gives back what they were cut from.
pub(super) fn judge_lines(lines: &Lines) -> (u64, Option<BadRow>) {
    let (bridged, bad) = lines.rules.judge(&lines.bridge);
    let (None, Some((chunk, range))) = (&bad, &lines.chunk) else {
        return (bridged, bad);
    };
    let (rows, bad) = lines.rules.judge(&chunk.bytes[range.clone()]);
    let bad = bad.map(|bad| BadRow {
        number: bad.number + bridged,
        ..bad
    });
    (bridged + rows, bad)
}

/// Gives up what lines were cut from.
pub(super) fn release_lines(lines: Lines, buffers: &mut Buffers) {
    if let Some((chunk, _)) = lines.chunk {
        buffers.release(chunk);
    }
}
