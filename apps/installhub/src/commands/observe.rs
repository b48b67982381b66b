//! Progress of a running import on the error stream.

use indicatif::ProgressBar;
use installhub_importing::{ImportObserver, Stage};

use crate::output;

/// Shows progress where somebody looks.
pub(super) struct Bar(ProgressBar);

impl Bar {
    pub(super) fn new() -> Self {
        Self(output::progress("importing"))
    }

    pub(super) fn finish(&self) {
        self.0.finish_and_clear();
    }
}

impl ImportObserver for Bar {
    fn stage(&self, stage: Stage) {
        self.0.set_message(match stage {
            Stage::Snapshot => "taking a snapshot",
            Stage::Apply => "applying",
            Stage::Verify => "checking",
            Stage::Commit => "committing",
        });
    }

    fn step(&self, done: usize, total: usize) {
        self.0.set_length(total as u64);
        self.0.set_position(done as u64);
    }
}
