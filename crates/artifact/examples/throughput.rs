//! Measures reading: `cargo run --release -p installhub-artifact --example throughput -- FILE_OR_FOLDER…`

#![expect(clippy::print_stdout, reason = "an example talks to its reader")]

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{env, error, fs, io};

use installhub_artifact::{ArtifactType, check, inspect, parse, parse_ref, to_canonical_bytes};

fn main() -> Result<(), Box<dyn error::Error>> {
    let mut documents = Vec::new();
    for argument in env::args_os().skip(1) {
        for path in files(Path::new(&argument))? {
            documents.push(fs::read(path)?);
        }
    }
    let bytes: usize = documents.iter().map(Vec::len).sum();
    println!("{} documents, {bytes} bytes", documents.len());
    measure("check", &documents, |document| {
        check(document).map(drop).is_ok()
    });
    measure("inspect", &documents, |document| {
        let mut references: usize = 0;
        let inspection = inspect(ArtifactType::ProcessDefinition, document, &mut |_| {
            references += 1;
        });
        black_box(references);
        inspection.is_ok()
    });
    measure("parse_ref", &documents, |document| {
        black_box(parse_ref(document)).is_ok()
    });
    measure("parse", &documents, |document| {
        black_box(parse(document)).is_ok()
    });
    measure("canonical", &documents, |document| {
        parse(document)
            .map(|json| to_canonical_bytes(&json))
            .is_ok()
    });
    Ok(())
}

fn files(path: &Path) -> io::Result<Vec<PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = fs::read_dir(path)?.map(|entry| entry.map(|entry| entry.path()));
    entries
        .filter(|path| path.as_ref().map_or(true, |path| path.is_file()))
        .collect()
}

/// Goes over all documents for a second and tells the best round.
fn measure(what: &str, documents: &[Vec<u8>], read: impl Fn(&[u8]) -> bool) {
    let started = Instant::now();
    let mut best = Duration::MAX;
    let mut accepted: usize = 0;
    while started.elapsed() < Duration::from_secs(1) {
        let round = Instant::now();
        accepted = documents.iter().filter(|document| read(document)).count();
        best = best.min(round.elapsed());
    }
    let bytes: u32 = documents
        .iter()
        .map(Vec::len)
        .sum::<usize>()
        .try_into()
        .unwrap_or(u32::MAX);
    let speed = f64::from(bytes) / 1e6 / best.as_secs_f64();
    println!("{what:>10}: {accepted} accepted, {speed:.0} MB/s");
}
