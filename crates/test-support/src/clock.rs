//! Time that passes by one second whenever somebody looks.

use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use installhub_kernel::Clock;

/// 2026-01-01, midnight UTC.
const START: i64 = 1_767_225_600;

/// Begins at midnight of 2026-01-01 (UTC) and is one second later at every look.
#[derive(Debug, Default)]
pub struct SteppingClock {
    seconds: AtomicI64,
}

impl SteppingClock {
    /// A clock that has not been looked at.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets time pass.
    pub fn advance(&self, by: TimeDelta) {
        self.seconds.fetch_add(by.num_seconds(), Ordering::Relaxed);
    }
}

impl Clock for SteppingClock {
    fn now(&self) -> DateTime<Utc> {
        let passed = self.seconds.fetch_add(1, Ordering::Relaxed);
        DateTime::from_timestamp(START + passed, 0).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_passes_by_looking_and_by_command() {
        let clock = SteppingClock::new();
        assert_eq!(clock.now().to_rfc3339(), "2026-01-01T00:00:00+00:00");
        assert_eq!(clock.now().to_rfc3339(), "2026-01-01T00:00:01+00:00");
        clock.advance(TimeDelta::days(7));
        assert_eq!(clock.now().to_rfc3339(), "2026-01-08T00:00:02+00:00");
    }
}
