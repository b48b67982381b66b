//! A member that one thread reads from beginning to end.

use installhub_checksum::{Digest, Hasher};

use super::{Content, Outcome, Plan, Task, Work};
use crate::data::{DataError, DataFault, Inflater, Progress};
use crate::framing::Member;
use crate::judge::{judge_document, judge_file};
use crate::sniff::Sniffer;

/// Bytes that are inflated at a time.
pub(super) const PIECE: usize = 256 * 1024;

/// Reads an artifact into `buffer`, which then holds exactly its bytes, and judges it.
pub(super) fn read_artifact(
    plan: &Plan<'_>,
    task: &Task,
    inflater: &mut Inflater,
    buffer: &mut Vec<u8>,
) -> std::io::Result<Outcome> {
    let member = &plan.members[task.member];
    if let Some(fault) = settled(read_whole(plan, member, inflater, buffer))? {
        return Ok(faulty(fault));
    }
    let mut sniffer = Sniffer::default();
    sniffer.take(buffer);
    let mut outcome = Outcome {
        sniffed: sniffer.finish(),
        digest: Some(Digest::of(buffer)),
        ..Outcome::default()
    };
    if let Work::Artifact { content, declared } = &task.work {
        let mut needs = Needs::new(plan);
        let mut told = |id: &str, _: &str| needs.add(id);
        let judged = match content {
            Content::Document => judge_document(buffer, declared, &mut told),
            Content::Rows => judge_file(buffer, declared, &mut told),
        };
        match judged {
            Ok(()) => outcome.needs = needs.finish(),
            // What a document says before it breaks is not what it says.
            Err(message) => outcome.content = Some(message),
        }
    }
    Ok(outcome)
}

/// Reads a member that is no artifact, in pieces that are not kept.
pub(super) fn read_data(
    plan: &Plan<'_>,
    task: &Task,
    inflater: &mut Inflater,
    buffer: &mut Vec<u8>,
) -> std::io::Result<Outcome> {
    let member = &plan.members[task.member];
    buffer.resize(PIECE, 0);
    let mut progress = Progress::start(member, inflater);
    let mut sniffer = Sniffer::default();
    let mut hasher = (task.work == Work::Readme).then(Hasher::new);
    while !progress.is_complete() {
        let count = match progress.fill(plan.source, inflater, buffer) {
            Ok(count) => count,
            Err(DataError::Source(error)) => return Err(error),
            Err(DataError::Fault(fault)) => return Ok(faulty(fault)),
        };
        sniffer.take(&buffer[..count]);
        if let Some(hasher) = &mut hasher {
            hasher.update(&buffer[..count]);
        }
    }
    Ok(Outcome {
        sniffed: sniffer.finish(),
        digest: hasher.map(Hasher::finalize),
        ..Outcome::default()
    })
}

/// Reads all bytes of a member. The buffer grows with what comes, not with what the headers promise.
fn read_whole(
    plan: &Plan<'_>,
    member: &Member,
    inflater: &mut Inflater,
    buffer: &mut Vec<u8>,
) -> Result<(), DataError> {
    let mut progress = Progress::start(member, inflater);
    let whole = usize::try_from(member.uncompressed).unwrap_or(usize::MAX);
    let mut start = 0;
    while !progress.is_complete() {
        buffer.resize(whole.min(start + start.max(PIECE)), 0);
        start += progress.fill(plan.source, inflater, &mut buffer[start..])?;
    }
    buffer.truncate(start);
    Ok(())
}

fn settled(read: Result<(), DataError>) -> std::io::Result<Option<DataFault>> {
    match read {
        Ok(()) => Ok(None),
        Err(DataError::Fault(fault)) => Ok(Some(fault)),
        Err(DataError::Source(error)) => Err(error),
    }
}

pub(super) fn faulty(fault: DataFault) -> Outcome {
    Outcome {
        fault: Some(fault),
        ..Outcome::default()
    }
}

/// Collects the declared artifacts that one artifact needs.
pub(super) struct Needs<'j> {
    plan: &'j Plan<'j>,
    numbers: Vec<u32>,
    compact_at: usize,
}

impl<'j> Needs<'j> {
    pub(super) fn new(plan: &'j Plan<'j>) -> Self {
        Self {
            plan,
            numbers: Vec::new(),
            compact_at: 1024,
        }
    }

    pub(super) fn add(&mut self, id: &str) {
        let Some(number) = self.plan.ids.get(id) else {
            return;
        };
        self.numbers.push(*number);
        // A document can name the same few artifacts millions of times.
        if self.numbers.len() >= self.compact_at {
            self.compact();
            self.compact_at = 1024 + self.numbers.len() * 2;
        }
    }

    pub(super) fn finish(mut self) -> Vec<u32> {
        self.compact();
        self.numbers.shrink_to_fit();
        self.numbers
    }

    fn compact(&mut self) {
        self.numbers.sort_unstable();
        self.numbers.dedup();
    }
}
