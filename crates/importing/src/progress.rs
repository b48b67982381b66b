//! What an import tells while it runs.

/// The parts of an import that a person waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Everything the target holds is being copied.
    Snapshot,
    /// Handlers run.
    Apply,
    /// Post-conditions are being checked.
    Verify,
    /// Both the target and the journal are being committed.
    Commit,
}

/// Listens to a running import. Called from the import's own task; must not block for long.
pub trait ImportObserver: Send + Sync {
    /// A stage begins.
    fn stage(&self, stage: Stage);

    /// `done` of `total` steps of the stage are finished.
    fn step(&self, done: usize, total: usize);
}

/// Listens to nothing.
pub struct Unobserved;

impl ImportObserver for Unobserved {
    fn stage(&self, _stage: Stage) {}

    fn step(&self, _done: usize, _total: usize) {}
}
