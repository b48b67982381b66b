//! Whether the place for objects answers.

use std::fs;

use object_store::ObjectStoreExt as _;
use object_store::path::Path;

use crate::cause::from_io;
use crate::{Location, ObjectStorage, StorageError};

/// A key under which there is never anything.
const NOTHING: &str = "readiness";

impl ObjectStorage {
    /// Whether objects can be read and written now. A folder that is not there yet will be made with the first object.
    pub async fn check(&self) -> Result<(), StorageError> {
        let failed = |error| StorageError::new("use the place for objects", error);
        let Some(store) = self.existing().map_err(failed)? else {
            return Ok(());
        };
        if let Location::Folder(folder) = self.location() {
            let metadata = fs::metadata(folder).map_err(|error| failed(from_io(error)))?;
            if metadata.permissions().readonly() {
                return Err(failed(from_io(std::io::ErrorKind::PermissionDenied.into())));
            }
        }
        match store.head(&Path::from(NOTHING)).await {
            Ok(_) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(failed(error)),
        }
    }
}
