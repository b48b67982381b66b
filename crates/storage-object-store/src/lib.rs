#![doc = include_str!("../README.md")]

mod blocking;
mod bundles;
mod cause;
mod key;
mod snapshots;
mod storage;
mod sweep;
mod upload;
mod verified;

pub use bundles::Bundles;
pub use storage::{Location, ObjectStorage, StorageError};
