//! Packages for tests: written by the writer, or put together entry by entry where the writer would refuse.

use std::io::{Cursor, Write};
use std::num::NonZeroUsize;

use installhub_artifact::ArtifactType;
use installhub_manifest::{ManifestHeader, Origin, PackageType};
use installhub_package_format::{
    ArtifactMeta, Closing, Limits, PackageWriter, Report, WriterOptions, validate,
};
use semver::Version;
use zip::CompressionMethod;
use zip::write::{SimpleFileOptions, ZipWriter};

/// The header of every package here.
pub(crate) fn header() -> ManifestHeader {
    ManifestHeader::new(
        "pkg-778e230c-2dd6-4e07-a0df-2b5ecab293a9"
            .parse()
            .expect("a package id"),
        "Onboarding Suite".parse().expect("a package name"),
        PackageType::Config,
        Version::new(2, 1, 0),
        Origin {
            exported_at: chrono::DateTime::UNIX_EPOCH,
            exported_by: "user@company.com".parse().expect("an actor"),
            tenant_id: "tenant-7".to_owned(),
            platform_version: Version::new(4, 2, 0),
        },
    )
}

pub(crate) fn meta(artifact_type: ArtifactType, id: &str) -> ArtifactMeta {
    ArtifactMeta {
        artifact_type,
        id: id.to_owned(),
        name: format!("The {id}"),
        version: Version::new(1, 0, 0),
    }
}

pub(crate) fn writer(
    out: &mut Vec<u8>,
    threads: usize,
) -> PackageWriter<&mut Vec<u8>, Cursor<Vec<u8>>> {
    let options = WriterOptions {
        threads: NonZeroUsize::new(threads),
    };
    PackageWriter::new(out, Cursor::new(Vec::new()), header(), options).expect("a good header")
}

/// A package of these artifacts, in this order.
pub(crate) fn package(artifacts: &[(ArtifactType, &str, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut writer = writer(&mut out, 2);
    for (artifact_type, id, bytes) in artifacts {
        writer
            .add_document(meta(*artifact_type, id), bytes)
            .expect("an artifact");
    }
    writer.finish(Closing::default()).expect("a package");
    out
}

/// A form that refers to an entity.
pub(crate) const FORM: &str = r#"{"_type":"AtlasForm","id":"form-1","fields":[{"fieldId":"f","dataSource":{"entityId":"ent-1"}}]}"#;
/// The entity.
pub(crate) const ENTITY: &str = r#"{"_type":"EntitySchema","id":"ent-1","fields":[]}"#;

/// An entity, and a form that needs it.
pub(crate) fn small_package() -> Vec<u8> {
    package(&[
        (ArtifactType::EntitySchema, "ent-1", ENTITY.as_bytes()),
        (ArtifactType::AtlasForm, "form-1", FORM.as_bytes()),
    ])
}

/// The header line of a data file with two columns.
pub(crate) fn data_header(id: &str, rows: usize) -> String {
    format!(
        r#"{{"_type":"Data","id":"{id}","table":"{id}","columns":[{{"name":"a","type":"integer"}},{{"name":"b","type":"text"}}],"rows":{rows}}}"#
    )
}

/// A data file with so many rows of some fifty bytes.
pub(crate) fn data_file(id: &str, rows: usize) -> Vec<u8> {
    let mut bytes = data_header(id, rows).into_bytes();
    bytes.push(b'\n');
    for row in 0..rows {
        writeln!(
            bytes,
            r#"[{row},"{:040x}"]"#,
            row.wrapping_mul(0x9E37_79B9_7F4A_7C15)
        )
        .expect("memory takes it");
    }
    bytes
}

/// An archive of these files as another program writes it, with its own ideas about records.
pub(crate) fn archive(files: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(method);
    for (name, bytes) in files {
        zip.start_file(*name, options).expect("a name");
        zip.write_all(bytes).expect("memory takes it");
    }
    zip.finish().expect("an archive").into_inner()
}

/// The files of a package by name.
pub(crate) fn unpacked(package: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut zip = zip::ZipArchive::new(Cursor::new(package)).expect("an archive");
    let files = 0..zip.len();
    files
        .map(|index| {
            let mut file = zip.by_index(index).expect("an entry");
            let mut bytes = Vec::new();
            std::io::Read::read_to_end(&mut file, &mut bytes).expect("its data");
            (file.name().expect("text").into_owned(), bytes)
        })
        .collect()
}

pub(crate) fn judge(package: &[u8]) -> Report {
    validate(package, &Limits::default()).expect("memory reads")
}

/// The codes that were found, with how often.
pub(crate) fn codes(report: &Report) -> Vec<(String, usize)> {
    let mut codes: Vec<(String, usize)> = Vec::new();
    for finding in &report.diagnostics {
        match codes.last_mut() {
            Some((code, count)) if *code == finding.code.as_str() => *count += 1,
            _ => codes.push((finding.code.to_string(), 1)),
        }
    }
    codes
}

/// Whether exactly this was found, once each.
pub(crate) fn assert_found(report: &Report, expected: &[&str]) {
    let expected: Vec<(String, usize)> = expected
        .iter()
        .map(|code| ((*code).to_owned(), 1))
        .collect();
    assert_eq!(codes(report), expected, "{:#?}", report.diagnostics);
}
