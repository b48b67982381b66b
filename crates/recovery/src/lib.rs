#![doc = include_str!("../README.md")]

mod ports;
mod retention;
mod snapshot;
mod sweep;

#[cfg(feature = "mock")]
pub use ports::MockSnapshotRepository;
pub use ports::{SnapshotError, SnapshotRecord, SnapshotRepository, SnapshotSink, SnapshotStore};
pub use retention::{Retention, RetentionError};
pub use snapshot::{SnapshotWriter, StoredSnapshot, list_snapshot, open_snapshot};
pub use sweep::sweep_expired;
