//! When something fails.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Which calls fail. Clones share the count.
#[derive(Debug, Clone, Default)]
pub struct Faults(Arc<Mutex<Count>>);

#[derive(Debug, Default)]
struct Count {
    calls: Vec<&'static str>,
    fault: Option<Fault>,
    lie: Option<Lie>,
}

/// What goes wrong without a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lie {
    /// Restoring changes nothing.
    Restore,
    /// Documents are written without their `title`.
    Documents,
}

/// A call that fails, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// This call does nothing and reports an error.
    Instead(usize),
    /// This call does its work and reports an error all the same, as a commit over a broken connection may.
    Afterwards(usize),
    /// This call and all that come after it do nothing and report an error.
    From(usize),
    /// This call does its work, but from it on every call reports an error, as when the connection breaks before the answer.
    Lost(usize),
}

/// How a call goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Course {
    Well,
    Nothing,
    Silenced,
}

impl Faults {
    /// Calls go well until [`set`](Self::set).
    pub fn none() -> Self {
        Self::default()
    }

    fn count(&self) -> MutexGuard<'_, Count> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts from 0 again, with this fault.
    pub fn set(&self, fault: Option<Fault>) {
        *self.count() = Count {
            fault,
            ..Count::default()
        };
    }

    /// From now on this goes wrong.
    pub fn lie(&self, lie: Lie) {
        self.count().lie = Some(lie);
    }

    pub(super) fn lies(&self, lie: Lie) -> bool {
        self.count().lie == Some(lie)
    }

    /// The calls so far.
    pub fn calls(&self) -> Vec<&'static str> {
        self.count().calls.clone()
    }

    pub(super) fn course(&self, call: &'static str) -> Course {
        let mut count = self.count();
        let number = count.calls.len();
        count.calls.push(call);
        match count.fault {
            Some(Fault::Instead(at)) if number == at => Course::Nothing,
            Some(Fault::From(at)) if number >= at => Course::Nothing,
            Some(Fault::Lost(at)) if number > at => Course::Nothing,
            Some(Fault::Afterwards(at) | Fault::Lost(at)) if number == at => Course::Silenced,
            _ => Course::Well,
        }
    }
}
