//! The home folder: everything InstallHub remembers on one machine.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use installhub_connector_sqlite::{Location as SqliteLocation, SqliteSource, SqliteTarget};
use installhub_database_sea_orm::{ArtifactStoreTarget, LockFiles, Store};
use installhub_exporting::ports::SourceConnector;
use installhub_importing::ports::{
    ImportTarget, StoreError, TargetError, TargetKind, UnitOfWorkFactory,
};
use installhub_importing::{ImportError, Importer, TargetResolver, standard_handlers};
use installhub_kernel::{Clock, IdGenerator, ImportId, TenantScope};
use installhub_recovery::{Retention, SnapshotError, sweep_expired};
use installhub_storage_object_store::{Location as ObjectLocation, ObjectStorage, StorageError};

use crate::location::Location;
use crate::system::{SystemClock, SystemIds};

/// A home folder, wired. Opening touches nothing: the folder comes to be with the first thing that is remembered.
///
/// | in the folder | what |
/// |---|---|
/// | `installhub.db` | artifact store, journal of imports, installations, list of snapshots |
/// | `objects/` | snapshots, by the digest of their bytes |
/// | `leases/` | one locked file for each import at work |
pub struct Home {
    store: Store,
    importer: Importer,
    objects: ObjectStorage,
    patience: Duration,
}

/// Snapshots that one sweep removes at the most: it delays the command it follows.
const SWEPT_AT_ONCE: u32 = 100;
/// An upload that takes longer belongs to a dead process.
const LONGEST_UPLOAD: TimeDelta = TimeDelta::days(1);

/// Why expired snapshots were not removed; the next sweep tries again.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// The list of snapshots could not be read or changed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A snapshot could not be removed.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// An abandoned upload could not be removed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// A place that cannot be used this way.
#[derive(Debug, thiserror::Error)]
#[error("{0} is no database that can be exported; the artifact store is not a source yet")]
pub struct NotASource(Location);

impl Home {
    /// The home in `folder`. A target database that another process holds is waited for as long as `patience` lasts.
    pub fn open(folder: &Path, patience: Duration) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let ids: Arc<dyn IdGenerator> = Arc::new(SystemIds);
        let store = Store::sqlite(folder.join("installhub.db"), clock.clone(), ids.clone());
        let objects =
            ObjectStorage::new(ObjectLocation::Folder(folder.join("objects")), ids.clone());
        let importer = Importer {
            units: Arc::new(store.clone()),
            snapshots: Arc::new(objects.clone()),
            lease: Arc::new(LockFiles::new(folder.join("leases"))),
            clock,
            ids,
            handlers: standard_handlers(),
            retention: Retention::default(),
        };
        Self {
            store,
            importer,
            objects,
            patience,
        }
    }

    /// The use case.
    pub fn importer(&self) -> &Importer {
        &self.importer
    }

    /// The service's own memory.
    pub fn units(&self) -> &dyn UnitOfWorkFactory {
        self.importer.units.as_ref()
    }

    /// How long snapshots taken from now on are kept.
    pub fn set_retention(&mut self, retention: Retention) {
        self.importer.retention = retention;
    }

    /// Removes snapshots whose time is over and what uploads of dead processes left behind; says how many snapshots went.
    pub async fn sweep(&self, scope: &TenantScope) -> Result<u32, SweepError> {
        let now = self.importer.clock.now();
        let mut unit = self.units().read(scope).await?;
        let expired = unit.snapshots().expired(scope, now, 1).await?;
        drop(unit);
        let mut swept = 0;
        if !expired.is_empty() {
            let mut unit = self.units().begin(scope).await?;
            swept =
                sweep_expired(&self.objects, unit.snapshots(), scope, now, SWEPT_AT_ONCE).await?;
            unit.commit().await?;
        }
        self.objects.sweep_abandoned(now - LONGEST_UPLOAD).await?;
        Ok(swept)
    }

    /// A place as a target.
    pub fn target(&self, location: &Location) -> Box<dyn ImportTarget> {
        match location {
            Location::Store => Box::new(ArtifactStoreTarget::new(self.store.clone())),
            Location::Sqlite(path) => Box::new(SqliteTarget::new(
                SqliteLocation::new(path).waiting(self.patience),
            )),
        }
    }

    /// The target that an import went into.
    pub async fn target_of_import(
        &self,
        scope: &TenantScope,
        id: ImportId,
    ) -> Result<Box<dyn ImportTarget>, ImportError> {
        let record = self
            .units()
            .read(scope)
            .await?
            .imports()
            .find(scope, id)
            .await?
            .ok_or(ImportError::NotFound(id))?;
        Ok(self.resolve(record.target_kind, &record.target)?)
    }
}

impl TargetResolver for Home {
    fn resolve(
        &self,
        kind: TargetKind,
        identity: &str,
    ) -> Result<Box<dyn ImportTarget>, TargetError> {
        match (kind, identity.strip_prefix("sqlite:")) {
            (TargetKind::Store, _) => Ok(self.target(&Location::Store)),
            (TargetKind::Database, Some(path)) => {
                Ok(self.target(&Location::Sqlite(PathBuf::from(path))))
            }
            (TargetKind::Database, None) => Err(TargetError::Unreachable {
                message: format!(
                    "'{identity}' was imported into by another version of InstallHub that knew such databases"
                ),
                source: None,
            }),
        }
    }
}

/// A place as a source of artifacts; `patience` as for [`Home::open`].
pub fn source_connector(
    location: &Location,
    patience: Duration,
) -> Result<Box<dyn SourceConnector>, NotASource> {
    match location {
        Location::Sqlite(path) => Ok(Box::new(SqliteSource::new(
            SqliteLocation::new(path).waiting(patience),
        ))),
        Location::Store => Err(NotASource(location.clone())),
    }
}
