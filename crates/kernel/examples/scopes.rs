//! How a test of your own stands in for time and identity, and why a query without a tenant does not compile.

use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use installhub_kernel::{Actor, Clock, IdGenerator, ImportId, TenantId, TenantScope};
use uuid::Uuid;

/// A clock that moves one second each time it is asked.
struct Stepping(AtomicU64);

impl Clock for Stepping {
    fn now(&self) -> DateTime<Utc> {
        let seconds = self.0.fetch_add(1, Ordering::Relaxed);
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds.cast_signed())
    }
}

/// Ids that count.
struct Counting(AtomicU64);

impl IdGenerator for Counting {
    fn new_uuid(&self) -> Uuid {
        Uuid::from_u128(u128::from(self.0.fetch_add(1, Ordering::Relaxed)))
    }
}

/// What belongs to a tenant can only be asked for with a scope.
fn imports_of(scope: &TenantScope, ids: &dyn IdGenerator, clock: &dyn Clock) -> String {
    let id = ImportId::from_uuid(ids.new_uuid());
    format!(
        "{} asked about {id} of tenant {} at {}",
        scope.actor(),
        scope.tenant(),
        clock.now()
    )
}

#[expect(clippy::print_stdout, reason = "an example shows its result")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let scope = TenantScope::new(TenantId::LOCAL, "ops@example.com".parse::<Actor>()?);
    let (ids, clock) = (Counting(AtomicU64::new(1)), Stepping(AtomicU64::new(0)));
    for _ in 0..2 {
        println!("{}", imports_of(&scope, &ids, &clock));
    }
    Ok(())
}
