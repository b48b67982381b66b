//! Lists what a folder gives: `cargo run --example list -- FOLDER [native|n8n] [refuse|rename]`.
#![expect(clippy::print_stdout, reason = "an example shows what it found")]

use std::error::Error;
use std::io;
use std::time::Instant;

use futures::executor::block_on;
use installhub_connector_folder::{FolderOptions, FolderSource};
use installhub_exporting::ports::ArtifactSource;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().unwrap_or_else(|| ".".to_owned());
    let mut options = FolderOptions::default();
    if let Some(format) = arguments.next() {
        options.format = format.parse()?;
    }
    if let Some(treatment) = arguments.next() {
        options.on_duplicate_id = treatment.parse()?;
    }

    let start = Instant::now();
    let mut source = FolderSource::new(folder, options);
    let contents = block_on(source.prepare())?;
    let prepared = start.elapsed();
    for artifact in &contents.artifacts {
        let (id, name) = (&artifact.id, &artifact.name);
        println!(
            "{} {id} '{name}' {}",
            artifact.artifact_type, artifact.version
        );
        block_on(source.write(id, &mut io::sink()))?;
    }
    for notice in &contents.notices {
        println!("{}: {}: {}", notice.code, notice.object, notice.message);
    }
    let all = start.elapsed();
    println!("prepared in {prepared:?}, written after {all:?}");
    Ok(())
}
