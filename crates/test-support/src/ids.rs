//! Identities that count.

use std::sync::atomic::{AtomicU64, Ordering};

use installhub_kernel::IdGenerator;
use uuid::Uuid;

/// Hands out `…-000000000001`, `…-000000000002` and so on.
#[derive(Debug, Default)]
pub struct CountingIds {
    last: AtomicU64,
}

impl CountingIds {
    /// A generator that has handed out nothing.
    pub fn new() -> Self {
        Self::default()
    }
}

impl IdGenerator for CountingIds {
    fn new_uuid(&self) -> Uuid {
        Uuid::from_u128(u128::from(self.last.fetch_add(1, Ordering::Relaxed)) + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_count_from_one() {
        let ids = CountingIds::new();
        assert_eq!(ids.new_uuid().as_u128(), 1);
        assert_eq!(ids.new_uuid().as_u128(), 2);
    }
}
