//! How much one address, one caller and one tenant may ask for. Each process counts for itself.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use installhub_access::Principal;
use installhub_kernel::TenantId;
use uuid::Uuid;

use crate::error::{ApiError, ErrorCode};
use crate::settings::{HttpSettings, Rate};

/// After how many checks keys that have been quiet are forgotten.
const SWEEP_EVERY: u32 = 4096;

/// The counters of a process.
pub(crate) struct Limits {
    addresses: Limiter<IpAddr>,
    callers: Limiter<Uuid>,
    tenants: Limiter<TenantId>,
    busy_callers: Arc<Busy<Uuid>>,
    busy_tenants: Arc<Busy<TenantId>>,
    user_concurrency: usize,
    tenant_concurrency: usize,
}

/// A request that is being done; counted until dropped.
pub(crate) struct Admitted {
    _caller: Place<Uuid>,
    _tenant: Place<TenantId>,
}

impl Limits {
    pub(crate) fn new(settings: &HttpSettings) -> Self {
        Self {
            addresses: Limiter::new(settings.address_rate),
            callers: Limiter::new(settings.user_rate),
            tenants: Limiter::new(settings.tenant_rate),
            busy_callers: Arc::default(),
            busy_tenants: Arc::default(),
            user_concurrency: settings.user_concurrency,
            tenant_concurrency: settings.tenant_concurrency,
        }
    }

    /// Counts a request of an address, before anybody knows who it is.
    pub(crate) fn admit_address(&self, address: Option<IpAddr>) -> Result<(), ApiError> {
        address.map_or(Ok(()), |address| {
            self.addresses.check(&network(address), "this address")
        })
    }

    /// Counts a request of a caller and its tenant.
    pub(crate) fn admit_caller(&self, caller: &Principal) -> Result<Admitted, ApiError> {
        let tenant = caller.tenant();
        let who = identity(caller);
        self.callers.check(&who, "this user or token")?;
        self.tenants.check(&tenant, "this tenant")?;
        let too_many = |of: &str| {
            ApiError::new(
                ErrorCode::TooManyRequests,
                format!("too many requests of {of} are being done at the same time"),
            )
            .retry_after(Duration::from_secs(1))
        };
        Ok(Admitted {
            _caller: Busy::enter(&self.busy_callers, who, self.user_concurrency)
                .ok_or_else(|| too_many("this user or token"))?,
            _tenant: Busy::enter(&self.busy_tenants, tenant, self.tenant_concurrency)
                .ok_or_else(|| too_many("this tenant"))?,
        })
    }
}

/// All tokens of a person count together; a service token counts for itself.
fn identity(caller: &Principal) -> Uuid {
    caller
        .user()
        .map(|user| user.as_uuid())
        .or_else(|| caller.token().map(|token| token.as_uuid()))
        .unwrap_or_default()
}

/// Whoever has an IPv6 address has a whole network of them.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or_else(
            || IpAddr::V6((v6.to_bits() & (u128::MAX << 64)).into()),
            IpAddr::V4,
        ),
    }
}

struct Limiter<K: Hash + Eq + Clone> {
    inner: DefaultKeyedRateLimiter<K>,
    clock: DefaultClock,
    checks: AtomicU32,
}

impl<K: Hash + Eq + Clone> Limiter<K> {
    fn new(rate: Rate) -> Self {
        Self {
            inner: RateLimiter::keyed(Quota::per_second(rate.per_second).allow_burst(rate.burst)),
            clock: DefaultClock::default(),
            checks: AtomicU32::new(0),
        }
    }

    fn check(&self, key: &K, of: &str) -> Result<(), ApiError> {
        if self.checks.fetch_add(1, Ordering::Relaxed) % SWEEP_EVERY == SWEEP_EVERY - 1 {
            self.inner.retain_recent();
            self.inner.shrink_to_fit();
        }
        self.inner.check_key(key).map_err(|refused| {
            ApiError::new(
                ErrorCode::TooManyRequests,
                format!("too many requests of {of}"),
            )
            .retry_after(refused.wait_time_from(self.clock.now()))
        })
    }
}

/// How many requests of each key are being done.
struct Busy<K>(Mutex<HashMap<K, usize>>);

impl<K> Default for Busy<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

struct Place<K: Hash + Eq + Copy> {
    busy: Arc<Busy<K>>,
    key: K,
}

impl<K: Hash + Eq + Copy> Busy<K> {
    fn enter(busy: &Arc<Self>, key: K, most: usize) -> Option<Place<K>> {
        let mut counts = busy.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(key).or_insert(0);
        if *count >= most {
            return None;
        }
        *count += 1;
        drop(counts);
        Some(Place {
            busy: Arc::clone(busy),
            key,
        })
    }
}

impl<K: Hash + Eq + Copy> Drop for Place<K> {
    fn drop(&mut self) {
        let mut counts = self.busy.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_the_next_is_told_when_to_come_again() {
        let limiter = Limiter::new(Rate::new(1, 3));
        for _ in 0..3 {
            limiter.check(&7, "it").expect("the burst passes");
        }
        let refused = limiter.check(&7, "it").expect_err("the fourth is refused");
        assert_eq!(refused.code(), ErrorCode::TooManyRequests);
        limiter
            .check(&8, "it")
            .expect("another key has its own burst");
    }

    #[test]
    fn places_are_given_back() {
        let busy = Arc::new(Busy::default());
        let first = Busy::enter(&busy, 1, 1).expect("the first enters");
        assert!(Busy::enter(&busy, 1, 1).is_none());
        drop(first);
        assert!(Busy::enter(&busy, 1, 1).is_some());
        assert!(busy.0.lock().expect("no panic").is_empty());
    }

    #[test]
    fn a_network_of_addresses_counts_as_one() {
        let of = |text: &str| network(text.parse().expect("an address"));
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:10.0.0.1"), of("10.0.0.1"));
    }
}
