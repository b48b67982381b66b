//! Opening a place for objects.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use installhub_kernel::{IdGenerator, TenantId};
use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;

use crate::Location;
use crate::bucket::Bucket;
use crate::cause::from_io;
use crate::key::upload_key;
use crate::network::network;
use crate::place::Place;
use crate::upload::Upload;

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
    opened: Arc<OnceLock<Place>>,
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

    /// The store, if there is one already. Of a bucket it is not known, and not asked.
    pub(crate) fn existing(&self) -> Result<Option<Arc<dyn ObjectStore>>, object_store::Error> {
        Ok(self.existing_place()?.map(Place::store))
    }

    /// The store, created if need be.
    pub(crate) fn created(&self) -> Result<Arc<dyn ObjectStore>, object_store::Error> {
        Ok(self.created_place()?.store())
    }

    /// The place, if there is one already.
    pub(crate) fn existing_place(&self) -> Result<Option<&Place>, object_store::Error> {
        match &self.location {
            Location::Folder(folder) if self.opened.get().is_none() && !folder.exists() => Ok(None),
            _ => self.opened().map(Some),
        }
    }

    fn created_place(&self) -> Result<&Place, object_store::Error> {
        if let (Location::Folder(folder), None) = (&self.location, self.opened.get()) {
            create_durably(folder).map_err(from_io)?;
        }
        self.opened()
    }

    fn opened(&self) -> Result<&Place, object_store::Error> {
        if let Some(place) = self.opened.get() {
            return Ok(place);
        }
        let place = match &self.location {
            Location::Folder(folder) => Place::Here(Arc::new(
                LocalFileSystem::new_with_prefix(folder)?
                    .with_automatic_cleanup(true)
                    .with_fsync(true),
            )),
            Location::S3(options) => {
                Place::Bucket(Bucket::open(options, network().map_err(from_io)?)?)
            }
            Location::Memory => Place::Here(Arc::new(InMemory::new())),
        };
        Ok(self.opened.get_or_init(|| place))
    }

    pub(crate) async fn begin_upload(
        &self,
        tenant: TenantId,
    ) -> Result<Upload, object_store::Error> {
        let place = self.created_place()?.clone();
        Upload::begin(place, upload_key(tenant, self.ids.new_uuid())).await
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
