//! What an import needs from outside.
//!
//! A *target* ([`ImportTarget`]) is where artifacts go: the artifact store of a tenant, or a connected database. The
//! *unit of work* ([`UnitOfWork`]) is the service's own memory: documents, the journal of imports, installations and the
//! list of snapshots, changed together or not at all.

mod lease;
mod records;
mod target;
mod unit_of_work;

pub use installhub_kernel::StoreError;
pub use lease::{ImportLease, LeaseGuard};
pub use records::{
    BaseDocument, ImportRecord, InstallationRecord, InstallationStatus, InstalledArtifact,
    JournalPhase, OpenReference, Transition,
};
pub use target::{
    Access, DatabaseTarget, DocumentOutline, DocumentTarget, Fingerprint, ImportTarget,
    NewDocument, ObjectChange, ObjectMark, RowChanges, RowLoad, RowMode, RowSample, RowSource,
    StoredDocument, TargetError, TargetKind, TargetSession, Violation,
};
#[cfg(feature = "mock")]
pub use target::{MockDatabaseTarget, MockDocumentTarget, MockImportTarget};
pub use unit_of_work::{ImportRepository, InstallationRepository, UnitOfWork, UnitOfWorkFactory};
#[cfg(feature = "mock")]
pub use unit_of_work::{MockImportRepository, MockInstallationRepository};
