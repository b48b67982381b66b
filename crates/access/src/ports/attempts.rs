//! Where failed attempts to sign in are counted, and where sign-ins wait for an identity provider.

use std::fmt;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use installhub_checksum::Digest;
use installhub_kernel::{PlatformScope, StoreError};

/// Attempts of one account or from one address that have not succeeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempts {
    /// How many in a row.
    pub count: u32,
    /// When the last of them was made.
    pub last_at: DateTime<Utc>,
}

/// Attempts that have not succeeded, each under the digest of what they have in common.
#[async_trait]
pub trait AttemptRepository: Send {
    /// What is counted under `subject`. Nobody else gets it until the unit ends, also if there is nothing yet.
    async fn take(
        &mut self,
        scope: &PlatformScope,
        subject: Digest,
        now: DateTime<Utc>,
    ) -> Result<Attempts, StoreError>;

    /// Replaces what is counted.
    async fn put(
        &mut self,
        scope: &PlatformScope,
        subject: Digest,
        attempts: Attempts,
    ) -> Result<(), StoreError>;

    /// Forgets attempts last made before `before`; how many subjects.
    async fn forget(
        &mut self,
        scope: &PlatformScope,
        before: DateTime<Utc>,
    ) -> Result<u64, StoreError>;
}

/// A sign-in that an identity provider has in hand.
#[derive(Clone, PartialEq, Eq)]
pub struct SignInStart {
    /// The digest of its state.
    pub state: Digest,
    /// Comes back within the provider's signed answer.
    pub nonce: String,
    /// What the provider wants to see with the code.
    pub pkce_verifier: String,
    /// The path from which it was begun.
    pub return_to: String,
    /// When it was begun.
    pub created_at: DateTime<Utc>,
}

impl fmt::Debug for SignInStart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignInStart")
            .field("return_to", &self.return_to)
            .field("created_at", &self.created_at)
            .finish_non_exhaustive()
    }
}

/// Sign-ins that an identity provider has in hand.
#[async_trait]
pub trait SignInStartRepository: Send {
    /// Adds one.
    async fn add(&mut self, scope: &PlatformScope, start: &SignInStart) -> Result<(), StoreError>;

    /// Takes one out; of any number who try, one gets it.
    async fn take(
        &mut self,
        scope: &PlatformScope,
        state: Digest,
    ) -> Result<Option<SignInStart>, StoreError>;

    /// Removes those begun before `before`; how many.
    async fn remove_older(
        &mut self,
        scope: &PlatformScope,
        before: DateTime<Utc>,
    ) -> Result<u64, StoreError>;
}
