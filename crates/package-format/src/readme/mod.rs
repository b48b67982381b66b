//! The README of a package whose author wrote none (package format 1.0, README).

mod markdown;

use std::collections::BTreeMap;
use std::fmt::Write;

use installhub_checksum::Digest;
use installhub_manifest::{ArtifactEntry, ManifestHeader, PackageDependency, archive_file_name};

use markdown::{code, text};

use crate::layout::README_BYTES;

/// Bytes that the list of artifacts may take; the rest stays well below what is left.
const LIST_BYTES: usize = README_BYTES / 2;

/// The README that a package of these artifacts, in install order, is written with when its author gives none.
///
/// The checksum in it covers the artifacts only, so the README can state it.
pub fn generate_readme(
    header: &ManifestHeader,
    artifacts: &[ArtifactEntry],
    checksum: Digest,
) -> String {
    let mut out = String::new();
    // Writing to a `String` cannot fail.
    let _ = write_readme(&mut out, header, artifacts, checksum);
    out
}

fn write_readme(
    out: &mut String,
    header: &ManifestHeader,
    artifacts: &[ArtifactEntry],
    checksum: Digest,
) -> std::fmt::Result {
    let name = header.name.as_str();
    writeln!(out, "# {}\n", text(name))?;
    if let Some(description) = &header.description {
        writeln!(out, "{}\n", text(description))?;
    }
    writeln!(out, "| | |\n|---|---|")?;
    let row =
        |out: &mut String, label: &str, value: &str| writeln!(out, "| {label} | {} |", text(value));
    row(out, "Version", &header.version.to_string())?;
    row(out, "Type", header.package_type.as_str())?;
    for (label, value) in [
        ("Author", &header.author),
        ("Organization", &header.organization),
        ("License", &header.license),
        ("Homepage", &header.homepage),
    ] {
        if let Some(value) = value {
            row(out, label, value)?;
        }
    }
    row(out, "Exported by", header.exported_by.as_str())?;
    let exported_at = header.exported_at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    row(out, "Exported at", &exported_at)?;
    row(out, "Platform", &header.platform_version.to_string())?;

    write_contents(out, artifacts)?;
    write_prerequisites(out, &header.package_dependencies)?;
    let file = archive_file_name(name, &header.version);
    writeln!(
        out,
        "\n## How to import\n\n\
         1. Check the package: {}\n\
         2. See what it would change: {}\n\
         3. Import it: {}",
        code(&format!("installhub validate {file}")),
        code(&format!("installhub import {file} --into TARGET --plan")),
        code(&format!("installhub import {file} --into TARGET")),
    )?;
    writeln!(
        out,
        "\n## Checksum\n\nAll artifact files in install order: {}",
        code(&checksum.to_string())
    )
}

/// How many artifacts of each type there are, and each of them as far as there is room.
fn write_contents(out: &mut String, artifacts: &[ArtifactEntry]) -> std::fmt::Result {
    let mut counts = BTreeMap::<&str, usize>::new();
    for artifact in artifacts {
        *counts.entry(artifact.artifact_type.as_str()).or_default() += 1;
    }
    writeln!(out, "\n## What this package installs\n")?;
    let summary: Vec<String> = counts
        .iter()
        .map(|(kind, count)| format!("{count} {kind}"))
        .collect();
    writeln!(out, "{}\n", summary.join(", "))?;
    writeln!(out, "| Type | Id | Name | Version |\n|---|---|---|---|")?;
    let start = out.len();
    for (listed, artifact) in artifacts.iter().enumerate() {
        if out.len() - start > LIST_BYTES {
            writeln!(
                out,
                "\n… and {} more, all listed in {}.",
                artifacts.len() - listed,
                code("manifest.json")
            )?;
            break;
        }
        writeln!(
            out,
            "| {} | {} | {} | {} |",
            artifact.artifact_type.as_str(),
            code(&artifact.id),
            text(&shortened(&artifact.name)),
            text(&artifact.version.to_string())
        )?;
    }
    Ok(())
}

fn write_prerequisites(out: &mut String, packages: &[PackageDependency]) -> std::fmt::Result {
    const LISTED: usize = 50;
    writeln!(out, "\n## Prerequisites\n")?;
    if packages.is_empty() {
        return writeln!(out, "None.");
    }
    for package in packages.iter().take(LISTED) {
        write!(out, "- {}", text(&shortened(&package.package_name)))?;
        if let Some(version) = &package.min_version {
            write!(out, " from {}", text(&version.to_string()))?;
        }
        if let Some(version) = &package.max_version {
            write!(out, " below {}", text(&version.to_string()))?;
        }
        writeln!(out)?;
    }
    if packages.len() > LISTED {
        writeln!(out, "- … and {} more", packages.len() - LISTED)?;
    }
    Ok(())
}

/// A name with room for others beside it.
fn shortened(name: &str) -> String {
    const SHOWN: usize = 120;
    match name.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests;
