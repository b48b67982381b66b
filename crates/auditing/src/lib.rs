#![doc = include_str!("../README.md")]

mod audit;
mod checkpoint;
mod error;
mod export;
mod ports;
mod verify;

pub use audit::{Audit, Chain};
pub use checkpoint::CheckpointRun;
pub use error::AuditError;
pub use export::ExportRange;
pub use ports::{AuditPlatformUnit, AuditStore, AuditUnit};
pub use verify::{Verdict, Verification};
