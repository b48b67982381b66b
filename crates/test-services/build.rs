//! Tells the tests which version of the tables they were built with: a hash of the sources that make them.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io;
use std::path::{Path, PathBuf};

fn main() -> io::Result<()> {
    let sources = Path::new("../database-migration/src");
    let mut hasher = DefaultHasher::new();
    hash_folder(sources, &mut hasher)?;
    println!("cargo::rerun-if-changed={}", sources.display());
    println!(
        "cargo::rustc-env=INSTALLHUB_TABLES={:016x}",
        hasher.finish()
    );
    Ok(())
}

fn hash_folder(folder: &Path, hasher: &mut DefaultHasher) -> io::Result<()> {
    let mut paths = fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<Vec<PathBuf>>>()?;
    paths.sort();
    for path in paths {
        if path.is_dir() {
            hash_folder(&path, hasher)?;
        } else {
            path.hash(hasher);
            fs::read(&path)?.hash(hasher);
        }
    }
    Ok(())
}
