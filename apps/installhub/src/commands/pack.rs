//! `installhub pack`, and the writing of every new package.

use std::path::Path;

use indicatif::ProgressBar;
use installhub_connector_folder::{
    DirectoryForm, FolderFormat, FolderOptions, FolderSource, OnDuplicateId,
};
use installhub_exporting::ports::{ArtifactSource, Notice, SourceError};
use installhub_exporting::{
    EarlierPackage, ExportError, ExportObserver, ExportReport, ExportRequest, export,
};
use installhub_manifest::ManifestHeader;

use super::description;
use super::written_file::WrittenFile;
use crate::cli::{DuplicateId, OutputFormat, PackArgs, PackFormat};
use crate::failure::{Failure, Outcome};
use crate::output;

/// The word for a source of which something cannot be carried.
const SOURCE_INVALID: &str = "SourceInvalid";

/// Everything but the artifacts.
pub(super) struct NewPackage {
    pub header: ManifestHeader,
    pub readme: Option<String>,
    pub earlier: Option<EarlierPackage>,
}

pub(super) async fn run(arguments: PackArgs) -> Result<Outcome, Failure> {
    let (folder_format, printed) = formats(&arguments.format)?;
    let options = FolderOptions {
        format: folder_format,
        on_duplicate_id: match arguments.on_duplicate_id {
            DuplicateId::Refuse => OnDuplicateId::Refuse,
            DuplicateId::Rename => OnDuplicateId::Rename,
        },
        spool_folder: None,
    };
    let unpacked = match folder_format {
        FolderFormat::Native => DirectoryForm::find(&arguments.dir, options.clone())
            .map_err(|source| source_failure(&source))?,
        FolderFormat::N8n => None,
    };
    let (source, package) = if let Some(form) = unpacked {
        packed_again(form, &arguments)?
    } else {
        let package = NewPackage {
            header: description::header(&arguments.description, arguments.package_type)?,
            readme: description::readme(arguments.description.readme.as_deref())?,
            earlier: None,
        };
        (FolderSource::new(&arguments.dir, options), package)
    };
    write(Box::new(source), package, &arguments.output, printed)
        .await
        .map_err(|failure| match failure.error {
            SOURCE_INVALID => failure.help(
                "no package was written; files that share an id can be given ids of their own with \
                 --on-duplicate-id rename",
            ),
            _ => failure,
        })
}

/// An unpacked package says everything about itself; flags change single members.
fn packed_again(
    form: DirectoryForm,
    arguments: &PackArgs,
) -> Result<(FolderSource, NewPackage), Failure> {
    let mut header = form
        .header(&description::origin()?)
        .map_err(|source| source_failure(&source))?;
    let readme = match description::readme(arguments.description.readme.as_deref())? {
        Some(readme) => Some(readme),
        None => form.authored_readme(&header).map(str::to_owned),
    };
    if let Some(package_type) = arguments.package_type {
        header.package_type = package_type;
    }
    description::adjust(&mut header, &arguments.description)?;
    let (source, earlier) = form.into_parts();
    let package = NewPackage {
        header,
        readme,
        earlier: Some(earlier),
    };
    Ok((source, package))
}

/// One format says what the folder holds, the other what is printed.
fn formats(given: &[PackFormat]) -> Result<(FolderFormat, OutputFormat), Failure> {
    let mut folder = None;
    let mut printed = None;
    for format in given {
        let earlier = match format {
            PackFormat::Artifact => folder.replace(FolderFormat::Native).is_some(),
            PackFormat::N8n => folder.replace(FolderFormat::N8n).is_some(),
            PackFormat::Human => printed.replace(OutputFormat::Human).is_some(),
            PackFormat::Json => printed.replace(OutputFormat::Json).is_some(),
        };
        if earlier {
            return Err(Failure::new("InvalidArgument", "--format was given twice for the same thing")
                .help("give it once for the folder (artifact, n8n) and once for what is printed (human, json)"));
        }
    }
    Ok((
        folder.unwrap_or_default(),
        printed.unwrap_or(OutputFormat::Human),
    ))
}

