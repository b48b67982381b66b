#![doc = include_str!("../README.md")]

mod ids;
mod page;
mod ports;
mod scope;
mod store_error;

pub use ids::{
    ConnectionId, IdError, ImportId, InstallationId, JobId, PackageId, PackageVersionId, RequestId,
    ScheduleId, SessionId, SnapshotId, TenantId, TokenId, UploadId, UserId,
};
pub use page::{Cursor, Page, PageRequest};
pub use ports::{Clock, IdGenerator};
#[cfg(feature = "mock")]
pub use ports::{MockClock, MockIdGenerator};
pub use scope::{Actor, ActorError, ActorKind, ActorKindError, PlatformScope, TenantScope};
pub use store_error::StoreError;
