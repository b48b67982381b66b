//! Verification of an export, without the service that wrote it.

use std::io::{self, BufRead, Read as _};

use installhub_checksum::{Digest, Hasher};
use serde::de::DeserializeOwned;

use crate::export::{ExportFooter, ExportHeader, ExportedKey, FORMAT, VERSION};
use crate::{
    AuditEvent, BadEvent, BadReason, ChainHead, CheckpointError, KeyId, Verifier, VerifyingKey,
    chain_start,
};

/// No line of an export is longer, in bytes.
const LONGEST_LINE: u64 = 16 << 20;

/// Who vouches for an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Voucher {
    /// A key the caller trusts signed the last event.
    TrustedKey(KeyId),
    /// A key that stands in the export itself signed the last event: nobody without that key changed the export. Compare
    /// the key with the service's own.
    OwnKey(KeyId),
    /// Nobody: the chain is unbroken, but anybody could have written it.
    Nobody,
}

/// An export that is unbroken from its header to its footer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportReport {
    /// The header.
    pub header: ExportHeader,
    /// The last event.
    pub last: ChainHead,
    /// Who vouches for the last event, and through it for all others.
    pub voucher: Voucher,
}

/// What is wrong with an export.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// It cannot be read.
    #[error("the export cannot be read")]
    Unreadable(#[source] io::Error),
    /// A line is not what belongs there.
    #[error("line {line} of the export is bad: {message}")]
    Line {
        /// Counted from 1.
        line: u64,
        /// What was found, and what belongs there.
        message: String,
    },
    /// An event is bad.
    #[error(transparent)]
    Event(#[from] BadEvent),
    /// A checkpoint is bad.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
}

/// Judges an export line by line, in memory that does not grow with it.
///
/// `trusted` are keys known from elsewhere. Without any, checkpoints are judged by the keys in the export.
pub fn verify_export(
    reader: impl BufRead,
    trusted: &[VerifyingKey],
) -> Result<ExportReport, ExportError> {
    let mut lines = Lines::new(reader);
    lines.advance()?;
    let header: ExportHeader = lines.read()?;
    let keys = judge_header(&lines, &header, trusted)?;
    let mut verifier = Verifier::behind(header.tenant, header.behind);
    for checkpoint in &header.checkpoints {
        if !(header.from..=header.to).contains(&checkpoint.sequence) {
            return Err(lines.bad(format!(
                "it has a checkpoint of event {}, expected only those of its events {} to {}",
                checkpoint.sequence, header.from, header.to
            )));
        }
        verifier.expect(checkpoint, &keys)?;
    }
    for sequence in header.from..=header.to {
        if !lines.advance()? || lines.is_footer() {
            return Err(missing(sequence, header.to).into());
        }
        verifier.feed(&lines.event(sequence)?)?;
    }
    let last = verifier.head();
    verifier.finish(last)?;
    if last.sequence == header.head.sequence && last.hash != header.head.hash {
        let (found, known) = (last.hash, header.head.hash);
        let reason = BadReason::NotTheHead { found, known };
        return Err(bad(last.sequence, reason).into());
    }
    let footer = lines.footer(&header, last)?;
    let voucher = judge_footer(&header, footer, last, &keys, trusted)?;
    Ok(ExportReport {
        header,
        last,
        voucher,
    })
}

fn bad(sequence: u64, reason: BadReason) -> BadEvent {
    let id = None;
    BadEvent {
        sequence,
        id,
        reason,
    }
}

fn missing(sequence: u64, known: u64) -> BadEvent {
    bad(sequence, BadReason::TailCut { known })
}

/// The keys checkpoints are judged by.
fn judge_header<R: BufRead>(
    lines: &Lines<R>,
    header: &ExportHeader,
    trusted: &[VerifyingKey],
) -> Result<Vec<VerifyingKey>, ExportError> {
    if header.format != FORMAT || header.version != VERSION {
        return Err(lines.bad(format!(
            "its format is '{}' {}, expected '{FORMAT}' {VERSION}",
            header.format.escape_debug(),
            header.version
        )));
    }
    let counted = header.behind.sequence.checked_add(1) == Some(header.from)
        && header.behind.sequence.checked_add(header.count) == Some(header.to)
        && header.to <= header.head.sequence;
    if !counted {
        return Err(lines.bad("its sequences and its count do not agree"));
    }
    if header.from == 1 && header.behind.hash != chain_start(header.tenant) {
        let (stated, found) = (header.behind.hash, chain_start(header.tenant));
        return Err(bad(1, BadReason::NotFollowing { stated, found }).into());
    }
    if !trusted.is_empty() {
        return Ok(trusted.to_vec());
    }
    let key = |key: &ExportedKey| {
        VerifyingKey::from_public_key_pem(&key.public_key)
            .map_err(|error| lines.bad(format!("key {}: {error}", key.id)))
    };
    header.keys.iter().map(key).collect()
}

fn judge_footer(
    header: &ExportHeader,
    footer: ExportFooter,
    last: ChainHead,
    keys: &[VerifyingKey],
    trusted: &[VerifyingKey],
) -> Result<Voucher, ExportError> {
    let vouches = |key_id: KeyId| {
        if trusted.is_empty() {
            Voucher::OwnKey(key_id)
        } else {
            Voucher::TrustedKey(key_id)
        }
    };
    if let Some(proof) = footer.proof {
        let mut verifier = Verifier::behind(header.tenant, last);
        verifier.expect(&proof, keys)?;
        if proof.sequence != last.sequence {
            return Err(missing(last.sequence + 1, proof.sequence).into());
        }
        if proof.hash != last.hash {
            let (found, signed) = (last.hash, proof.hash);
            return Err(bad(last.sequence, BadReason::NotAsSigned { found, signed }).into());
        }
        return Ok(vouches(proof.key_id));
    }
    let newest = header.checkpoints.iter().max_by_key(|it| it.sequence);
    Ok(newest
        .filter(|checkpoint| checkpoint.sequence == last.sequence)
        .map_or(Voucher::Nobody, |it| vouches(it.key_id.clone())))
}

/// The lines of an export; the digest is that of all lines before the current one.
struct Lines<R> {
    reader: R,
    current: Vec<u8>,
    number: u64,
    before: Hasher,
}

impl<R: BufRead> Lines<R> {
    fn new(reader: R) -> Self {
        Self {
            reader,
            current: Vec::new(),
            number: 0,
            before: Hasher::new(),
        }
    }

    /// Reads the next line; `false` at the end.
    fn advance(&mut self) -> Result<bool, ExportError> {
        self.before.update(&self.current);
        self.current.clear();
        self.number += 1;
        let mut limited = (&mut self.reader).take(LONGEST_LINE);
        let read = limited.read_until(b'\n', &mut self.current);
        if read.map_err(ExportError::Unreadable)? == 0 {
            return Ok(false);
        }
        if self.current.last() != Some(&b'\n') {
            return Err(self.bad("it does not end with a line feed: the export was cut"));
        }
        Ok(true)
    }

    /// What is wrong with the current line.
    fn bad(&self, message: impl Into<String>) -> ExportError {
        ExportError::Line {
            line: self.number,
            message: message.into(),
        }
    }

    fn text(&self) -> &[u8] {
        self.current.strip_suffix(b"\n").unwrap_or_default()
    }

    fn read<T: DeserializeOwned>(&self) -> Result<T, ExportError> {
        serde_json::from_slice(self.text()).map_err(|error| self.bad(error.to_string()))
    }

    /// Whether this line is meant to be the footer rather than an event.
    fn is_footer(&self) -> bool {
        serde_json::from_slice::<ExportFooter>(self.text()).is_ok()
    }

    /// The event in this line, which must be in its only spelling.
    fn event(&self, sequence: u64) -> Result<AuditEvent, ExportError> {
        let unreadable = |message: String| bad(sequence, BadReason::Unreadable { message });
        let event: AuditEvent =
            serde_json::from_slice(self.text()).map_err(|error| unreadable(error.to_string()))?;
        if event.to_line() != self.text() {
            let message = format!("line {} is not in canonical form", self.number);
            return Err(unreadable(message).into());
        }
        Ok(event)
    }

    /// The last line, which must agree with all before it.
    fn footer(
        &mut self,
        header: &ExportHeader,
        last: ChainHead,
    ) -> Result<ExportFooter, ExportError> {
        if !self.advance()? {
            return Err(self.bad("it is missing, expected the footer: the export was cut"));
        }
        if let Ok(event) = serde_json::from_slice::<AuditEvent>(self.text()) {
            let known = last.sequence;
            let id = Some(event.id);
            let reason = BadReason::BehindHead { known };
            let sequence = known + 1;
            return Err(BadEvent {
                sequence,
                id,
                reason,
            }
            .into());
        }
        let footer: ExportFooter = self.read()?;
        let digest: Digest = self.before.clone().finalize();
        if footer.digest != digest || footer.last != last || footer.events != header.count {
            return Err(self.bad("the footer does not agree with the lines before it"));
        }
        if self.advance()? {
            return Err(self.bad("nothing was expected behind the footer"));
        }
        Ok(footer)
    }
}