/// Writes a package to its place and says what came of it.
pub(super) async fn write(
    source: Box<dyn ArtifactSource>,
    package: NewPackage,
    path: &Path,
    format: OutputFormat,
) -> Result<Outcome, Failure> {
    let mut file = WrittenFile::create(path)?;
    let spool = file.spool()?;
    let bar = Bar(output::progress("packing"));
    let request = ExportRequest {
        header: package.header,
        readme: package.readme,
        earlier: package.earlier,
    };
    let exported = export(vec![source], request, file.handle(), spool, &bar).await;
    bar.0.finish_and_clear();
    let report = exported.map_err(|source| export_failed(path, &source))?;
    file.finish()?;
    print(path, &report, format)?;
    Ok(Outcome::Done)
}

struct Bar(ProgressBar);

impl ExportObserver for Bar {
    fn artifact(&self, done: usize, total: usize) {
        self.0.set_length(total as u64);
        self.0.set_position(done as u64);
    }
}

fn print(path: &Path, report: &ExportReport, format: OutputFormat) -> Result<(), Failure> {
    let written = &report.written;
    let manifest = &written.manifest;
    if format == OutputFormat::Json {
        return output::json(&serde_json::json!({
            "file": path,
            "name": manifest.name,
            "version": manifest.version,
            "packageId": manifest.package_id,
            "checksum": manifest.checksum,
            "artifacts": manifest.artifacts.len(),
            "bytes": written.bytes,
            "digest": written.digest,
            "notices": report.notices,
        }));
    }
    for notice in &report.notices {
        output::remark(&shown(notice));
    }
    output::line(&format!(
        "{}: {} {}, {} artifacts, {}",
        path.display(),
        manifest.name,
        manifest.version,
        manifest.artifacts.len(),
        output::human_bytes(written.bytes)
    ))
}

fn shown(notice: &Notice) -> String {
    let word = output::colored(anstyle::AnsiColor::Yellow, "note");
    format!(
        "{word} {} ({}): {}",
        notice.code, notice.object, notice.message
    )
}

/// A source that could not be read, with every finding as a cause of its own.
fn source_failure(error: &SourceError) -> Failure {
    match error {
        SourceError::Several(findings) => {
            let mut failure = Failure::new(
                SOURCE_INVALID,
                format!("{} problems in the source", findings.len()),
            );
            failure.causes = findings.iter().map(ToString::to_string).collect();
            failure
        }
        SourceError::Unreachable { .. } => Failure::from_error("SourceUnreachable", error),
        _ => Failure::from_error(SOURCE_INVALID, error),
    }
}

fn export_failed(path: &Path, error: &ExportError) -> Failure {
    let failure = match error {
        ExportError::Source(SourceError::Write(source)) => {
            return super::written_file::cannot_write(path, source);
        }
        ExportError::Source(source) => source_failure(source),
        ExportError::CircularDependency(_) => Failure::from_error("CircularDependency", error),
        ExportError::DuplicateIds(_) => Failure::from_error("DuplicateArtifactId", error),
        ExportError::NothingToExport => Failure::from_error("NothingToExport", error),
        ExportError::Write(source) => {
            return match io_cause(source.as_ref()) {
                Some(io) => super::written_file::cannot_write(path, io),
                None => Failure::from_error("CannotWrite", error).help("no package was written"),
            };
        }
    };
    match failure.help {
        Some(_) => failure,
        None => failure.help("no package was written"),
    }
}

/// The file system's word beneath an error, where there is one.
fn io_cause<'e>(error: &'e (dyn std::error::Error + 'static)) -> Option<&'e std::io::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(io) = error.downcast_ref() {
            return Some(io);
        }
        next = error.source();
    }
    None
}
