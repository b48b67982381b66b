#![doc = include_str!("../README.md")]

mod ids;
mod page;
mod ports;
mod scope;

pub use ids::{IdError, ImportId, InstallationId, SnapshotId, TenantId};
pub use page::{Cursor, Page, PageRequest};
pub use ports::{Clock, IdGenerator};
#[cfg(feature = "mock")]
pub use ports::{MockClock, MockIdGenerator};
pub use scope::{Actor, ActorError, TenantScope};
