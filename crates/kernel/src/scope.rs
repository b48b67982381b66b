//! The tenant scope: who acts, and on whose data.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{RequestId, TenantId};

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

/// What an actor is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ActorKind {
    /// A person who has signed in.
    User,
    /// A program with an API token.
    Token,
    /// A person at the command line of the machine itself.
    CommandLine,
    /// The service by itself: sweeps, schedules, settlements.
    System,
}

impl ActorKind {
    /// The kind as written in events and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Token => "token",
            Self::CommandLine => "commandLine",
            Self::System => "system",
        }
    }
}

impl fmt::Display for ActorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that is no [`ActorKind`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{}' is no kind of actor: expected user, token, commandLine or system", .0.escape_debug())]
pub struct ActorKindError(String);

impl FromStr for ActorKind {
    type Err = ActorKindError;

    fn from_str(text: &str) -> Result<Self, ActorKindError> {
        [Self::User, Self::Token, Self::CommandLine, Self::System]
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| ActorKindError(text.to_owned()))
    }
}

/// The right to speak of one tenant's data, carried by every call that touches it.
///
/// Repository methods take a scope and there is no other way to build a query, so a forgotten tenant filter does not
/// compile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantScope {
    tenant: TenantId,
    by: By,
}

/// The right to look across tenants: who has it, and for which request. Ports that take it are few and audited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlatformScope {
    by: By,
}

/// Who acts, as what, and in which request.
#[derive(Debug, Clone, PartialEq, Eq)]
struct By {
    actor: Actor,
    kind: ActorKind,
    request: Option<RequestId>,
}

impl TenantScope {
    /// A scope for `actor` at the command line, whose right to act for `tenant` has been established.
    pub fn new(tenant: TenantId, actor: Actor) -> Self {
        Self::acting(tenant, actor, ActorKind::CommandLine, None)
    }

    /// A scope for `actor`, whose right to act for `tenant` has been established.
    pub fn acting(
        tenant: TenantId,
        actor: Actor,
        kind: ActorKind,
        request: Option<RequestId>,
    ) -> Self {
        let by = By {
            actor,
            kind,
            request,
        };
        Self { tenant, by }
    }

    /// Whose data.
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// Who acts.
    pub fn actor(&self) -> &Actor {
        &self.by.actor
    }

    /// What the actor is.
    pub fn actor_kind(&self) -> ActorKind {
        self.by.kind
    }

    /// The request that is being answered, if there is one.
    pub fn request(&self) -> Option<RequestId> {
        self.by.request
    }
}

impl PlatformScope {
    /// A scope for `actor`, whose right to look across tenants has been established.
    pub fn acting(actor: Actor, kind: ActorKind, request: Option<RequestId>) -> Self {
        let by = By {
            actor,
            kind,
            request,
        };
        Self { by }
    }

    /// The same actor, speaking of one tenant.
    pub fn of_tenant(&self, tenant: TenantId) -> TenantScope {
        TenantScope {
            tenant,
            by: self.by.clone(),
        }
    }

    /// Who acts.
    pub fn actor(&self) -> &Actor {
        &self.by.actor
    }

    /// What the actor is.
    pub fn actor_kind(&self) -> ActorKind {
        self.by.kind
    }

    /// The request that is being answered, if there is one.
    pub fn request(&self) -> Option<RequestId> {
        self.by.request
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
