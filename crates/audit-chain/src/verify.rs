//! Verification: events in, the first bad one out.

use std::collections::BTreeMap;

use installhub_checksum::Digest;
use installhub_kernel::TenantId;
use serde::Serialize;
use uuid::Uuid;

use crate::{AuditEvent, ChainHead, Checkpoint, CheckpointError, UnreadableEvent, VerifyingKey};

/// The first place of a chain that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize)]
#[error("event {sequence} is bad: {reason}")]
#[serde(rename_all = "camelCase")]
pub struct BadEvent {
    /// The place in the chain, from 1.
    pub sequence: u64,
    /// What stands there, if anything.
    pub id: Option<Uuid>,
    /// What is wrong with it.
    pub reason: BadReason,
}

/// What is wrong with an event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum BadReason {
    /// Its content does not give its hash.
    #[error("its content gives {computed}, it says {stated}: it was edited")]
    Edited {
        /// What its content gives.
        computed: Digest,
        /// What it says.
        stated: Digest,
    },
    /// Another event stands in its place.
    #[error("event {found} stands in its place: an event was removed, inserted or moved")]
    OutOfSequence {
        /// The sequence of the event that stands there.
        found: u64,
    },
    /// It names another predecessor than the one it has.
    #[error("it follows {stated}, the event before it is {found}: one of both was exchanged")]
    NotFollowing {
        /// What it says.
        stated: Digest,
        /// What is there.
        found: Digest,
    },
    /// It is of another tenant's chain.
    #[error("it belongs to the tenant {found}")]
    OtherTenant {
        /// That tenant.
        found: TenantId,
    },
    /// It cannot be read as an event.
    #[error("it cannot be read: {message}")]
    Unreadable {
        /// What was found.
        message: String,
    },
    /// It is another than the one that was signed at its place.
    #[error("it is {found}, a signed checkpoint knows it as {signed}: the chain was written anew")]
    NotAsSigned {
        /// What is there.
        found: Digest,
        /// What was signed.
        signed: Digest,
    },
    /// It is missing, with everything up to the event that a checkpoint or the chain's head knows.
    #[error("it is missing: the chain is known to reach event {known}, its tail was cut")]
    TailCut {
        /// How far the chain is known to reach.
        known: u64,
    },
    /// It stands behind what the chain's head knows as the last event.
    #[error("it is behind the end of the chain, which is event {known}")]
    BehindHead {
        /// The end of the chain.
        known: u64,
    },
    /// It is another than the one the chain's head knows as the last.
    #[error("it is {found}, the head of the chain knows it as {known}")]
    NotTheHead {
        /// What is there.
        found: Digest,
        /// What the head knows.
        known: Digest,
    },
}

/// Judges one tenant's chain, event by event, in memory that does not grow with it.
#[derive(Debug, Clone)]
pub struct Verifier {
    tenant: TenantId,
    head: ChainHead,
    signed: BTreeMap<u64, Digest>,
}

impl Verifier {
    /// For a chain from its first event.
    pub fn new(tenant: TenantId) -> Self {
        Self::behind(tenant, ChainHead::start(tenant))
    }

    /// For the part of a chain that begins behind `head`, which is taken for good.
    pub fn behind(tenant: TenantId, head: ChainHead) -> Self {
        Self {
            tenant,
            head,
            signed: BTreeMap::new(),
        }
    }

    /// How far the chain is good.
    pub fn head(&self) -> ChainHead {
        self.head
    }

    /// Demands that the chain agrees with `checkpoint`, which is refused unless one of `keys` signed it for this tenant.
    ///
    /// To be called before the checkpoint's event is fed.
    pub fn expect(
        &mut self,
        checkpoint: &Checkpoint,
        keys: &[VerifyingKey],
    ) -> Result<(), CheckpointError> {
        checkpoint.verify(keys)?;
        if checkpoint.tenant != self.tenant {
            return Err(CheckpointError::OtherTenant {
                sequence: checkpoint.sequence,
                tenant: checkpoint.tenant,
            });
        }
        self.signed.insert(checkpoint.sequence, checkpoint.hash);
        Ok(())
    }

    /// The next event of the chain. After the first error nothing more is worth feeding.
    pub fn feed(&mut self, event: &AuditEvent) -> Result<(), BadEvent> {
        let sequence = self.head.sequence + 1;
        let bad = |reason| BadEvent {
            sequence,
            id: Some(event.id),
            reason,
        };
        if event.sequence != sequence {
            let found = event.sequence;
            return Err(bad(BadReason::OutOfSequence { found }));
        }
        if event.tenant != self.tenant {
            let found = event.tenant;
            return Err(bad(BadReason::OtherTenant { found }));
        }
        let (computed, stated) = (event.computed_hash(), event.hash);
        if computed != stated {
            return Err(bad(BadReason::Edited { computed, stated }));
        }
        if event.previous != self.head.hash {
            let (stated, found) = (event.previous, self.head.hash);
            return Err(bad(BadReason::NotFollowing { stated, found }));
        }
        if let Some(signed) = self.signed.remove(&sequence)
            && signed != computed
        {
            let found = computed;
            return Err(bad(BadReason::NotAsSigned { found, signed }));
        }
        self.head = ChainHead::of(event);
        Ok(())
    }

    /// What stands where the next event belongs cannot be read as one: never good.
    pub fn unreadable(&self, found: &UnreadableEvent) -> BadEvent {
        let sequence = self.head.sequence + 1;
        let reason = if found.sequence == sequence {
            let message = found.message.clone();
            BadReason::Unreadable { message }
        } else {
            let found = found.sequence;
            BadReason::OutOfSequence { found }
        };
        BadEvent {
            sequence,
            id: found.id,
            reason,
        }
    }

    /// The chain ends here: `known` is its head as kept apart from the events ([`ChainHead::start`] when none is kept).
    pub fn finish(self, known: ChainHead) -> Result<ChainHead, BadEvent> {
        let head = self.head;
        let signed = self.signed.last_key_value().map_or(0, |(last, _)| *last);
        let bad = |sequence, reason| BadEvent {
            sequence,
            id: None,
            reason,
        };
        let reaches = known.sequence.max(signed);
        if reaches > head.sequence {
            let cut = BadReason::TailCut { known: reaches };
            Err(bad(head.sequence + 1, cut))
        } else if known.sequence < head.sequence {
            let behind = BadReason::BehindHead {
                known: known.sequence,
            };
            Err(bad(known.sequence + 1, behind))
        } else if known.hash != head.hash {
            let (found, known) = (head.hash, known.hash);
            Err(bad(head.sequence, BadReason::NotTheHead { found, known }))
        } else {
            Ok(head)
        }
    }
}
