//! Cases and real data, in a folder `shared` beside the checkout.

use std::fs;
use std::path::PathBuf;

/// The folder of conformance cases.
pub fn conformance() -> PathBuf {
    shared("conformance")
}

/// A SQLite database: 11 tables, foreign keys, indexes, about 15,600 rows. Read only.
pub fn chinook() -> PathBuf {
    shared("data/chinook-sqlite/chinook.sqlite")
}

/// 207 workflows of n8n.
pub fn workflows() -> PathBuf {
    shared("data/n8n-workflows")
}

/// The files of [`workflows`], by name.
pub fn workflow_files() -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(workflows())
        .expect("the folder of workflows")
        .map(|entry| entry.expect("an entry of the folder").path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .collect();
    files.sort();
    assert_eq!(files.len(), 207, "workflows in {}", workflows().display());
    files
}

fn shared(name: &str) -> PathBuf {
    let path = checkout().join("../shared").join(name);
    assert!(
        path.exists(),
        "{} is missing: the acceptance tests need the folder 'shared' beside the checkout",
        path.display()
    );
    path.canonicalize().expect("a path that exists")
}

/// The root of this checkout. Whoever runs tests says it anew at every run; what was compiled in may be another checkout that
/// shares the build folder.
#[expect(
    clippy::disallowed_methods,
    reason = "Cargo tells it through the environment"
)]
pub(crate) fn checkout() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    here.join("..")
}
