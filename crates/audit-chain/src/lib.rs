//! Audit events as a hash chain.

mod canonical;
mod checkpoint;
mod event;
mod key;
mod ports;
mod seal;

pub use canonical::{canonical_json, chain_start};
pub use checkpoint::{Checkpoint, CheckpointError, KeyId, KeyIdError};
pub use event::{AuditEvent, EventOutcome, EventOutcomeError, NewEvent, ObjectRef};
pub use key::{KeyError, SigningKey, VerifyingKey};
pub use ports::{AuditLog, EventFilter, StoredEvent};
pub use seal::{ChainHead, seal};
