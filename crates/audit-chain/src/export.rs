//! Exports: NDJSON that proves itself.
//!
//! Header line, one line per event, footer line, each ended by a line feed. An event's line is its canonical form with
//! its hash, so that one event has one spelling. The footer's digest covers every byte before it.

use chrono::{DateTime, Utc};
use installhub_checksum::{Digest, Hasher};
use installhub_kernel::TenantId;
use serde::{Deserialize, Serialize};

use crate::canonical::instant;
use crate::{AuditEvent, ChainHead, Checkpoint, KeyId, VerifyingKey};

/// The `format` of every export.
pub(crate) const FORMAT: &str = "installhub-audit-export";

/// The only version of the format so far.
pub(crate) const VERSION: u32 = 1;

/// The first line of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExportHeader {
    /// Always `installhub-audit-export`.
    pub format: String,
    /// Always 1.
    pub version: u32,
    /// Whose chain.
    pub tenant: TenantId,
    /// When the export began.
    #[serde(with = "instant")]
    pub exported_at: DateTime<Utc>,
    /// What the first line follows: sequence and hash of the event before it, or the start of the chain.
    pub behind: ChainHead,
    /// The sequence of the first event.
    pub from: u64,
    /// The sequence of the last event; `from` - 1 when there is none.
    pub to: u64,
    /// How many events follow.
    pub count: u64,
    /// Where the whole chain ended when the export began.
    pub head: ChainHead,
    /// Checkpoints of the events that follow, in their order. Where there are many, some may be left out.
    pub checkpoints: Vec<Checkpoint>,
    /// The public halves of the keys of all checkpoints here and in the footer.
    pub keys: Vec<ExportedKey>,
}

/// A public key that goes with an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExportedKey {
    /// Its short name.
    pub id: KeyId,
    /// The key in PEM.
    pub public_key: String,
}

impl From<&VerifyingKey> for ExportedKey {
    fn from(key: &VerifyingKey) -> Self {
        Self {
            id: key.id(),
            public_key: key.to_public_key_pem(),
        }
    }
}

/// The last line of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExportFooter {
    /// How many events were written.
    pub events: u64,
    /// The last of them.
    pub last: ChainHead,
    /// SHA-256 over all bytes before this line.
    pub digest: Digest,
    /// A checkpoint of the last event, signed for this export; `null` when the service has no key.
    pub proof: Option<Checkpoint>,
}

impl ExportHeader {
    /// The header for the events behind `behind` up to `to` of a chain that ends with `head`.
    pub fn new(
        tenant: TenantId,
        exported_at: DateTime<Utc>,
        behind: ChainHead,
        to: u64,
        head: ChainHead,
    ) -> Self {
        let to = to.min(head.sequence).max(behind.sequence);
        Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            tenant,
            exported_at,
            behind,
            from: behind.sequence + 1,
            to,
            count: to - behind.sequence,
            head,
            checkpoints: Vec::new(),
            keys: Vec::new(),
        }
    }
}

/// Writes an export piece by piece; what it returns is to be written in that order.
#[derive(Debug)]
pub struct Exporter {
    hasher: Hasher,
    events: u64,
    last: ChainHead,
}

impl Exporter {
    /// An exporter, and the header line.
    pub fn begin(header: &ExportHeader) -> (Self, Vec<u8>) {
        let mut exporter = Self {
            hasher: Hasher::new(),
            events: 0,
            last: header.behind,
        };
        let mut line = serde_json::to_vec(header).expect("a header is JSON");
        line.push(b'\n');
        exporter.hasher.update(&line);
        (exporter, line)
    }

    /// Appends the line of the next event to `out`.
    pub fn event(&mut self, event: &AuditEvent, out: &mut Vec<u8>) {
        let start = out.len();
        out.append(&mut event.to_line());
        out.push(b'\n');
        self.hasher.update(&out[start..]);
        self.events += 1;
        self.last = ChainHead::of(event);
    }

    /// The last event so far, for the proof to be signed.
    pub fn last(&self) -> ChainHead {
        self.last
    }

    /// The footer line.
    pub fn finish(self, proof: Option<Checkpoint>) -> Vec<u8> {
        let footer = ExportFooter {
            events: self.events,
            last: self.last,
            digest: self.hasher.finalize(),
            proof,
        };
        let mut line = serde_json::to_vec(&footer).expect("a footer is JSON");
        line.push(b'\n');
        line
    }
}
