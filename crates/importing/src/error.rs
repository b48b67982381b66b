//! What can go wrong with an import.

use installhub_kernel::ImportId;
use installhub_recovery::SnapshotError;

use crate::ports::{StoreError, TargetError};
use crate::state::IllegalTransition;

/// Why an import did not happen. Whichever it is, the target is as it was, except where the
/// message of [`ImportError::Interrupted`] says otherwise.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The plan has blocks; they are in the plan.
    #[error("the import cannot start: {0} open points in the plan")]
    Blocked(usize),
    /// The target is not what it was when the plan was made.
    #[error("the target has changed since the plan was made ({}); make a new plan", .0.join(", "))]
    PlanOutdated(Vec<String>),
    /// The plan was made for another package or another target.
    #[error("the plan is for {planned}, not for {given}; make a new plan")]
    PlanMismatch {
        /// What it was made for.
        planned: String,
        /// What it was to be used for.
        given: String,
    },
    /// An artifact of the package cannot be read as its type demands.
    #[error("artifact '{artifact}' of the package cannot be read: {message}")]
    Package {
        /// Its id.
        artifact: String,
        /// What was found.
        message: String,
    },
    /// The target refused, is away, or is locked.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The service's own store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The snapshot could not be taken or opened.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// Everything was applied, but the target does not show what it should; it was rolled back.
    #[error("after applying, {object} is not as planned: {message}; everything was rolled back")]
    PostCondition {
        /// Which object.
        object: String,
        /// What was expected and what was found.
        message: String,
    },
    /// Rows break rules of the database; everything was rolled back.
    #[error("{} rules of the database would be broken: {}; everything was rolled back", .0.len(), first_few(.0))]
    Violations(Vec<String>),
    /// A commit failed and cannot be said to have happened or not.
    #[error("import {id} was interrupted while committing: {found}")]
    Interrupted {
        /// Which.
        id: ImportId,
        /// What is known of the target, and what to do.
        found: String,
        /// What failed.
        #[source]
        source: Box<ImportError>,
    },
    /// There is no such import.
    #[error("there is no import {0}")]
    NotFound(ImportId),
    /// Another process is at work on it.
    #[error("import {0} is being worked on by another process; wait until it ends")]
    Busy(ImportId),
    /// It is not in a state that allows it.
    #[error(transparent)]
    IllegalTransition(#[from] IllegalTransition),
    /// It was asked to be undone in a place it did not go into.
    #[error("import {import} went into {expected}, not into {given}")]
    WrongTarget {
        /// Which.
        import: ImportId,
        /// The identity of its target.
        expected: String,
        /// The identity of the target given.
        given: String,
    },
    /// Undoing it would lose later changes.
    #[error("rolling back would lose changes made since: {}", .0.join("; "))]
    WouldLose(Vec<String>),
    /// It was recorded without a snapshot, so there is nothing to put back.
    #[error("import {0} has no snapshot to put back")]
    NoSnapshot(ImportId),
}

/// Violations named in a message; more of them do not help a person.
const NAMED: usize = 20;

fn first_few(violations: &[String]) -> String {
    let named = violations
        .iter()
        .take(NAMED)
        .cloned()
        .collect::<Vec<_>>()
        .join("; ");
    if violations.len() > NAMED {
        format!("{named}; …")
    } else {
        named
    }
}
