//! Holding up failed attempts: durable, the same for all processes, per account and per client address.
//!
//! An attempt is counted before the password is looked at and taken back when it was right, so that a thousand attempts at the
//! same time are a thousand attempts.

use std::cmp::max;
use std::net::IpAddr;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use installhub_checksum::Digest;
use installhub_kernel::PlatformScope;

use super::{Access, delta};
use crate::email::key_of;
use crate::ports::{AccessUnit, Attempts, StoreError};
use crate::{AccessError, ClientInfo, ThrottleSettings};

/// What attempts are counted under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Subject {
    digest: Digest,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Account,
    Address,
}

/// An attempt as it was counted, so that it can be taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counted {
    subject: Subject,
    /// When the attempt before it was made.
    before: DateTime<Utc>,
    /// When it was made itself.
    at: DateTime<Utc>,
}

/// The subjects of an attempt, in the order in which everybody takes them.
pub(super) fn subjects(email: &str, client: &ClientInfo) -> Vec<Subject> {
    let account = Subject {
        digest: Digest::of(format!("account:{}", key_of(email)).as_bytes()),
        kind: Kind::Account,
    };
    let address = client.address.map(|address| Subject {
        digest: Digest::of(format!("address:{}", network(address)).as_bytes()),
        kind: Kind::Address,
    });
    let mut subjects: Vec<_> = address.into_iter().chain([account]).collect();
    subjects.sort_by_key(|subject| *subject.digest.as_bytes());
    subjects
}

/// An address, or the /64 network of one of IPv6, which one customer of a provider has to themselves.
fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

/// What becomes of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Judgement {
    /// It is looked at, and counted.
    Go(Attempts),
    /// It is not looked at; what is to be remembered, and how long to wait.
    Wait(Attempts, Duration),
}

fn judge(found: Attempts, limit: u32, rules: &ThrottleSettings, now: DateTime<Utc>) -> Judgement {
    // A clock that was put back must not make anybody wait for the time that it had shown.
    let last_at = found.last_at.min(now);
    let wait = wait_after(found.count, limit, rules);
    let passed = now - last_at;
    if passed < delta(wait) {
        let rest = (delta(wait) - passed).to_std().unwrap_or(wait);
        return Judgement::Wait(Attempts { last_at, ..found }, rest);
    }
    let is_forgotten = passed >= delta(wait) + delta(rules.window);
    let count = if is_forgotten { 0 } else { found.count };
    Judgement::Go(Attempts {
        count: count.saturating_add(1),
        last_at: now,
    })
}

/// How long to wait after so many failures in a row.
fn wait_after(count: u32, limit: u32, rules: &ThrottleSettings) -> Duration {
    let Some(beyond) = count.checked_sub(limit.max(1)) else {
        return Duration::ZERO;
    };
    let factor = 2_u32.saturating_pow(beyond.min(31));
    rules
        .first_wait
        .saturating_mul(factor)
        .min(rules.longest_wait)
}

impl Access {
    /// Counts an attempt as one that fails, or says how long to wait. Commit in both cases.
    pub(super) async fn count_attempt(
        &self,
        unit: &mut dyn AccessUnit,
        across: &PlatformScope,
        subjects: &[Subject],
    ) -> Result<Result<Vec<Counted>, Duration>, StoreError> {
        let rules = &self.settings.throttle;
        let now = self.clock.now();
        let mut counted = Vec::new();
        let mut wait = None;
        for &subject in subjects {
            let found = unit.attempts().take(across, subject.digest, now).await?;
            let limit = match subject.kind {
                Kind::Account => rules.failures_per_account,
                Kind::Address => rules.failures_per_address,
            };
            match judge(found, limit, rules, now) {
                Judgement::Go(attempts) => {
                    let before = found.last_at;
                    let at = attempts.last_at;
                    let attempt = Counted {
                        subject,
                        before,
                        at,
                    };
                    counted.push((attempt, attempts));
                }
                Judgement::Wait(attempts, rest) => {
                    unit.attempts()
                        .put(across, subject.digest, attempts)
                        .await?;
                    wait = wait.max(Some(rest));
                }
            }
        }
        // An attempt that is not looked at counts nowhere.
        if let Some(wait) = wait {
            return Ok(Err(wait));
        }
        for (attempt, attempts) in &counted {
            let digest = attempt.subject.digest;
            unit.attempts().put(across, digest, *attempts).await?;
        }
        Ok(Ok(counted
            .into_iter()
            .map(|(attempt, _)| attempt)
            .collect()))
    }

