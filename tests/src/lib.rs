#![doc = include_str!("../README.md")]

mod answer;
mod archive;
mod binary;
mod command;
mod database;
pub mod http;
pub mod inputs;
mod judge;
mod operations;
mod sandbox;
mod server;
mod store;
mod unsteady;

pub use answer::Answer;
pub use archive::{Region, regions};
pub use binary::{binary, is_optimised};
pub use command::{Command, Ending};
pub use database::{Dump, assert_same, open};
pub use judge::{Case, Expected, Finding, cases};
pub use operations::{Needs, Operation, operations};
pub use sandbox::Sandbox;
pub use server::{Server, Tenant, User};
pub use store::{Store, StoredArtifact};
pub use unsteady::UnsteadyWay;
