//! Reading an object only after all of it was found intact.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use futures::TryStreamExt as _;
use installhub_checksum::{Digest, Hasher, HashingReader};
use object_store::path::Path;
use object_store::{GetResultPayload, ObjectStore, ObjectStoreExt as _};

use crate::cause::from_io;

/// An object's bytes and the digest they really have. The bytes read from `file` later are those that were hashed: a local
/// object is held open, and objects are replaced by name, never written into; a remote one is kept in an unnamed file.
pub(crate) struct Hashed {
    pub(crate) file: File,
    pub(crate) digest: Digest,
}

/// Reads the whole object once.
pub(crate) async fn fetch(
    store: &dyn ObjectStore,
    key: &Path,
) -> Result<Hashed, object_store::Error> {
    match store.get(key).await?.payload {
        GetResultPayload::File(file, _) => on_a_thread_for_it(move || hash(file)).await,
        GetResultPayload::Stream(mut stream) => {
            let mut hasher = Hasher::new();
            let mut file = tempfile::tempfile().map_err(from_io)?;
            while let Some(bytes) = stream.try_next().await? {
                hasher.update(&bytes);
                file.write_all(&bytes).map_err(from_io)?;
            }
            file.rewind().map_err(from_io)?;
            Ok(Hashed {
                file,
                digest: hasher.finalize(),
            })
        }
    }
}

fn hash(file: File) -> io::Result<Hashed> {
    let mut reader = HashingReader::new(file);
    let mut buffer = vec![0; 256 << 10];
    while reader.read(&mut buffer)? > 0 {}
    let (mut file, digest, _) = reader.finish();
    file.seek(SeekFrom::Start(0))?;
    Ok(Hashed { file, digest })
}

async fn on_a_thread_for_it<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, object_store::Error> {
    tokio::task::spawn_blocking(work).await?.map_err(from_io)
}
