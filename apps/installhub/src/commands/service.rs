//! Commands that run the service and look after it.

pub(super) mod admin;
pub(super) mod audit;
mod audit_file;
pub(super) mod backup;
pub(super) mod config;
mod demo;
mod demo_packages;
pub(super) mod health;
pub(super) mod migrate;
mod opened;
pub(super) mod serve;
