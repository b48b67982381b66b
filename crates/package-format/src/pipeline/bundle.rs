//! The bundle's digest over all artifacts in install order, whoever has read them (validation, Layer 3).

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use installhub_checksum::{BundleHasher, Digest};

use super::chunk::{Buffers, Chunk};

/// Chunks that are hashed in one go.
const AT_ONCE: usize = 32;

/// What has been read and not yet hashed, by the artifact's place in the order.
#[derive(Debug)]
pub(super) struct Bundle {
    /// How many artifacts there are.
    count: usize,
    /// The artifact whose bytes come next.
    next: usize,
    waiting: BTreeMap<usize, Waiting>,
    /// Away while a thread hashes; gone for good when an artifact cannot be read.
    hasher: Hashing,
}

#[derive(Debug, Default)]
struct Waiting {
    chunks: VecDeque<Arc<Chunk>>,
    complete: bool,
}

#[derive(Debug)]
enum Hashing {
    Idle(BundleHasher),
    Away,
    Void,
}

impl Bundle {
    /// A bundle of so many artifacts.
    pub(super) fn new(count: usize) -> Self {
        Self {
            count,
            next: 0,
            waiting: BTreeMap::new(),
            hasher: if count == 0 {
                Hashing::Void
            } else {
                Hashing::Idle(BundleHasher::new())
            },
        }
    }

    /// Whether the bytes of the task at this place are wanted.
    pub(super) fn wants(&self, place: usize) -> bool {
        place < self.count && !matches!(self.hasher, Hashing::Void)
    }

    /// Takes the next bytes of an artifact.
    pub(super) fn add(&mut self, place: usize, chunk: Arc<Chunk>, buffers: &mut Buffers) {
        if self.wants(place) {
            self.waiting
                .entry(place)
                .or_default()
                .chunks
                .push_back(chunk);
        } else {
            buffers.release(chunk);
        }
    }

    /// Notes that an artifact has no further bytes.
    pub(super) fn complete(&mut self, place: usize) {
        if self.wants(place) {
            self.waiting.entry(place).or_default().complete = true;
        }
    }

    /// An artifact cannot be read: there is no bundle.
    pub(super) fn give_up(&mut self, buffers: &mut Buffers) {
        self.hasher = Hashing::Void;
        for waiting in std::mem::take(&mut self.waiting).into_values() {
            buffers.release_all(waiting.chunks);
        }
    }

    /// The hasher with what it takes next, when it is idle and there is something.
    pub(super) fn take(&mut self) -> Option<(BundleHasher, Vec<Arc<Chunk>>)> {
        if !matches!(self.hasher, Hashing::Idle(_)) {
            return None;
        }
        let mut chunks = Vec::new();
        while chunks.len() < AT_ONCE {
            let Some(waiting) = self.waiting.get_mut(&self.next) else {
                break;
            };
            match waiting.chunks.pop_front() {
                Some(chunk) => chunks.push(chunk),
                None if waiting.complete => {
                    self.waiting.remove(&self.next);
                    self.next += 1;
                }
                None => break,
            }
        }
        if chunks.is_empty() {
            return None;
        }
        match std::mem::replace(&mut self.hasher, Hashing::Away) {
            Hashing::Idle(hasher) => Some((hasher, chunks)),
            _ => None,
        }
    }

    /// Takes the hasher back.
    pub(super) fn put_back(&mut self, hasher: BundleHasher) {
        // Given up in the meantime, it stays so.
        if matches!(self.hasher, Hashing::Away) {
            self.hasher = Hashing::Idle(hasher);
        }
    }

    /// The digest, when every artifact has been hashed.
    pub(super) fn finish(mut self) -> Option<Digest> {
        // What is complete and has no bytes left is not hashed, only counted.
        let rest = self.take();
        match self.hasher {
            Hashing::Idle(hasher) if rest.is_none() && self.next == self.count => {
                Some(hasher.finish())
            }
            _ => None,
        }
    }

    /// Whether nothing waits that could be hashed.
    pub(super) fn is_settled(&self) -> bool {
        match self.hasher {
            Hashing::Void => true,
            Hashing::Away => false,
            Hashing::Idle(_) => self
                .waiting
                .values()
                .all(|waiting| waiting.chunks.is_empty()),
        }
    }
}
