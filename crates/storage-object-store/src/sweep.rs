//! Removing what uploads of dead processes left behind.

use std::fs;
use std::io;
use std::path::Path as FilePath;

use chrono::{DateTime, Utc};
use futures::TryStreamExt as _;
use object_store::path::Path;
use object_store::{ObjectStore as _, ObjectStoreExt as _};

use crate::bucket_parts::{is_note, take_back_noted};
use crate::cause::from_io;
use crate::key::{TENANTS, UPLOADS};
use crate::place::Place;
use crate::{Location, ObjectStorage, StorageError};

impl ObjectStorage {
    /// Removes temporary objects of all tenants that were last written before `before`, and says how many went.
    ///
    /// An upload that lives takes its time; choose `before` at least a day ago.
    pub async fn sweep_abandoned(&self, before: DateTime<Utc>) -> Result<u64, StorageError> {
        let failed = |error| StorageError::new("remove abandoned uploads", error);
        let Some(place) = self.existing_place().map_err(failed)? else {
            return Ok(0);
        };
        if let Location::Folder(root) = self.location().clone() {
            // The store itself hides the parts of unfinished uploads, so the folder is looked at directly.
            return tokio::task::spawn_blocking(move || sweep_folder(&root, before))
                .await
                .map_err(|error| failed(error.into()))?
                .map_err(|error| failed(from_io(error)));
        }
        sweep_objects(place, before).await.map_err(failed)
    }
}

async fn sweep_objects(place: &Place, before: DateTime<Utc>) -> Result<u64, object_store::Error> {
    let store = place.store();
    let mut swept = 0;
    for tenant in store
        .list_with_delimiter(Some(&Path::from(TENANTS)))
        .await?
        .common_prefixes
    {
        let mut uploads = store.list(Some(&tenant.join(UPLOADS)));
        while let Some(object) = uploads.try_next().await? {
            if object.last_modified >= before {
                continue;
            }
            match place {
                Place::Bucket(bucket) if is_note(&object.location) => {
                    take_back_noted(bucket, &object.location).await?;
                }
                _ => store.delete(&object.location).await?,
            }
            swept += 1;
        }
    }
    Ok(swept)
}

fn sweep_folder(root: &FilePath, before: DateTime<Utc>) -> io::Result<u64> {
    let mut swept = 0;
    for tenant in entries(&root.join(TENANTS))? {
        for upload in entries(&tenant.path().join(UPLOADS))? {
            // What is gone already was finished or swept by another process.
            let Some(metadata) = present(upload.metadata())? else {
                continue;
            };
            if metadata.is_file() && DateTime::<Utc>::from(metadata.modified()?) < before {
                swept += u64::from(present(fs::remove_file(upload.path()))?.is_some());
            }
        }
    }
    Ok(swept)
}

fn entries(folder: &FilePath) -> io::Result<Vec<fs::DirEntry>> {
    present(fs::read_dir(folder))?.map_or(Ok(Vec::new()), Iterator::collect)
}

fn present<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            Ok(None)
        }
        other => other.map(Some),
    }
}
