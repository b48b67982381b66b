//! What the tests share.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use futures::executor::block_on;
use installhub_artifact::{Json, parse};
use installhub_connector_folder::{FolderOptions, FolderSource};
use installhub_exporting::ports::{ArtifactSource, SourceContents, SourceError};

/// A folder with these files.
pub(crate) fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in files {
        put(folder.path(), name, text);
    }
    folder
}

pub(crate) fn put(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
    fs::write(path, text).expect("a file");
}

/// Everything a folder gives: its contents and every document.
pub(crate) fn read(
    folder: &Path,
    options: &FolderOptions,
) -> Result<(SourceContents, BTreeMap<String, String>), SourceError> {
    let mut source = FolderSource::new(folder, options.clone());
    let contents = block_on(source.prepare())?;
    let mut documents = BTreeMap::new();
    for outline in &contents.artifacts {
        let mut bytes = Vec::new();
        block_on(source.write(&outline.id, &mut bytes))?;
        let text = String::from_utf8(bytes).expect("UTF-8");
        documents.insert(outline.id.clone(), text);
    }
    Ok((contents, documents))
}

pub(crate) fn json(text: &str) -> Json {
    parse(text.as_bytes()).expect("strict JSON")
}

/// The messages of an error that may stand for several.
pub(crate) fn messages(error: SourceError) -> Vec<String> {
    match error {
        SourceError::Several(errors) => errors.iter().map(ToString::to_string).collect(),
        other => vec![other.to_string()],
    }
}
