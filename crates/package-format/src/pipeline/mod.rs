//! Reads every member once, on all cores, and hashes the artifacts in install order while they pass.
//!
//! Small files are dealt with whole: a thread inflates one, checks its CRC, hashes it and looks at its content. A large
//! data file is cut into chunks that several threads share: one inflates, another hashes, any of them looks at rows. The
//! bundle takes all artifacts in order from whoever has them. What is in memory is bounded: whole files by
//! [`WHOLE_BYTES`] together (or one larger one alone), the chunks of a data file by their number.

mod bundle;
mod chunk;
mod engine;
mod lines;
mod stream;
mod whole;

use std::collections::HashMap;
use std::io;
use std::num::NonZeroUsize;

use installhub_checksum::Digest;

use crate::data::DataFault;
use crate::framing::Member;
use crate::judge::Declaration;
use crate::limits::Limits;
use crate::sniff::Sniffed;
use crate::source::ByteSource;

/// Bytes of files that are in memory as a whole at the same time.
const WHOLE_BYTES: u64 = 16 * 1024 * 1024;

/// Two files above this size may be in memory when they fit into [`LARGE_BYTES`] together: one is not much work for two
/// threads.
const LARGE_FROM: u64 = 8 * 1024 * 1024;

/// Bytes of large files that are in memory at the same time, unless one alone has more.
const LARGE_BYTES: u64 = 136 * 1024 * 1024;

/// Data files above this size are read in chunks.
const STREAMED_FROM: u64 = 1024 * 1024;

/// Packages that inflate to less than this are read in less time than a thread takes to start.
const THREADS_FROM: u64 = 512 * 1024;

/// More threads than this find nothing to do: inflating and hashing one file each take one.
const MOST_THREADS: usize = 8;

/// One member to be read, and what for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Task {
    /// Its position among the members.
    pub(crate) member: usize,
    pub(crate) work: Work,
}

/// What a member is read for, besides its data being what its headers say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Work {
    /// A declared artifact: content, digest and its part in the bundle.
    Artifact {
        content: Content,
        declared: Declaration,
    },
    /// The README: its digest.
    Readme,
    /// Anything else.
    Data,
}

/// What an artifact's file holds, by its extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    Document,
    Rows,
}

/// What reading a member found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// Its data is not what its headers say; nothing else is known then.
    pub(crate) fault: Option<DataFault>,
    pub(crate) sniffed: Vec<Sniffed>,
    /// What is wrong with its content.
    pub(crate) content: Option<String>,
    /// Digest of its bytes, when it was wanted and all were read.
    pub(crate) digest: Option<Digest>,
    /// The declared artifacts it depends on, by number, ascending.
    pub(crate) needs: Vec<u32>,
}

/// What is to be read.
pub(crate) struct Plan<'j> {
    pub(crate) source: &'j dyn ByteSource,
    pub(crate) members: &'j [Member],
    /// Artifacts in install order, then everything else.
    pub(crate) tasks: &'j [Task],
    /// The declared ids and their numbers.
    pub(crate) ids: &'j HashMap<String, u32>,
    /// How many artifacts make the bundle: the first so many tasks, or none when it cannot be told.
    pub(crate) bundled: usize,
    pub(crate) limits: &'j Limits,
}

/// What reading everything found.
pub(crate) struct Findings {
    /// One per task.
    pub(crate) outcomes: Vec<Outcome>,
    /// Digest of the bundle, when every artifact in it could be read.
    pub(crate) bundle: Option<Digest>,
    /// Dependencies between declared artifacts; with more than the limits allow, `needs` is not complete.
    pub(crate) references: u64,
}

/// Reads everything that is planned.
pub(crate) fn run(plan: &Plan<'_>) -> io::Result<Findings> {
    let available = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let sizes = plan
        .tasks
        .iter()
        .map(|task| plan.members[task.member].uncompressed);
    let threads = match sizes.fold(0, u64::saturating_add) {
        ..THREADS_FROM => 1,
        _ => available.min(MOST_THREADS),
    };
    engine::Engine::new(plan).run(threads)
}

#[cfg(test)]
mod tests;
