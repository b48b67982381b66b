//! The unnamed file in which a package waits while it is judged.

use std::fs::File;
use std::io::{self, Seek as _, SeekFrom};
use std::path::PathBuf;
use std::sync::Arc;

use futures::{StreamExt as _, TryStreamExt as _};
use installhub_checksum::{Digest, Hasher};
use installhub_package_format::{BundleStoreError, BundleStream};
use tokio::io::AsyncWriteExt as _;
use tokio_util::io::ReaderStream;

use crate::CatalogError;

/// Bytes in a piece of a stream from the file.
const PIECE: usize = 256 << 10;

/// Bytes that have been hashed on their way into a file without a name. It goes with the last who holds it.
pub(super) struct Spooled {
    file: Arc<File>,
    pub(super) digest: Digest,
}

impl Spooled {
    /// Takes at most `limit` bytes.
    pub(super) async fn receive(
        mut bytes: BundleStream,
        limit: u64,
        folder: Option<PathBuf>,
    ) -> Result<Self, CatalogError> {
        let file = tokio::task::spawn_blocking(move || match folder {
            Some(folder) => tempfile::tempfile_in(folder),
            None => tempfile::tempfile(),
        });
        let file = file
            .await
            .map_err(io::Error::other)
            .flatten()
            .map_err(CatalogError::Spool)?;
        let mut file = tokio::fs::File::from_std(file);
        let mut hasher = Hasher::new();
        let mut length = 0_u64;
        while let Some(piece) = bytes.try_next().await? {
            length += piece.len() as u64;
            if length > limit {
                return Err(CatalogError::TooLarge {
                    what: "the package",
                    limit,
                });
            }
            hasher.update(&piece);
            file.write_all(&piece).await.map_err(CatalogError::Spool)?;
        }
        // Nothing has to survive a crash here, but every write has to have ended.
        file.flush().await.map_err(CatalogError::Spool)?;
        Ok(Self {
            file: Arc::new(file.into_std().await),
            digest: hasher.finalize(),
        })
    }

    /// The bytes at any position.
    pub(super) fn file(&self) -> Arc<File> {
        Arc::clone(&self.file)
    }

    /// The bytes from the start. One stream at a time: all of them move the same place in the file.
    pub(super) async fn stream(&self) -> Result<BundleStream, CatalogError> {
        let file = self.file();
        let again = tokio::task::spawn_blocking(move || {
            let mut again = file.try_clone()?;
            again.seek(SeekFrom::Start(0))?;
            Ok(again)
        });
        let again = again
            .await
            .map_err(io::Error::other)
            .flatten()
            .map_err(CatalogError::Spool)?;
        Ok(
            ReaderStream::with_capacity(tokio::fs::File::from_std(again), PIECE)
                .map_err(|error| BundleStoreError::Interrupted(error.into()))
                .boxed(),
        )
    }
}
