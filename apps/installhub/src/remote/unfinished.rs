//! Uploads that were cut off: which upload on which server has the beginning of which file.

use std::path::{Path, PathBuf};

use installhub_checksum::{Digest, Hasher};
use serde::{Deserialize, Serialize};

use super::ServerUrl;
use crate::failure::Failure;

/// Where the id of an upload is kept until the upload is complete.
pub(crate) struct Unfinished {
    path: PathBuf,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Note {
    server: String,
    upload: String,
}

impl Unfinished {
    /// Of a file with this digest, on its way to this server.
    pub(crate) fn of(home: &Path, server: &ServerUrl, digest: Digest) -> Self {
        let mut name = Hasher::new();
        name.update(server.to_string().as_bytes());
        name.update(b"\n");
        name.update(digest.to_string().as_bytes());
        let name = name.finalize().to_hex();
        Self {
            path: home.join("unfinished-uploads").join(format!("{name}.json")),
        }
    }

    /// The id of the upload. A note that cannot be read is as good as none: the upload begins anew.
    pub(crate) fn id(&self) -> Option<String> {
        let bytes = std::fs::read(&self.path).ok()?;
        serde_json::from_slice::<Note>(&bytes)
            .ok()
            .map(|note| note.upload)
    }

    /// Keeps the id.
    pub(crate) fn keep(&self, server: &ServerUrl, id: &str) -> Result<(), Failure> {
        let note = Note {
            server: server.to_string(),
            upload: id.to_owned(),
        };
        let write = || -> std::io::Result<()> {
            if let Some(folder) = self.path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            std::fs::write(&self.path, serde_json::to_vec(&note)?)
        };
        write().map_err(|source| {
            Failure::new(
                "CannotWrite",
                format!("cannot write {}", self.path.display()),
            )
            .because(&source)
            .help("choose another folder with --home DIR or INSTALLHUB_HOME")
        })
    }

    /// Forgets it. That a note stays behind does no harm: the server will not know the upload any more.
    pub(crate) fn forget(&self) {
        let _ = std::fs::remove_file(&self.path);
    }
}
