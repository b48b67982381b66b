//! The service's own memory, changed in transactions.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use installhub_conflict_merge::Decisions;
use installhub_kernel::{ImportId, InstallationId, Page, PageRequest, StoreError, TenantScope};
use installhub_recovery::SnapshotRepository;
use semver::Version;

use super::{DocumentTarget, ImportRecord, InstallationRecord, InstallationStatus, Transition};

/// Opens transactions over one tenant's data; an engine that can enforce the tenant is told it here.
#[async_trait]
pub trait UnitOfWorkFactory: Send + Sync {
    /// A transaction that may write; waits for other writers for a bounded time.
    async fn begin(&self, scope: &TenantScope) -> Result<Box<dyn UnitOfWork>, StoreError>;

    /// A consistent view; nothing written through it lasts.
    async fn read(&self, scope: &TenantScope) -> Result<Box<dyn UnitOfWork>, StoreError>;
}

/// One transaction over everything the service remembers. Dropped without [`commit`](Self::commit), nothing happened.
#[async_trait]
pub trait UnitOfWork: Send {
    /// The artifact store.
    fn documents(&mut self) -> &mut dyn DocumentTarget;

    /// The journal of imports.
    fn imports(&mut self) -> &mut dyn ImportRepository;

    /// What is installed where.
    fn installations(&mut self) -> &mut dyn InstallationRepository;

    /// The list of snapshots.
    fn snapshots(&mut self) -> &mut dyn SnapshotRepository;

    /// Makes everything durable.
    async fn commit(self: Box<Self>) -> Result<(), StoreError>;
}

/// The journal of imports.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait ImportRepository: Send {
    /// Adds an import and its first transition.
    async fn add(&mut self, scope: &TenantScope, record: &ImportRecord) -> Result<(), StoreError>;

    /// Rewrites everything of an import but its id; a changed state is recorded as a transition with `note`.
    async fn record(
        &mut self,
        scope: &TenantScope,
        record: &ImportRecord,
        note: Option<String>,
    ) -> Result<(), StoreError>;

    /// One import.
    async fn find(
        &mut self,
        scope: &TenantScope,
        id: ImportId,
    ) -> Result<Option<ImportRecord>, StoreError>;

    /// Newest first.
    async fn list(
        &mut self,
        scope: &TenantScope,
        page: PageRequest,
    ) -> Result<Page<ImportRecord>, StoreError>;

    /// Imports that have not reached a final state, oldest first, and completed ones in phase
    /// [`RollingBack`](super::JournalPhase::RollingBack).
    async fn unfinished(&mut self, scope: &TenantScope) -> Result<Vec<ImportRecord>, StoreError>;

    /// All moves of one import, oldest first.
    async fn transitions(
        &mut self,
        scope: &TenantScope,
        id: ImportId,
    ) -> Result<Vec<Transition>, StoreError>;

    /// Completed imports into `target` that came after `after`, oldest first.
    async fn completed_since(
        &mut self,
        scope: &TenantScope,
        target: &str,
        after: DateTime<Utc>,
    ) -> Result<Vec<ImportRecord>, StoreError>;
}

/// What is installed where.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait InstallationRepository: Send {
    /// The version of a package in force in a target.
    async fn active(
        &mut self,
        scope: &TenantScope,
        package_name: &str,
        target: &str,
    ) -> Result<Option<InstallationRecord>, StoreError>;

    /// Every package in force in any target of the tenant, by name; the highest version where there are several.
    async fn installed_packages(
        &mut self,
        scope: &TenantScope,
    ) -> Result<Vec<(String, Version)>, StoreError>;

    /// The installation an import made.
    async fn of_import(
        &mut self,
        scope: &TenantScope,
        import: ImportId,
    ) -> Result<Option<InstallationRecord>, StoreError>;

    /// Adds an installation with all its artifacts; one that it supersedes must be marked by the caller.
    async fn add(
        &mut self,
        scope: &TenantScope,
        record: &InstallationRecord,
    ) -> Result<(), StoreError>;

    /// Changes whether an installation is in force.
    async fn mark(
        &mut self,
        scope: &TenantScope,
        id: InstallationId,
        status: InstallationStatus,
    ) -> Result<(), StoreError>;

    /// Decisions made for this package and target before.
    async fn decisions(
        &mut self,
        scope: &TenantScope,
        package_name: &str,
        target: &str,
    ) -> Result<Option<Decisions>, StoreError>;

    /// Remembers decisions for the next import of this package into this target.
    async fn remember_decisions(
        &mut self,
        scope: &TenantScope,
        package_name: &str,
        target: &str,
        decisions: &Decisions,
    ) -> Result<(), StoreError>;
}
