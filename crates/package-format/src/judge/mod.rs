//! The one judge: all layers over one source, all findings together (validation).

mod content;
mod declared;
mod integrity;
mod inventory;
mod members;
mod order;
mod report;
mod rows;

use std::io;

use installhub_manifest::{Code, DiagnosticSink, parse_into};

pub(crate) use content::{Declaration, look_at as judge_document};
pub(crate) use rows::{BadRow, HEADER_BYTES, RowRules, judge_file, judge_header};

pub use report::Report;

use crate::framing::{Archive, Fault, FaultKind, FramingError, read_archive};
use crate::limits::Limits;
use crate::source::ByteSource;
use declared::Declarations;
use inventory::Inventory;

/// A package that has been judged, with what a reader needs of it.
pub(crate) struct Judged {
    pub(crate) report: Report,
    pub(crate) archive: Archive,
    pub(crate) manifest_bytes: Vec<u8>,
}

/// Judges a package: archive, manifest and digests, everything that is wrong in one answer.
///
/// Reads every byte once, on all cores, in bounded memory. The error is the source's; whatever the bytes are, there is a
/// report about them.
///
/// ```
/// use installhub_package_format::{Limits, validate};
///
/// let report = validate(b"<html>not a package</html>".as_slice(), &Limits::default())?;
/// assert_eq!(report.diagnostics[0].code.as_str(), "InvalidZip");
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn validate<S: ByteSource + ?Sized>(source: &S, limits: &Limits) -> io::Result<Report> {
    Ok(judge(&source, limits)?.report)
}

/// Judges a package and keeps what has been learned about it.
pub(crate) fn judge(source: &dyn ByteSource, limits: &Limits) -> io::Result<Judged> {
    let mut sink = DiagnosticSink::with_limit(limits.max_listed);
    let archive = match read_archive(source, limits) {
        Ok(archive) => archive,
        Err(FramingError::Source(error)) => return Err(error),
        Err(FramingError::Fault { fault, entry }) => {
            // Nothing inside can be trusted, so nothing inside is looked at.
            refuse(&fault, entry.as_ref(), &mut sink);
            return Ok(Judged {
                report: Report::new(sink, Vec::new(), None),
                archive: Archive {
                    members: Vec::new(),
                },
                manifest_bytes: Vec::new(),
            });
        }
    };
    let inventory = Inventory::take(&archive, limits, &mut sink);
    let manifest_bytes = members::read_manifest(source, &archive, &inventory, limits, &mut sink)?;
    let mut manifest = None;
    let mut warnings = Vec::new();
    {
        let mut parsed = manifest_bytes
            .as_deref()
            .map(|bytes| parse_into(bytes, &mut sink));
        let declarations = Declarations::compare(&inventory, parsed.as_ref(), &mut sink);
        let tasks = members::plan(&inventory, &declarations, limits, &mut sink);
        let findings = tasks.run(source, &archive, &declarations, limits)?;
        tasks.report(&inventory, &findings, &mut sink);
        if let Some(parsed) = &parsed {
            order::judge(parsed, &declarations, &tasks, &findings, limits, &mut sink);
            let names = &inventory.names;
            integrity::judge(parsed, &declarations, names, &tasks, &findings, &mut sink);
        }
        warnings.extend(inventory.readme_warning(limits));
        if sink.total() == 0 {
            manifest = parsed.as_mut().and_then(|parsed| parsed.manifest.take());
        }
    }
    Ok(Judged {
        report: Report::new(sink, warnings, manifest),
        archive,
        manifest_bytes: manifest_bytes.unwrap_or_default(),
    })
}

/// Reports the fault that ends the check.
fn refuse(fault: &Fault, entry: Option<&String>, sink: &mut DiagnosticSink) {
    let code = match fault.kind() {
        FaultKind::Invalid => Code::InvalidZip,
        FaultKind::Unsupported => Code::UnsupportedZipFeature,
        FaultKind::Limit => Code::ResourceLimitExceeded,
    };
    let path = entry.map(|entry| entry as &dyn std::fmt::Display);
    sink.report(code, path, || fault.to_string());
}
