//! Verification of a whole chain, a batch at a time.

use installhub_access::Principal;
use installhub_audit_chain::{
    AuditLog, BadEvent, ChainHead, Checkpoint, CheckpointError, Verifier, VerifyingKey,
};
use installhub_kernel::{StoreError, TenantId, TenantScope};

use crate::{Audit, AuditError, Chain};

/// How many events are in memory at once.
pub(crate) const BATCH: u32 = 1_000;

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// Whose chain.
    pub tenant: TenantId,
    /// How many events are good, from the first on.
    pub events: u64,
    /// The last good event.
    pub last: ChainHead,
    /// How many checkpoints were signed by a known key; with an intact chain all of them agree with it.
    pub checkpoints: u64,
    /// How many checkpoints prove nothing here, because the keys they are signed with are not known.
    pub unknown_keys: u64,
    /// Whether the chain is what was written.
    pub verdict: Verdict,
}

/// Whether a chain is what was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is.
    Intact,
    /// It is not, from this event on.
    FirstBad(BadEvent),
    /// Its events follow each other, but a checkpoint was forged.
    BadCheckpoint(CheckpointError),
}

impl Audit {
    /// Verifies a chain: all events, the head and the checkpoints, as of one moment.
    pub async fn verify(
        &self,
        principal: &Principal,
        chain: Chain,
    ) -> Result<Verification, AuditError> {
        let scope = self.scope(principal, chain, "audit.verified").await?;
        Ok(self.verify_scope(&scope).await?)
    }

    /// The same for whoever needs no permission: jobs, and the command line of an embedded home.
    pub async fn verify_scope(&self, scope: &TenantScope) -> Result<Verification, StoreError> {
        let mut unit = self.store.read(scope).await?;
        let mut walk = Walk::new(Verifier::new(scope.tenant()), self.keys());
        let verdict = match walk.finish(scope, unit.audit()).await? {
            Err(bad) => Verdict::FirstBad(bad),
            Ok(()) => walk
                .forged
                .take()
                .map_or(Verdict::Intact, Verdict::BadCheckpoint),
        };
        let last = walk.verifier.head();
        Ok(Verification {
            tenant: scope.tenant(),
            events: last.sequence,
            last,
            checkpoints: walk.checkpoints,
            unknown_keys: walk.unknown_keys,
            verdict,
        })
    }
}

/// A walk along a stored chain.
pub(crate) struct Walk {
    pub(crate) verifier: Verifier,
    keys: Vec<VerifyingKey>,
    /// Checkpoints of events up to here have been looked at.
    judged_to: u64,
    checkpoints: u64,
    unknown_keys: u64,
    forged: Option<CheckpointError>,
}

impl Walk {
    /// From where `verifier` is.
    pub(crate) fn new(verifier: Verifier, keys: Vec<VerifyingKey>) -> Self {
        Self {
            judged_to: verifier.head().sequence,
            verifier,
            keys,
            checkpoints: 0,
            unknown_keys: 0,
            forged: None,
        }
    }

    /// Feeds everything that is stored, and compares the end with what is known of it.
    pub(crate) async fn finish(
        &mut self,
        scope: &TenantScope,
        log: &mut dyn AuditLog,
    ) -> Result<Result<(), BadEvent>, StoreError> {
        loop {
            let from = self.verifier.head().sequence;
            let batch = log.after(scope, from, BATCH).await?;
            if batch.is_empty() {
                break;
            }
            self.judge_checkpoints(scope, log, from + u64::from(BATCH))
                .await?;
            for event in &batch {
                let fed = match event {
                    Ok(event) => self.verifier.feed(event),
                    Err(unreadable) => Err(self.verifier.unreadable(unreadable)),
                };
                if let Err(bad) = fed {
                    return Ok(Err(bad));
                }
            }
        }
        if let Some(last) = log.last_checkpoint(scope).await?
            && last.sequence > self.judged_to
        {
            self.judge(&last);
        }
        let kept = log.head(scope).await?;
        let known = kept.unwrap_or_else(|| ChainHead::start(scope.tenant()));
        Ok(self.verifier.clone().finish(known).map(drop))
    }

    /// Looks at the checkpoints of events up to `sequence`, before the events themselves.
    async fn judge_checkpoints(
        &mut self,
        scope: &TenantScope,
        log: &mut dyn AuditLog,
        sequence: u64,
    ) -> Result<(), StoreError> {
        while self.judged_to < sequence {
            let found = log.checkpoints_after(scope, self.judged_to, BATCH).await?;
            for checkpoint in found.iter().filter(|it| it.sequence <= sequence) {
                self.judge(checkpoint);
            }
            self.judged_to = match found.last() {
                Some(last) if found.len() == BATCH as usize => last.sequence.min(sequence),
                _ => sequence,
            };
        }
        Ok(())
    }

    fn judge(&mut self, checkpoint: &Checkpoint) {
        match self.verifier.expect(checkpoint, &self.keys) {
            Ok(()) => self.checkpoints += 1,
            Err(CheckpointError::UnknownKey { .. }) => self.unknown_keys += 1,
            Err(forged) => {
                self.forged.get_or_insert(forged);
            }
        }
    }
}
