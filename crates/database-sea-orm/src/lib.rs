#![doc = include_str!("../README.md")]

mod access;
mod artifact_rows;
mod audit;
mod catalog;
mod connection;
mod connections;
mod deletion;
mod documents;
mod entity;
mod failure;
mod http;
mod imports;
mod installations;
mod jobs;
mod lease;
mod postgres;
mod scoped;
mod session_locks;
mod snapshot_form;
mod snapshots;
mod sqlite;
mod store;
mod target;
mod unit;
mod words;

pub use connections::PostgreSqlProbe;
pub use lease::LockFiles;
pub use postgres::{PostgresOptions, migrate_postgres};
pub use session_locks::SessionLocks;
pub use store::Store;
pub use target::ArtifactStoreTarget;
