//! Writes the JSON Schema of the manifest to the file it is committed as:
//! `cargo run -p installhub-manifest --example write_schema`

use std::path::Path;
use std::{fs, io};

fn main() -> io::Result<()> {
    let file =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats/manifest-1.0.schema.json");
    let mut text = serde_json::to_string_pretty(&installhub_manifest::json_schema())?;
    text.push('\n');
    fs::write(file, text)
}
