//! Builds a package in memory, validates it and lists what is in it.

use std::error::Error;
use std::io::{Cursor, Write};
use std::sync::Arc;

use installhub_artifact::{ArtifactType, DataColumn, DataHeader, Object};
use installhub_manifest::{ManifestHeader, Origin, PackageType};
use installhub_package_format::{
    ArtifactMeta, Closing, Limits, PackageReader, PackageWriter, WriterOptions, validate,
};
use semver::Version;

#[expect(clippy::print_stdout, reason = "an example shows its result")]
fn main() -> Result<(), Box<dyn Error>> {
    let package = build()?;

    let report = validate(package.as_slice(), &Limits::default())?;
    println!("{} bytes, {} findings", package.len(), report.total);

    let reader = PackageReader::open(Arc::new(package), &Limits::default())?;
    let manifest = reader.manifest();
    println!("{} {} in install order:", manifest.name, manifest.version);
    for artifact in manifest.artifacts_in_install_order() {
        println!(
            "  {} {} {}",
            artifact.artifact_type, artifact.id, artifact.hash
        );
    }
    println!("files:");
    for entry in reader.entries() {
        println!(
            "  {:>6} {:>6} {}",
            entry.bytes, entry.compressed_bytes, entry.name
        );
    }
    println!("\n{}", reader.readme());
    Ok(())
}

fn build() -> Result<Vec<u8>, Box<dyn Error>> {
    let mut package = Vec::new();
    let spool = Cursor::new(Vec::new());
    let mut writer = PackageWriter::new(&mut package, spool, header()?, WriterOptions::default())?;
    let table =
        br#"{"_type": "Table", "id": "film", "columns": [{"name": "title", "type": "text"}]}"#;
    writer.add_document(meta(ArtifactType::Table, "film"), table)?;

    // Rows come one after the other; the writer keeps none of them.
    let mut data = writer.start_artifact(meta(ArtifactType::Data, "film-rows"))?;
    let columns = DataHeader {
        id: "film-rows".to_owned(),
        name: "film-rows".to_owned(),
        version: Version::new(1, 0, 0),
        table: "film".to_owned(),
        columns: vec![DataColumn::new("title", "text")],
        rows: 3,
        extra: Object::new(),
    };
    writeln!(data, "{}", columns.to_line())?;
    for title in ["Academy Dinosaur", "Ace Goldfinger", "Adaptation Holes"] {
        writeln!(data, "[\"{title}\"]")?;
    }
    data.finish()?;
    writer.finish(Closing::default())?;
    Ok(package)
}

fn header() -> Result<ManifestHeader, Box<dyn Error>> {
    let mut header = ManifestHeader::new(
        "pkg-778e230c-2dd6-4e07-a0df-2b5ecab293a9".parse()?,
        "Film club".parse()?,
        PackageType::Config,
        Version::new(1, 0, 0),
        Origin {
            exported_at: chrono::DateTime::UNIX_EPOCH,
            exported_by: "ops@example.org".parse()?,
            tenant_id: "tenant-1".to_owned(),
            platform_version: Version::new(4, 2, 0),
        },
    );
    header.description = Some("Films, and who lent them".to_owned());
    Ok(header)
}

fn meta(artifact_type: ArtifactType, id: &str) -> ArtifactMeta {
    ArtifactMeta {
        artifact_type,
        id: id.to_owned(),
        name: id.to_owned(),
        version: Version::new(1, 0, 0),
    }
}
