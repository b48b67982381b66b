#![doc = include_str!("../README.md")]

mod blocking;
mod bucket;
mod bucket_parts;
mod bundles;
mod catalog;
mod cause;
mod disposition;
mod key;
mod location;
mod network;
mod place;
mod probe;
mod purge;
mod readiness;
mod snapshots;
mod storage;
mod sweep;
mod upload;
mod verified;

pub use bundles::Bundles;
pub use location::{Location, S3Options};
pub use probe::S3Probe;
pub use storage::{ObjectStorage, StorageError};
