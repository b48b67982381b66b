//! Reading every member within the limits, and what is said about their data.

use std::io;

use installhub_manifest::{Code, DiagnosticSink};

use super::declared::Declarations;
use super::inventory::{Inventory, report};
use crate::data::{DataError, Inflater, Progress};
use crate::framing::Archive;
use crate::layout::{DATA_EXTENSION, MANIFEST, Place};
use crate::limits::{Bytes, Limits};
use crate::names::quoted;
use crate::pipeline::{self, Content, Findings, Outcome, Plan, Task, Work};
use crate::sniff::{Sniffed, Sniffer};
use crate::source::ByteSource;

/// Reads the manifest, when there is one that can be read.
pub(super) fn read_manifest(
    source: &dyn ByteSource,
    archive: &Archive,
    inventory: &Inventory<'_>,
    limits: &Limits,
    sink: &mut DiagnosticSink,
) -> io::Result<Option<Vec<u8>>> {
    let Some(index) = inventory.find_readable(MANIFEST) else {
        return Ok(None);
    };
    let member = &archive.members[index];
    if member.uncompressed > limits.max_manifest_bytes {
        report(sink, Code::ResourceLimitExceeded, MANIFEST, || {
            let (found, limit) = (member.uncompressed, Bytes(limits.max_manifest_bytes));
            format!("{MANIFEST} has {found} bytes — expected at most {limit}")
        });
        return Ok(None);
    }
    let mut bytes = vec![0; usize::try_from(member.uncompressed).unwrap_or_default()];
    let mut inflater = Inflater::new();
    let mut progress = Progress::start(member, &mut inflater);
    match progress.fill(source, &mut inflater, &mut bytes) {
        Ok(_) => {}
        Err(DataError::Source(error)) => return Err(error),
        Err(DataError::Fault(fault)) => {
            let outcome = Outcome {
                fault: Some(fault),
                ..Outcome::default()
            };
            report_outcome(index, &outcome, inventory, sink);
            return Ok(None);
        }
    }
    let mut sniffer = Sniffer::default();
    sniffer.take(&bytes);
    let outcome = Outcome {
        sniffed: sniffer.finish(),
        ..Outcome::default()
    };
    report_outcome(index, &outcome, inventory, sink);
    Ok(Some(bytes))
}

/// What is going to be read, in which order.
#[derive(Debug, Default)]
pub(super) struct Tasks {
    list: Vec<Task>,
    /// The task that reads a declared file, by the file's number.
    of_file: Vec<Option<usize>>,
    /// How many tasks make the bundle.
    bundled: usize,
}

/// Plans to read all members but the manifest, artifacts in install order first. What is beyond the limits is reported
/// and not read.
pub(super) fn plan(
    inventory: &Inventory<'_>,
    declarations: &Declarations,
    limits: &Limits,
    sink: &mut DiagnosticSink,
) -> Tasks {
    let mut tasks = Tasks {
        of_file: vec![None; declarations.files.len()],
        ..Tasks::default()
    };
    let within = within_limits(inventory, declarations, limits, sink);
    let mut complete = declarations.complete;
    for number in declarations.in_install_order() {
        let file = &declarations.files[number];
        if !within[file.member] {
            complete = false;
            continue;
        }
        tasks.of_file[number] = Some(tasks.list.len());
        let is_data = inventory.names[file.member].ends_with(DATA_EXTENSION);
        tasks.list.push(Task {
            member: file.member,
            work: Work::Artifact {
                content: if is_data {
                    Content::Rows
                } else {
                    Content::Document
                },
                declared: file.declaration.clone(),
            },
        });
    }
    if complete {
        tasks.bundled = tasks.list.len();
    }
    let manifest = inventory.find_readable(MANIFEST);
    let others = (0..inventory.members.len()).filter(|index| {
        within[*index] && Some(*index) != manifest && declarations.of_member(*index).is_none()
    });
    tasks.list.extend(others.map(|member| Task {
        member,
        work: match inventory.place(member) {
            Some(Place::Readme) => Work::Readme,
            _ => Work::Data,
        },
    }));
    tasks
}

