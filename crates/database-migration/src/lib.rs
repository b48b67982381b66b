#![doc = include_str!("../README.md")]

mod columns;
mod migrate;
mod versions;

pub use migrate::{MigrateError, migrate};