    /// Takes back an attempt that was right: the account begins anew; for its address it is as if it had not been made, so that
    /// it neither clears what others have tried from there nor makes anybody wait.
    pub(super) async fn forgive_attempt(
        &self,
        unit: &mut dyn AccessUnit,
        across: &PlatformScope,
        counted: &[Counted],
    ) -> Result<(), StoreError> {
        for Counted {
            subject,
            before,
            at,
        } in counted
        {
            let found = unit.attempts().take(across, subject.digest, *at).await?;
            let count = match subject.kind {
                Kind::Account => 0,
                Kind::Address => found.count.saturating_sub(1),
            };
            let last_at = if found.last_at == *at {
                *before
            } else {
                found.last_at
            };
            let attempts = Attempts { count, last_at };
            unit.attempts()
                .put(across, subject.digest, attempts)
                .await?;
        }
        Ok(())
    }

    /// The time before which attempts do not matter any more.
    pub(super) fn forgotten_before(&self) -> DateTime<Utc> {
        let rules = &self.settings.throttle;
        let kept = rules.window.saturating_add(rules.longest_wait);
        super::before(self.clock.now(), max(kept, Duration::from_hours(1)))
    }
}

/// As an answer.
pub(super) fn throttled(wait: Duration) -> AccessError {
    let whole = TimeDelta::from_std(wait).map_or(0, |wait| wait.num_milliseconds());
    let seconds = u64::try_from(whole.max(1)).unwrap_or(1).div_ceil(1_000);
    AccessError::Throttled {
        retry_after: Duration::from_secs(seconds),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_767_225_600 + seconds, 0).expect("a time")
    }

    fn failed(count: u32, seconds: i64) -> Attempts {
        Attempts {
            count,
            last_at: at(seconds),
        }
    }

    #[test]
    fn waits_double_up_to_the_longest() {
        let rules = ThrottleSettings::default();
        let waits: Vec<u64> = [0, 4, 5, 6, 7, 9, 10, 40, u32::MAX]
            .into_iter()
            .map(|count| wait_after(count, 5, &rules).as_secs())
            .collect();
        assert_eq!(waits, [0, 0, 30, 60, 120, 480, 900, 900, 900]);
    }

    #[test]
    fn attempts_are_judged_by_what_was_before() {
        let rules = ThrottleSettings::default();
        let wait = |found, rest| Judgement::Wait(found, Duration::from_secs(rest));
        let cases = [
            (
                "the first",
                failed(0, 100),
                100,
                Judgement::Go(failed(1, 100)),
            ),
            (
                "the fifth",
                failed(4, 100),
                101,
                Judgement::Go(failed(5, 101)),
            ),
            (
                "the sixth, soon",
                failed(5, 100),
                101,
                wait(failed(5, 100), 29),
            ),
            (
                "the sixth, in time",
                failed(5, 100),
                130,
                Judgement::Go(failed(6, 130)),
            ),
            (
                "long after",
                failed(9, 100),
                100 + 480 + 900,
                Judgement::Go(failed(1, 1480)),
            ),
            (
                "not so long after",
                failed(9, 100),
                100 + 480 + 899,
                Judgement::Go(failed(10, 1479)),
            ),
            (
                "clock put back, free",
                failed(3, 9_999_999),
                100,
                Judgement::Go(failed(4, 100)),
            ),
            (
                "clock put back, held",
                failed(5, 9_999_999),
                100,
                wait(failed(5, 100), 30),
            ),
        ];
        for (what, found, now, expected) in cases {
            assert_eq!(judge(found, 5, &rules, at(now)), expected, "{what}");
        }
    }

    #[test]
    fn neither_case_nor_spelling_nor_host_part_makes_another_subject() {
        let client = |address: &str| ClientInfo {
            address: Some(address.parse().expect("an address")),
            user_agent: None,
        };
        let one = subjects("anna@example.com", &client("2001:db8::1"));
        assert_eq!(
            subjects(" ANNA@Example.com", &client("2001:db8::ffff")),
            one
        );
        assert_ne!(
            subjects("anna@example.com", &client("2001:db8:0:1::1")),
            one
        );
        assert_eq!(
            subjects("a", &client("::ffff:192.0.2.1")),
            subjects("A", &client("192.0.2.1"))
        );
    }
}
