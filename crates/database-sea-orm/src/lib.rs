#![doc = include_str!("../README.md")]

mod artifact_rows;
mod audit;
mod connection;
mod documents;
mod entity;
mod failure;
mod imports;
mod installations;
mod lease;
mod postgres;
mod scoped;
mod snapshot_form;
mod snapshots;
mod sqlite;
mod store;
mod target;
mod unit;
mod words;

pub use lease::LockFiles;
pub use postgres::{PostgresOptions, migrate_postgres};
pub use store::Store;
pub use target::ArtifactStoreTarget;
