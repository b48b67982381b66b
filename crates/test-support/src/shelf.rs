//! Snapshots of targets in memory: the states stand on a shelf, and a snapshot's bytes are a number.

use std::io::{Read, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use installhub_importing::ports::TargetError;

/// Keeps states; clones share it.
#[derive(Clone)]
pub(crate) struct Shelf<T>(Arc<Mutex<Vec<T>>>);

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T: Clone> Shelf<T> {
    fn states(&self) -> MutexGuard<'_, Vec<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn keep(&self, state: T, out: &mut dyn Write) -> Result<(), TargetError> {
        let number = {
            let mut states = self.states();
            states.push(state);
            states.len() - 1
        };
        writeln!(out, "{number}").map_err(|source| TargetError::Other {
            attempted: "cannot write the snapshot".to_owned(),
            source: source.into(),
        })
    }

    pub(crate) fn fetch(&self, mut snapshot: impl Read) -> Result<T, TargetError> {
        let mut number = String::new();
        snapshot
            .read_to_string(&mut number)
            .map_err(|source| TargetError::Other {
                attempted: "cannot read the snapshot".to_owned(),
                source: source.into(),
            })?;
        let place: Option<usize> = number.trim().parse().ok();
        let state = place.and_then(|place| self.states().get(place).cloned());
        state.ok_or_else(|| TargetError::Refused {
            object: "the snapshot".to_owned(),
            message: format!("there is no number '{}'", number.trim()),
        })
    }
}
