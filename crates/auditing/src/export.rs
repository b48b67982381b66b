//! Export: a chain as a stream of NDJSON that proves itself.

use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt as _};
use installhub_access::{FieldError, Principal};
use installhub_audit_chain::{
    BadEvent, BadReason, ChainHead, Checkpoint, ExportHeader, ExportedKey, Exporter, NewEvent,
    UnreadableEvent,
};
use installhub_kernel::TenantScope;
use serde_json::json;

use crate::verify::BATCH;
use crate::{Audit, AuditError, AuditUnit, Chain};

/// Which part of a chain is wanted, by sequence, both ends included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ExportRange {
    /// The first event; `None` is the first of the chain.
    pub from: Option<u64>,
    /// The last event; `None` is the last of the chain when the export begins.
    pub to: Option<u64>,
}

impl Audit {
    /// Exports a chain: pieces of a file for [`verify_export`](installhub_audit_chain::verify_export).
    ///
    /// That somebody took the events away is itself the last event of the chain before the export begins.
    pub async fn export(
        &self,
        principal: &Principal,
        chain: Chain,
        range: ExportRange,
    ) -> Result<BoxStream<'static, Result<Bytes, AuditError>>, AuditError> {
        let scope = self.scope(principal, chain, "audit.exported").await?;
        self.export_scope(&scope, range).await
    }

    /// The same for whoever needs no permission: the command line of an embedded home.
    pub async fn export_scope(
        &self,
        scope: &TenantScope,
        range: ExportRange,
    ) -> Result<BoxStream<'static, Result<Bytes, AuditError>>, AuditError> {
        self.check_range(scope, range).await?;
        let event = NewEvent::success("audit.exported", "tenant", scope.tenant());
        let details = json!({"from": range.from, "to": range.to});
        self.record(scope, event.with(details)).await?;
        let header = self.header(scope, range).await?;
        let (exporter, line) = Exporter::begin(&header);
        let first = stream::iter([Ok(Bytes::from(line))]);
        let rest = Rest {
            audit: self.clone(),
            scope: scope.clone(),
            to: header.to,
            exporter: Some(exporter),
        };
        Ok(first.chain(stream::try_unfold(rest, Rest::piece)).boxed())
    }

    async fn check_range(&self, scope: &TenantScope, range: ExportRange) -> Result<(), AuditError> {
        let from = range.from.unwrap_or(1);
        let mut unit = self.store.read(scope).await?;
        let reaches = unit.audit().head(scope).await?.map_or(0, |it| it.sequence);
        let refused = if from == 0 || range.to.is_some_and(|to| to < from) {
            FieldError::new("from", "outOfRange", "expected 1 <= from <= to")
        } else if from > reaches.max(1) {
            let message = format!("the chain ends with event {reaches}, found {from}");
            FieldError::new("from", "outOfRange", message)
        } else {
            return Ok(());
        };
        Err(AuditError::Invalid(vec![refused]))
    }

    async fn header(
        &self,
        scope: &TenantScope,
        range: ExportRange,
    ) -> Result<ExportHeader, AuditError> {
        let start = ChainHead::start(scope.tenant());
        let mut unit = self.store.read(scope).await?;
        let head = unit.audit().head(scope).await?.unwrap_or(start);
        let behind = match range.from {
            Some(from) if from > 1 => event_at(scope, unit.as_mut(), from - 1).await?,
            _ => start,
        };
        let to = range.to.unwrap_or(head.sequence);
        let mut header = ExportHeader::new(scope.tenant(), self.clock.now(), behind, to, head);
        let found = unit
            .audit()
            .checkpoints_after(scope, behind.sequence, BATCH)
            .await?;
        let last = unit.audit().last_checkpoint(scope).await?;
        header.checkpoints = within(&header, found, last);
        let signed_by = |id| header.checkpoints.iter().any(|it| it.key_id == id);
        header.keys = self
            .keys()
            .iter()
            .enumerate()
            .filter(|(index, key)| (self.signer.is_some() && *index == 0) || signed_by(key.id()))
            .map(|(_, key)| ExportedKey::from(key))
            .collect();
        Ok(header)
    }
}

/// The checkpoints of the header's events, in their order, and the last of all if it is one of them.
fn within(
    header: &ExportHeader,
    mut found: Vec<Checkpoint>,
    last: Option<Checkpoint>,
) -> Vec<Checkpoint> {
    let is_beyond = |last: &Checkpoint| found.last().is_none_or(|it| it.sequence < last.sequence);
    found.extend(last.filter(is_beyond));
    found.retain(|it| (header.from..=header.to).contains(&it.sequence));
    found
}

/// Sequence and hash of one event.
async fn event_at(
    scope: &TenantScope,
    unit: &mut dyn AuditUnit,
    sequence: u64,
) -> Result<ChainHead, AuditError> {
    let found = unit.audit().after(scope, sequence - 1, 1).await?;
    match found.into_iter().next() {
        Some(Ok(event)) if event.sequence == sequence => Ok(ChainHead::of(&event)),
        Some(Err(unreadable)) => Err(broken(unreadable).into()),
        other => {
            let known = other.and_then(Result::ok).map_or(0, |it| it.sequence);
            Err(BadEvent {
                sequence,
                id: None,
                reason: BadReason::OutOfSequence { found: known },
            }
            .into())
        }
    }
}

fn broken(unreadable: UnreadableEvent) -> BadEvent {
    BadEvent {
        sequence: unreadable.sequence,
        id: unreadable.id,
        reason: BadReason::Unreadable {
            message: unreadable.message,
        },
    }
}

/// What is still to be written.
struct Rest {
    audit: Audit,
    scope: TenantScope,
    to: u64,
    /// `None` once the footer has been written.
    exporter: Option<Exporter>,
}

impl Rest {
    /// The next piece. Each is read in a transaction of its own: whoever reads slowly holds none open.
    async fn piece(mut self) -> Result<Option<(Bytes, Self)>, AuditError> {
        let Some(mut exporter) = self.exporter.take() else {
            return Ok(None);
        };
        let last = exporter.last();
        let wanted = self.to.saturating_sub(last.sequence).min(u64::from(BATCH));
        let mut events = Vec::new();
        if let Ok(wanted @ 1..) = u32::try_from(wanted) {
            let mut unit = self.audit.store.read(&self.scope).await?;
            events = unit
                .audit()
                .after(&self.scope, last.sequence, wanted)
                .await?;
        }
        let mut piece = Vec::new();
        for event in events {
            let event = event.map_err(broken)?;
            if event.sequence <= self.to {
                exporter.event(&event, &mut piece);
            }
        }
        if piece.is_empty() {
            let proof = self.proof(last);
            return Ok(Some((exporter.finish(proof).into(), self)));
        }
        self.exporter = Some(exporter);
        Ok(Some((piece.into(), self)))
    }

    fn proof(&self, last: ChainHead) -> Option<Checkpoint> {
        let signer = self.audit.signer.as_ref().filter(|_| last.sequence > 0)?;
        let now = self.audit.clock.now();
        Some(Checkpoint::sign(self.scope.tenant(), last, now, signer))
    }
}
