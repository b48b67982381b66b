//! The pipeline: prepare every source, close and order, then stream artifact by artifact into the package.

use std::io::{Read, Seek, Write};

use installhub_manifest::ManifestHeader;
use installhub_package_format::{
    ArtifactMeta, Closing, PackageWriter, SignatureFile, WriterOptions, Written,
};

use crate::closure::close;
use crate::error::ExportError;
use crate::ports::{ArtifactOutline, ArtifactSource, Notice};

/// What is asked for besides the sources.
#[derive(Debug, Clone)]
pub struct ExportRequest {
    /// What the package says about itself.
    pub header: ManifestHeader,
    /// The author's README; without one it is generated.
    pub readme: Option<String>,
    /// Signatures of an earlier package.
    pub earlier: Option<EarlierPackage>,
}

/// What a package that is packed again was before: as much of it as still fits is kept.
#[derive(Debug, Clone)]
pub struct EarlierPackage {
    /// Its install order; kept while it names exactly the artifacts there are and puts dependencies first.
    pub install_order: Vec<String>,
    /// The exact bytes of its manifest.
    pub manifest: Vec<u8>,
    /// Its signatures over those bytes; kept only if the new manifest is the same.
    pub signatures: Vec<SignatureFile>,
}

/// What an export came to.
#[derive(Debug)]
pub struct ExportReport {
    /// The package.
    pub written: Written,
    /// What a person should know.
    pub notices: Vec<Notice>,
}

/// Listens to a running export.
pub trait ExportObserver: Send + Sync {
    /// `done` of `total` artifacts are written.
    fn artifact(&self, done: usize, total: usize);
}

/// Listens to nothing.
pub struct Unobserved;

impl ExportObserver for Unobserved {
    fn artifact(&self, _done: usize, _total: usize) {}
}

/// Makes one package of everything that the sources offer.
///
/// `out` receives the archive from its first byte to its last; `spool` is a temporary file for compressed artifacts.
///
/// # Errors
///
/// Findings of the sources and of the graph come before anything is written; while the sources write, only `spool` is, so that
/// after an error in one of them `out` is untouched.
pub async fn export<W, S>(
    mut sources: Vec<Box<dyn ArtifactSource>>,
    request: ExportRequest,
    out: W,
    spool: S,
    observer: &dyn ExportObserver,
) -> Result<ExportReport, ExportError>
where
    W: Write + Send,
    S: Read + Write + Seek + Send,
{
    let mut notices = Vec::new();
    let mut offers = Vec::with_capacity(sources.len());
    let mut tells_missing = Vec::with_capacity(sources.len());
    for source in &mut sources {
        let contents = source.prepare().await?;
        tells_missing.push(contents.notices.iter().any(is_missing));
        notices.extend(contents.notices);
        offers.push(contents.artifacts);
    }
    let order = request.earlier.as_ref();
    let order = order.map(|earlier| earlier.install_order.as_slice());
    let closure = close(offers, order)?;
    // A source that knows its own references says more about a missing one than the graph does.
    let untold = closure
        .missing
        .into_iter()
        .filter(|(source, _)| !tells_missing[*source]);
    notices.extend(untold.map(|(_, notice)| notice));
    let mut writer = PackageWriter::new(out, spool, request.header, WriterOptions::default())
        .map_err(write_error)?;
    let total = closure.artifacts.len();
    for (done, (source, outline)) in closure.artifacts.into_iter().enumerate() {
        let id = outline.id.clone();
        let mut artifact = writer.start_artifact(meta(outline)).map_err(write_error)?;
        sources[source].write(&id, &mut artifact).await?;
        artifact.finish().map_err(write_error)?;
        observer.artifact(done + 1, total);
    }
    let closing = Closing {
        outside: Vec::new(),
        readme: request.readme,
    };
    let mut dropped = None;
    let written = writer
        .finish_signed(closing, |manifest| {
            let (signatures, notice) = kept_signatures(request.earlier, manifest);
            dropped = notice;
            Ok(signatures)
        })
        .map_err(write_error)?;
    notices.extend(dropped);
    Ok(ExportReport { written, notices })
}

fn meta(outline: ArtifactOutline) -> ArtifactMeta {
    ArtifactMeta {
        artifact_type: outline.artifact_type,
        id: outline.id,
        name: outline.name,
        version: outline.version,
    }
}

fn write_error(error: installhub_package_format::WriteError) -> ExportError {
    ExportError::Write(Box::new(error))
}

fn is_missing(notice: &Notice) -> bool {
    notice.code == "UnresolvedReference"
}

fn kept_signatures(
    earlier: Option<EarlierPackage>,
    manifest: &[u8],
) -> (Vec<SignatureFile>, Option<Notice>) {
    match earlier {
        Some(earlier) if earlier.manifest == manifest => (earlier.signatures, None),
        Some(earlier) if !earlier.signatures.is_empty() => {
            let notice = Notice {
                code: "SignaturesDropped",
                object: "signatures".to_owned(),
                message: format!(
                    "the content has changed, so the {} signatures over the former manifest were left out",
                    earlier.signatures.len()
                ),
            };
            (Vec::new(), Some(notice))
        }
        _ => (Vec::new(), None),
    }
}
