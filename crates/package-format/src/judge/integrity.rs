//! Digests: of every artifact, of the bundle, of the README (validation, Layer 3).

use std::collections::HashSet;

use installhub_checksum::Digest;
use installhub_manifest::{Code, DiagnosticSink, Parsed};

use super::declared::Declarations;
use super::inventory::report;
use super::members::Tasks;
use crate::layout::README;
use crate::names::quoted;
use crate::pipeline::Findings;

/// Compares every digest that is stated with the bytes that were read.
pub(super) fn judge(
    parsed: &Parsed<'_>,
    declarations: &Declarations,
    names: &[String],
    tasks: &Tasks,
    findings: &Findings,
    sink: &mut DiagnosticSink,
) {
    let digest = |number: usize| tasks.outcome(number, findings)?.digest;
    let mut differing = HashSet::new();
    for (number, file) in declarations.files.iter().enumerate() {
        let (Some(stated), Some(found)) = (file.hash, digest(number)) else {
            continue;
        };
        if stated != found {
            differing.insert(number);
            let name = names[file.member].as_str();
            report(sink, Code::ArtifactHashMismatch, name, || {
                format!("file {}: {}", quoted(name), differs(found, stated))
            });
        }
    }
    // One finding per file: a dependency is only compared with a file that is what its own entry says.
    for dependency in parsed.stated_hashes() {
        // Which of several files an id stands for cannot be told.
        let number = declarations.ids.get(&*dependency.id);
        let number = number.filter(|number| !declarations.repeated.contains(number));
        let Some(number) = number.map(|number| *number as usize) else {
            continue;
        };
        match digest(number) {
            Some(found) if found != dependency.hash && !differing.contains(&number) => {
                let path = format!("dependencies[{}].hash", dependency.index);
                report(sink, Code::ArtifactHashMismatch, &path, || {
                    let id = quoted(&dependency.id);
                    format!("{path} of {id}: {}", differs(found, dependency.hash))
                });
            }
            _ => {}
        }
    }
    if let (Some(stated), Some(found)) = (parsed.checksum(), findings.bundle)
        && stated != found
    {
        report(sink, Code::BundleChecksumMismatch, "checksum", || {
            format!("all artifacts in install order: {}", differs(found, stated))
        });
    }
    let readme = tasks.readme(findings).and_then(|outcome| outcome.digest);
    if let (Some(stated), Some(found)) = (parsed.readme_hash(), readme)
        && stated != found
    {
        report(sink, Code::ArtifactHashMismatch, README, || {
            format!("file {README}: {}", differs(found, stated))
        });
    }
}

fn differs(found: Digest, stated: Digest) -> String {
    format!("its bytes have the digest {found} — expected {stated}")
}
