#![doc = include_str!("../README.md")]

mod clock;
mod ids;
mod scope;
pub mod snapshot_store;

pub use clock::SteppingClock;
pub use ids::CountingIds;
pub use scope::scope;
