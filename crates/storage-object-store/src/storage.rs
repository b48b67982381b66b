//! Opening a place for objects.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use installhub_kernel::{IdGenerator, TenantId};
use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;

use crate::cause::from_io;
use crate::key::upload_key;
use crate::upload::Upload;

/// Where objects are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// In a folder, which is created with the first object.
    Folder(PathBuf),
    /// In memory, gone with the process.
    Memory,
}

/// Why a place for objects could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("cannot {attempted}")]
pub struct StorageError {
    attempted: String,
    #[source]
    source: object_store::Error,
}

impl StorageError {
    pub(crate) fn new(attempted: &str, source: object_store::Error) -> Self {
        Self {
            attempted: format!("{attempted}: {}", crate::cause::in_words(&source)),
            source,
        }
    }
}

/// Content-addressed objects of any number of tenants.
///
/// Bytes are written under a temporary key, hashed as they pass, made durable and only then moved to the key their digest
/// gives: whoever sees an object sees all of it. Clones share the same place.
#[derive(Clone)]
pub struct ObjectStorage {
    location: Location,
    opened: Arc<OnceLock<Arc<dyn ObjectStore>>>,
    ids: Arc<dyn IdGenerator>,
}

impl ObjectStorage {
    /// Objects at `location`; nothing is created or read yet. `ids` names what is being written.
    pub fn new(location: Location, ids: Arc<dyn IdGenerator>) -> Self {
        Self {
            location,
            opened: Arc::default(),
            ids,
        }
    }

    pub(crate) fn location(&self) -> &Location {
        &self.location
    }

    /// The place, if there is one already.
    pub(crate) fn existing(&self) -> Result<Option<Arc<dyn ObjectStore>>, object_store::Error> {
        match &self.location {
            Location::Folder(folder) if self.opened.get().is_none() && !folder.exists() => Ok(None),
            _ => self.opened().map(Some),
        }
    }

    /// The place, created if need be.
    pub(crate) fn created(&self) -> Result<Arc<dyn ObjectStore>, object_store::Error> {
        if let (Location::Folder(folder), None) = (&self.location, self.opened.get()) {
            create_durably(folder).map_err(from_io)?;
        }
        self.opened()
    }

    fn opened(&self) -> Result<Arc<dyn ObjectStore>, object_store::Error> {
        if let Some(store) = self.opened.get() {
            return Ok(Arc::clone(store));
        }
        let store: Arc<dyn ObjectStore> = match &self.location {
            Location::Folder(folder) => Arc::new(
                LocalFileSystem::new_with_prefix(folder)?
                    .with_automatic_cleanup(true)
                    .with_fsync(true),
            ),
            Location::Memory => Arc::new(InMemory::new()),
        };
        Ok(Arc::clone(self.opened.get_or_init(|| store)))
    }

    pub(crate) async fn begin_upload(
        &self,
        tenant: TenantId,
    ) -> Result<Upload, object_store::Error> {
        Upload::begin(self.created()?, upload_key(tenant, self.ids.new_uuid())).await
    }
}

/// Creates a folder that a power failure does not take back. The store does the same for the folders inside of it.
fn create_durably(folder: &Path) -> io::Result<()> {
    let missing = folder
        .ancestors()
        .take_while(|ancestor| !ancestor.exists())
        .count();
    fs::create_dir_all(folder)?;
    if cfg!(unix) {
        // The entry of a folder is on the disk when the folder it stands in is.
        for parent in folder
            .ancestors()
            .skip(1)
            .take(missing)
            .filter(|parent| parent.exists())
        {
            File::open(parent)?.sync_all()?;
        }
    }
    Ok(())
}
