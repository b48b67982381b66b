//! The use cases; one file for each group.

mod authenticate;
mod first_administrator;
mod guard;
mod identities;
mod reach;
mod sessions;
mod sign_in;
mod sweep;
mod tenants;
mod throttle;
mod tokens;
mod users;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use installhub_kernel::{Actor, ActorKind, Clock, IdGenerator, PlatformScope, RequestId};

use crate::ports::{AccessStore, StoreError};
use crate::{AccessError, AccessSettings, IdentityProvider, PasswordHasher, SecretSource};

pub use sweep::AccessSweep;

/// Who may come in, and who may do what: tenants, users, sessions and tokens.
pub struct Access {
    /// Where everything is kept.
    pub store: Arc<dyn AccessStore>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Fresh ids.
    pub ids: Arc<dyn IdGenerator>,
    /// Fresh secrets.
    pub random: Arc<dyn SecretSource>,
    /// How passwords are kept.
    pub passwords: PasswordHasher,
    /// Who else knows people, if anybody.
    pub identity: Option<Arc<dyn IdentityProvider>>,
    /// What the operator has decided.
    pub settings: AccessSettings,
}

/// The service, looking up who somebody is.
fn doorkeeper(request: Option<RequestId>) -> Result<PlatformScope, StoreError> {
    let actor = actor("access")?;
    Ok(PlatformScope::acting(actor, ActorKind::System, request))
}

/// A name that has been accepted before, as an actor.
fn actor(name: &str) -> Result<Actor, StoreError> {
    name.parse().map_err(|error| StoreError::Corrupt {
        location: "the name of an actor".to_owned(),
        message: format!("{error}"),
    })
}

/// A duration on the time line; what is longer than the line ends with it.
fn delta(duration: std::time::Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX)
}

/// `duration` after `start`, or the end of time.
fn after(start: DateTime<Utc>, duration: std::time::Duration) -> DateTime<Utc> {
    start
        .checked_add_signed(delta(duration))
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// `duration` before `end`, or the beginning of time.
fn before(end: DateTime<Utc>, duration: std::time::Duration) -> DateTime<Utc> {
    end.checked_sub_signed(delta(duration))
        .unwrap_or(DateTime::<Utc>::MIN_UTC)
}

/// Refuses who has not seen the newest revision; who does not say which they have seen takes what comes.
fn demand_revision(expected: Option<u64>, found: u64) -> Result<(), AccessError> {
    match expected {
        Some(expected) if expected != found => Err(AccessError::Stale { expected, found }),
        _ => Ok(()),
    }
}