/// Which members may be inflated, by what their headers say.
fn within_limits(
    inventory: &Inventory<'_>,
    declarations: &Declarations,
    limits: &Limits,
    sink: &mut DiagnosticSink,
) -> Vec<bool> {
    let manifest = inventory.find_readable(MANIFEST);
    let mut total = 0u64;
    let mut within: Vec<bool> = inventory.readable.clone();
    for (index, member) in inventory.members.iter().enumerate() {
        let name = inventory.names[index].as_str();
        // It has a bound of its own, by which it has been read or not.
        if Some(index) == manifest {
            continue;
        }
        let is_data = declarations.is_data(index, name);
        if !is_data {
            total = total.saturating_add(member.uncompressed);
        }
        let sizes = (member.uncompressed, member.compressed);
        if let Some(message) = beyond(sizes, is_data, limits).filter(|_| within[index]) {
            within[index] = false;
            report(sink, Code::ResourceLimitExceeded, name, || {
                format!("entry {} {message}", quoted(name))
            });
        }
    }
    if total > limits.max_total_bytes {
        sink.report(Code::ResourceLimitExceeded, None, || {
            format!(
                "the entries inflate to {total} bytes together — expected at most {} (data files aside)",
                Bytes(limits.max_total_bytes)
            )
        });
        within.fill(false);
    }
    within
}

/// How an entry is beyond the limits.
fn beyond(
    (uncompressed, compressed): (u64, u64),
    is_data: bool,
    limits: &Limits,
) -> Option<String> {
    let most = if is_data {
        limits.max_data_bytes.unwrap_or(u64::MAX)
    } else {
        limits.max_entry_bytes
    };
    if uncompressed > most {
        let limit = Bytes(most);
        return Some(format!(
            "has {uncompressed} bytes — expected at most {limit}"
        ));
    }
    let most = compressed.saturating_mul(limits.max_ratio);
    if !is_data && uncompressed > limits.ratio_from_bytes && uncompressed > most {
        return Some(format!(
            "inflates {compressed} bytes to {uncompressed} — expected at most {}:1 above {}",
            limits.max_ratio,
            Bytes(limits.ratio_from_bytes)
        ));
    }
    // Deflate can be made to hold endless empty blocks: much to read, nothing to show.
    let padding = uncompressed.saturating_mul(2).saturating_add(64 * 1024);
    (compressed > padding).then(|| {
        format!("has {compressed} compressed bytes for {uncompressed} — expected at most {padding}")
    })
}

impl Tasks {
    /// Reads everything.
    pub(super) fn run(
        &self,
        source: &dyn ByteSource,
        archive: &Archive,
        declarations: &Declarations,
        limits: &Limits,
    ) -> io::Result<Findings> {
        pipeline::run(&Plan {
            source,
            members: &archive.members,
            tasks: &self.list,
            ids: &declarations.ids,
            bundled: self.bundled,
            limits,
        })
    }

    /// Reports what was found in the data of every member.
    pub(super) fn report(
        &self,
        inventory: &Inventory<'_>,
        findings: &Findings,
        sink: &mut DiagnosticSink,
    ) {
        for (task, outcome) in self.list.iter().zip(&findings.outcomes) {
            report_outcome(task.member, outcome, inventory, sink);
        }
    }

    /// What reading a declared file found, when it was read.
    pub(super) fn outcome<'f>(&self, number: usize, findings: &'f Findings) -> Option<&'f Outcome> {
        findings.outcomes.get(self.of_file[number]?)
    }

    /// What reading the README found, when it was read.
    pub(super) fn readme<'f>(&self, findings: &'f Findings) -> Option<&'f Outcome> {
        let index = self
            .list
            .iter()
            .position(|task| task.work == Work::Readme)?;
        findings.outcomes.get(index)
    }
}

fn report_outcome(
    member: usize,
    outcome: &Outcome,
    inventory: &Inventory<'_>,
    sink: &mut DiagnosticSink,
) {
    let name = inventory.names[member].as_str();
    if let Some(fault) = &outcome.fault {
        report(sink, Code::InvalidZip, name, || {
            format!("entry {}: {fault}", quoted(name))
        });
    }
    for sniffed in &outcome.sniffed {
        let (code, what) = match sniffed {
            Sniffed::Program => (Code::ForbiddenContent, "is a program".to_owned()),
            Sniffed::Archive(kind) => (Code::NestedArchiveDetected, format!("is a {kind} archive")),
            Sniffed::ZipRecord(offset) => {
                let what = format!("holds the signature of a ZIP record at byte {offset}");
                (Code::NestedArchiveDetected, what)
            }
        };
        if !inventory.has_told(member, code) {
            report(sink, code, name, || {
                format!("entry {} {what}, by its content", quoted(name))
            });
        }
    }
    if let Some(message) = &outcome.content {
        report(sink, Code::InvalidArtifactContent, name, || {
            format!("file {}: {message}", quoted(name))
        });
    }
}
