#![doc = include_str!("../README.md")]

mod artifact_rows;
mod connection;
mod documents;
mod entity;
mod failure;
mod imports;
mod installations;
mod lease;
mod scoped;
mod snapshot_form;
mod snapshots;
mod store;
mod target;
mod unit;
mod words;

pub use lease::LockFiles;
pub use store::Store;
pub use target::ArtifactStoreTarget;
