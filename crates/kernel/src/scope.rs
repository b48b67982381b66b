//! The tenant scope: who acts, and on whose data.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::TenantId;

/// Who acts: an e-mail address, a service account, or the operating-system user of the command line.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Actor(String);

/// A text that cannot name an actor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{}' cannot name an actor: expected 1 to 254 characters without control characters", .0.escape_debug())]
pub struct ActorError(String);

impl Actor {
    /// The name as given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Actor {
    type Error = ActorError;

    fn try_from(name: String) -> Result<Self, ActorError> {
        let length = name.chars().count();
        if (1..=254).contains(&length)
            && !name.chars().any(char::is_control)
            && !name.trim().is_empty()
        {
            Ok(Self(name))
        } else {
            Err(ActorError(name))
        }
    }
}

impl FromStr for Actor {
    type Err = ActorError;

    fn from_str(name: &str) -> Result<Self, ActorError> {
        Self::try_from(name.to_owned())
    }
}

impl From<Actor> for String {
    fn from(actor: Actor) -> Self {
        actor.0
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The right to speak of one tenant's data, carried by every call that touches it.
///
/// Repository methods take a scope and there is no other way to build a query, so a forgotten tenant filter does not
/// compile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantScope {
    tenant: TenantId,
    actor: Actor,
}

impl TenantScope {
    /// A scope for `actor`, whose right to act for `tenant` has been established.
    pub fn new(tenant: TenantId, actor: Actor) -> Self {
        Self { tenant, actor }
    }

    /// Whose data.
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// Who acts.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_actor_is_a_printable_name() {
        for (name, accepted) in [
            ("a@b.example", true),
            ("", false),
            (" ", false),
            ("a\nb", false),
            (&"x".repeat(255), false),
        ] {
            assert_eq!(name.parse::<Actor>().is_ok(), accepted, "{name:?}");
        }
    }
}
