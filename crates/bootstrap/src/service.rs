//! The service: every use case, wired to the engines that the configuration names.

mod apis;
mod backup;
mod error;
mod maintenance;
mod serving;
mod storage;
mod wiring;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use installhub_access::ports::AccessStore;
use installhub_access::{Access, Principal, Tenant};
use installhub_auditing::Audit;
use installhub_catalog::Catalog;
use installhub_connections::{Connections, Rotation};
use installhub_database_sea_orm::Store;
use installhub_deletion::Deletion;
use installhub_jobs::{JobBell, Jobs, Schedules, Worker};
use installhub_kernel::{Clock, IdGenerator, PageRequest, PlatformScope};
use installhub_storage_object_store::ObjectStorage;

pub use backup::BackupReport;
pub use error::ServiceError;
pub use serving::{Api, Serving, stop_signal};

use crate::settings::{Settings, ShownSetting};

/// Everything that a process of the service works with. Opening it touches nothing but the keys.
pub struct Service {
    pub(crate) home: PathBuf,
    pub(crate) settings: Settings,
    pub(crate) shown: Vec<ShownSetting>,
    pub(crate) store: Store,
    pub(crate) objects: ObjectStorage,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn IdGenerator>,
    pub(crate) bell: JobBell,
    /// Tenants, users, sessions and tokens.
    pub access: Arc<Access>,
    /// The audit log.
    pub audit: Arc<Audit>,
    /// Artifacts and packages.
    pub catalog: Arc<Catalog>,
    /// Registered databases, endpoints and buckets.
    pub connections: Arc<Connections>,
    /// Deleting, restoring, purging.
    pub deletion: Arc<Deletion>,
    /// Jobs.
    pub jobs: Arc<Jobs>,
    /// Schedules.
    pub schedules: Arc<Schedules>,
}

impl Service {
    /// Where the service keeps what belongs to this machine.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// The settings it works with.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Whether database and storage can be worked with now.
    pub async fn check(&self) -> Result<(), ServiceError> {
        self.store.check().await?;
        self.objects.check().await?;
        Ok(())
    }

    /// Brings the schema up to date: on SQLite always, on PostgreSQL when the owner of the tables is configured.
    pub async fn migrate(&self) -> Result<(), ServiceError> {
        wiring::migrate(&self.settings.database, &self.store).await
    }

    /// All tenants, for the machine's own command line.
    pub async fn tenants(&self, platform: &PlatformScope) -> Result<Vec<Tenant>, ServiceError> {
        let store: &dyn AccessStore = &self.store;
        let mut tenants = Vec::new();
        let mut page = Some(PageRequest::first(200));
        while let Some(wanted) = page {
            let mut unit = store.read_platform(platform).await?;
            let found = unit.tenants().list(platform, wanted.clone()).await?;
            tenants.extend(found.items);
            page = found.next_cursor.map(|cursor| PageRequest {
                cursor: Some(cursor),
                ..wanted
            });
        }
        Ok(tenants)
    }

    /// Makes the schedules of what the service does for itself, where they are not there yet. Any number of processes may.
    pub async fn schedule_maintenance(&self) -> Result<(), ServiceError> {
        Ok(maintenance::schedule(&self.schedules).await?)
    }

    /// Seals the secrets of every tenant's connections with the first key of `keys.sealing`, where another one seals them now.
    /// Says how many there were, and how many no key opens.
    pub async fn reseal(&self, platform: &PlatformScope) -> Result<Rotation, ServiceError> {
        let mut total = Rotation::default();
        for tenant in self.tenants(platform).await? {
            let principal = Principal::of_scope(platform.of_tenant(tenant.id));
            let done = self.connections.rotate_keys(&principal).await;
            let done = done.map_err(|source| ServiceError::Reseal {
                tenant: tenant.id,
                source,
            })?;
            total.key = done.key;
            total.resealed += done.resealed;
            total.unreadable += done.unreadable;
        }
        Ok(total)
    }

    /// Whether browsers send the session's cookie over TLS only.
    pub(crate) fn secure_cookies(&self) -> bool {
        self.settings.access.secure_cookie.unwrap_or_else(|| {
            let url = self.settings.server.public_url.as_deref();
            url.is_some_and(|url| url.starts_with("https://"))
        })
    }

    /// A worker of this process that can do every kind of job.
    pub fn worker(&self) -> Worker {
        wiring::worker(self)
    }
}
