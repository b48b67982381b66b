//! The port to where claims and answers are kept.

use std::time::Duration;

use async_trait::async_trait;
use installhub_checksum::Digest;
use installhub_kernel::{StoreError, TenantScope};

use crate::IdempotencyKey;

/// How long an answer is kept: 24 hours.
pub const KEPT_FOR: Duration = Duration::from_hours(24);

/// How long a claim holds whose request never ended: 5 minutes.
pub const CLAIMED_FOR: Duration = Duration::from_mins(5);

/// What a kept answer belongs to, within a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestKey {
    /// Who asks, as a digest of the credential, which is nowhere kept itself.
    pub caller: Digest,
    /// What is asked for: the `operationId`.
    pub operation: String,
    /// The client's name for the request.
    pub key: IdempotencyKey,
}

/// An answer, as it will be given again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptAnswer {
    /// Digest of the request that was answered: credential, method, path and body.
    pub fingerprint: Digest,
    /// The HTTP status.
    pub status: u16,
    /// Headers, in the order in which they were set.
    pub headers: Vec<(String, String)>,
    /// The body: text, without secrets.
    pub body: String,
}

/// What became of a try to claim a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// The request is the first with this key and may go on. It ends with [`IdempotencyStore::keep`] or
    /// [`IdempotencyStore::release`].
    First,
    /// A request with this key is being done.
    InProgress,
    /// A request with this key was done.
    Answered(KeptAnswer),
}

/// Where claims and answers are kept, for all processes of the service.
#[async_trait]
pub trait IdempotencyStore: Send + Sync {
    /// Claims a key: of any number of callers at a time one is [`Claim::First`]. A claim that is older than
    /// [`CLAIMED_FOR`] without an end, and an answer older than [`KEPT_FOR`], count as none.
    async fn claim(&self, scope: &TenantScope, key: &RequestKey) -> Result<Claim, StoreError>;

    /// Ends a claim with an answer.
    async fn keep(
        &self,
        scope: &TenantScope,
        key: &RequestKey,
        answer: &KeptAnswer,
    ) -> Result<(), StoreError>;

    /// Ends a claim without an answer: nothing was done, and the key may be used again.
    async fn release(&self, scope: &TenantScope, key: &RequestKey) -> Result<(), StoreError>;
}
