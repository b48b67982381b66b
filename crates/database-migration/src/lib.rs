#![doc = include_str!("../README.md")]

mod columns;
mod migrate;
mod protection;
mod roles;
mod versions;

pub use migrate::{MigrateError, check_postgres, migrate, migrate_postgres};
