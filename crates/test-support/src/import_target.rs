//! Targets of imports in memory, and everything around an import that can be made to fail.

mod database;
mod faults;
mod faulty;

pub use crate::unit_of_work::MemoryArtifactStore;
pub use database::MemoryDatabase;
pub use faults::{Fault, Faults, Lie};
pub use faulty::{FaultySnapshots, FaultyTarget, FaultyUnits};
