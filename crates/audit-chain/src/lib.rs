#![doc = include_str!("../README.md")]

mod canonical;
mod checkpoint;
mod event;
mod export;
mod export_check;
mod key;
mod ports;
mod seal;
mod verify;

pub use canonical::{canonical_json, chain_start};
pub use checkpoint::{Checkpoint, CheckpointError, KeyId, KeyIdError};
pub use event::{AuditEvent, EventOutcome, EventOutcomeError, NewEvent, ObjectRef};
pub use export::{ExportFooter, ExportHeader, ExportedKey, Exporter};
pub use export_check::{ExportError, ExportReport, Voucher, verify_export};
pub use key::{KeyError, SigningKey, VerifyingKey};
pub use ports::{AuditLog, EventFilter, UnreadableEvent};
pub use seal::{ChainHead, seal};
pub use verify::{BadEvent, BadReason, Verifier};
