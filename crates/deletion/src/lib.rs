#![doc = include_str!("../README.md")]

mod deletion;
mod error;
mod kind;
mod place;
pub mod ports;
mod purge;
mod record;
mod sweep;

pub use deletion::Deletion;
pub use error::DeletionError;
pub use kind::{EntityKind, EntityKindError};
pub use record::{
    Deleted, Entity, Person, PurgeRequest, PurgeRequestId, PurgeRequestIdError, PurgeState,
    PurgeStateError,
};
pub use sweep::PurgeSweep;
