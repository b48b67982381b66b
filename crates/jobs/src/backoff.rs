//! How long to wait before trying again.

use std::time::Duration;

use installhub_kernel::JobId;

/// Exponential growth, spread so that what failed together is not tried again together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// After the first failure, before spreading.
    pub first: Duration,
    /// However often it failed.
    pub longest: Duration,
}

impl Default for Backoff {
    /// One second to ten minutes.
    fn default() -> Self {
        Self {
            first: Duration::from_secs(1),
            longest: Duration::from_mins(10),
        }
    }
}

impl Backoff {
    /// How long to wait after `failures` failures of the job (at least one): twice as long each time, less up to a half.
    ///
    /// How much less is told by the job's id and not by chance, so the same job waits equally long wherever it failed.
    pub fn pause(&self, job: JobId, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(1).min(31);
        let full = self.first.saturating_mul(1 << doublings).min(self.longest);
        let (high, low) = job.as_uuid().as_u64_pair();
        // In thousandths.
        let less = mixed(high ^ low.rotate_left(17) ^ u64::from(failures)) % 501;
        let less = u32::try_from(less).unwrap_or_default();
        full / 1_000 * (1_000 - less)
    }
}

/// The finalizer of the splitmix64 generator: neighbouring numbers come out unrelated.
fn mixed(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use uuid::Uuid;

    use super::*;

    #[test]
    fn pauses_grow_stay_in_bounds_and_are_spread() {
        let backoff = Backoff {
            first: Duration::from_secs(1),
            longest: Duration::from_mins(1),
        };
        let mut seen = BTreeSet::new();
        for id in 0..100 {
            let job = JobId::from_uuid(Uuid::from_u128(id));
            for (failures, full) in [(0, 1), (1, 1), (2, 2), (4, 8), (7, 60), (u32::MAX, 60)] {
                let pause = backoff.pause(job, failures);
                assert_eq!(pause, backoff.pause(job, failures), "no chance in it");
                assert!(pause <= Duration::from_secs(full), "{pause:?}");
                assert!(pause >= Duration::from_millis(full * 499), "{pause:?}");
            }
            seen.insert(backoff.pause(job, 1));
        }
        assert!(seen.len() > 60, "{}", seen.len());
    }
}
