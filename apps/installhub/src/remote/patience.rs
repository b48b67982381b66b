//! Trying again while something is away, for as long as the user wants.

use std::time::Duration;

/// Pauses that grow, up to a limit for all of them together.
pub(crate) struct Patience {
    limit: Duration,
    spent: Duration,
    next: Duration,
}

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(4);

impl Patience {
    pub(crate) fn new(limit: Duration) -> Self {
        Self {
            limit,
            spent: Duration::ZERO,
            next: FIRST,
        }
    }

    /// Pauses; false, at once, when patience is at its end.
    pub(crate) async fn pause(&mut self) -> bool {
        let Some(pause) = self.take() else {
            return false;
        };
        tokio::time::sleep(pause).await;
        true
    }

    /// Begins anew, after something went well.
    pub(crate) fn renew(&mut self) {
        *self = Self::new(self.limit);
    }

    fn take(&mut self) -> Option<Duration> {
        let left = self.limit.saturating_sub(self.spent);
        if left.is_zero() {
            return None;
        }
        let pause = self.next.min(left);
        self.spent += pause;
        self.next = (self.next * 2).min(LONGEST);
        Some(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_add_up_to_the_limit() {
        let limit = Duration::from_secs(5);
        let mut patience = Patience::new(limit);
        let pauses: Vec<Duration> = std::iter::from_fn(|| patience.take()).collect();
        assert_eq!(pauses.iter().sum::<Duration>(), limit);
        assert_eq!(pauses[..3], [FIRST, FIRST * 2, FIRST * 4]);
        patience.renew();
        assert_eq!(patience.take(), Some(FIRST));
        assert_eq!(Patience::new(Duration::ZERO).take(), None);
    }
}
