#![doc = include_str!("../README.md")]

#[cfg(feature = "bundle-store")]
pub mod bundle_store;
mod clock;
mod ids;
#[cfg(feature = "unit-of-work")]
pub mod import_lease;
#[cfg(feature = "import-target")]
pub mod import_target;
#[cfg(feature = "import-target")]
pub mod packages;
mod scope;
#[cfg(feature = "unit-of-work")]
mod shelf;
pub mod snapshot_store;
#[cfg(feature = "unit-of-work")]
pub mod unit_of_work;

pub use clock::SteppingClock;
pub use ids::CountingIds;
pub use scope::scope;
