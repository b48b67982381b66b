//! Packages by digest: a store in memory, and what every store promises.

mod conformance;
mod memory;

pub use conformance::conformance;
pub use memory::MemoryBundleStore;
