//! From the configuration to a place for objects.

use std::path::Path;

use installhub_storage_object_store::{Location, S3Options};

use super::ServiceError;
use crate::settings::StorageSettings;

/// A bucket when one is named, a folder otherwise.
pub(super) fn location(settings: &StorageSettings, home: &Path) -> Result<Location, ServiceError> {
    let Some(bucket) = &settings.bucket else {
        let folder = settings.folder.clone();
        return Ok(Location::Folder(
            folder.unwrap_or_else(|| home.join("objects")),
        ));
    };
    if settings.folder.is_some() {
        return Err(ServiceError::setting(
            "storage.folder",
            "is set together with storage.bucket: set one of them",
        ));
    }
    let needed = |key, value: &Option<String>| {
        value
            .clone()
            .ok_or_else(|| ServiceError::setting(key, "is needed for a bucket"))
    };
    let secret = settings
        .secret_key
        .as_ref()
        .ok_or_else(|| ServiceError::setting("storage.secret_key", "is needed for a bucket"))?;
    Ok(Location::S3(S3Options {
        endpoint: settings.endpoint.clone(),
        region: settings
            .region
            .clone()
            .unwrap_or_else(|| "us-east-1".to_owned()),
        bucket: bucket.clone(),
        prefix: settings.prefix.clone().unwrap_or_default(),
        access_key: needed("storage.access_key", &settings.access_key)?,
        secret_key: secret.expose().to_owned().into(),
        path_style: settings.path_style,
        allow_http: settings.allow_http,
    }))
}
