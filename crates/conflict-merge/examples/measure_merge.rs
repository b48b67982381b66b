//! How long merging and comparing take, on every JSON document of a folder (by default the real workflows):
//! `cargo run --release --example measure_merge [folder]`.

use std::error::Error;
use std::io::{Write, stdout};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use installhub_artifact::{ArtifactType, Json, Object, parse};
use installhub_conflict_merge::{FieldDecisions, diff, merge};

const FOLDER: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../../shared/data/n8n-workflows"
);

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os()
        .nth(1)
        .map_or_else(|| PathBuf::from(FOLDER), PathBuf::from);
    let mut documents = Vec::new();
    let mut bytes = 0;
    for entry in std::fs::read_dir(&folder)? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            let text = std::fs::read(&path)?;
            bytes += text.len();
            documents.push(parse(&text)?);
        }
    }
    let sides: Vec<(Json, Json)> = documents
        .iter()
        .map(|base| (edited(base, "target"), edited(base, "package")))
        .collect();

    let spec = ArtifactType::ProcessDefinition.spec();
    let none = FieldDecisions::none();
    let three_way = best_of_ten(|| {
        for (base, (existing, incoming)) in documents.iter().zip(&sides) {
            std::hint::black_box(merge(spec, Some(base), existing, incoming, &none));
        }
    });
    let two_way = best_of_ten(|| {
        for (existing, incoming) in &sides {
            std::hint::black_box(merge(spec, None, existing, incoming, &none));
        }
    });
    let compared = best_of_ten(|| {
        for (existing, incoming) in &sides {
            std::hint::black_box(diff(spec, existing, incoming));
        }
    });
    let mut out = stdout().lock();
    writeln!(
        out,
        "{} documents, {bytes} bytes, best of ten",
        documents.len()
    )?;
    for (what, time) in [
        ("three-way merge", three_way),
        ("two-way merge", two_way),
        ("difference", compared),
    ] {
        let milliseconds =
            time.as_secs_f64() * 1000.0 / f64::from(u32::try_from(documents.len())?.max(1));
        writeln!(out, "{what}: {milliseconds:.4} ms per document")?;
    }
    Ok(())
}

/// The document with a member of its own in every node, and another name.
fn edited(base: &Json, by: &str) -> Json {
    let mut document = base.clone();
    let nodes = document.get_mut("nodes").and_then(Json::as_array_mut);
    for node in nodes.into_iter().flatten().filter_map(Json::as_object_mut) {
        node.insert(format!("editedBy-{by}"), by.into());
    }
    let note: Object = [("id", by), ("name", by)].into_iter().collect();
    if let Some(nodes) = document.get_mut("nodes").and_then(Json::as_array_mut) {
        nodes.push(note.into());
    }
    document
}

fn best_of_ten(mut work: impl FnMut()) -> Duration {
    let timed = |_| {
        let start = Instant::now();
        work();
        start.elapsed()
    };
    (0..10).map(timed).min().unwrap_or_default()
}
