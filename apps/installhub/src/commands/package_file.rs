//! Opening package files, with messages a person can act on.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::sync::Arc;

use installhub_artifact::{Json, parse};
use installhub_importing::Package;
use installhub_manifest::{ArtifactEntry, Diagnostic};
use installhub_package_format::{ByteSource, Limits, OpenError, PackageReader};

use crate::cli::{LimitArgs, OutputFormat};
use crate::failure::Failure;
use crate::output;

/// A reader over a package file.
pub(super) type FileReader = PackageReader<dyn ByteSource>;

/// The limits of validation as asked for.
pub(super) fn limits(arguments: &LimitArgs) -> Limits {
    let mut limits = Limits::default();
    let set = |field: &mut u64, value: Option<u64>| {
        if let Some(value) = value {
            *field = value;
        }
    };
    set(&mut limits.max_entries, arguments.max_entries);
    set(&mut limits.max_entry_bytes, arguments.max_entry_bytes);
    set(&mut limits.max_total_bytes, arguments.max_total_bytes);
    set(&mut limits.max_ratio, arguments.max_ratio);
    set(&mut limits.max_manifest_bytes, arguments.max_manifest_bytes);
    limits
}

/// Opens the file itself.
pub(super) fn open(path: &Path) -> Result<File, Failure> {
    let file = File::open(path).map_err(|source| unreadable(path, &source))?;
    let metadata = file
        .metadata()
        .map_err(|source| unreadable(path, &source))?;
    if metadata.is_dir() {
        return Err(Failure::new(
            "NotAPackage",
            format!("{} is a folder, not a package file", path.display()),
        )
        .help("make a package of it with: installhub pack"));
    }
    Ok(file)
}

/// A file that could not be read.
pub(super) fn unreadable(path: &Path, source: &std::io::Error) -> Failure {
    let failure =
        Failure::new("CannotRead", format!("cannot read {}", path.display())).because(source);
    match source.kind() {
        std::io::ErrorKind::NotFound => failure.help("check the path: there is no such file"),
        std::io::ErrorKind::PermissionDenied => {
            failure.help("check the permissions of the file and its folders")
        }
        _ => failure,
    }
}

/// A package that was judged: usable, or found wanting.
pub(super) enum Judged {
    /// It can be read.
    Valid(FileReader),
    /// What was found, and how much of it there is.
    Invalid(Vec<Diagnostic>, usize),
}

/// Opens and judges a package.
pub(super) fn judge(path: &Path, limits: &Limits) -> Result<Judged, Failure> {
    let source: Arc<dyn ByteSource> = Arc::new(open(path)?);
    match PackageReader::open(source, limits) {
        Ok(reader) => Ok(Judged::Valid(reader)),
        Err(OpenError::Refused(report)) => Ok(Judged::Invalid(report.diagnostics, report.total)),
        Err(OpenError::Source(source)) => Err(unreadable(path, &source)),
    }
}

/// Opens a package that has to be valid; otherwise prints every finding and gives nothing.
pub(super) fn read_valid(
    path: &Path,
    limits: &Limits,
    format: OutputFormat,
) -> Result<Option<FileReader>, Failure> {
    let (findings, total) = match judge(path, limits)? {
        Judged::Valid(reader) => return Ok(Some(reader)),
        Judged::Invalid(findings, total) => (findings, total),
    };
    match format {
        OutputFormat::Json => output::json(&serde_json::json!({
            "error": "ValidationFailed",
            "message": format!("{} is not a valid package: {total} findings", path.display()),
            "errors": findings,
        }))?,
        OutputFormat::Human => {
            output::line(&format!("{} is not a valid package:", path.display()))?;
            for found in findings {
                output::line(&format!(
                    "  {} {}: {}",
                    found.layer.as_str(),
                    found.code.as_str(),
                    found.message
                ))?;
            }
        }
    }
    Ok(None)
}

/// A package ready to be imported.
pub(super) fn package(reader: FileReader) -> Package {
    Package::new(reader)
}

/// What an artifact says of itself: a document whole, of a data file its first line.
pub(super) fn outline(reader: &FileReader, entry: &ArtifactEntry) -> Result<Json, Failure> {
    let failed = |source: &dyn std::error::Error| {
        Failure::new("CannotRead", format!("cannot read artifact '{}'", entry.id)).because(source)
    };
    if entry.artifact_type.spec().extension != "ndjson" {
        return reader
            .read_document(&entry.id)
            .map_err(|source| failed(&source));
    }
    let content = reader
        .open_artifact(&entry.id)
        .map_err(|source| failed(&source))?;
    let mut line = Vec::new();
    BufReader::new(content)
        .read_until(b'\n', &mut line)
        .map_err(|source| failed(&source))?;
    parse(&line).map_err(|source| failed(&source))
}
