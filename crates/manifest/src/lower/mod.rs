//! From the manifest as found to the validated one, with every finding on the way.

mod artifacts;
pub(crate) mod dependencies;
mod header;
mod order;
mod packages;

use serde_json::value::RawValue;

use crate::codes::Code;
use crate::diagnostic::DiagnosticSink;
use crate::manifest::Manifest;
use crate::parsed::{Parsed, Readable};
use crate::place::At;
use crate::raw::{self, Field, Items};
use crate::rules::{Reported, present, quoted};
use crate::unknown::UnknownMembers;

pub(crate) use header::Header;
pub use order::order_violation;

/// Reads a manifest and reports everything about it that can be told from the manifest alone (validation, layer 2).
///
/// All findings come at once. One is left out only when its input could not be evaluated because of another that is
/// reported. Takes time linear in the manifest and, while there are findings, memory of its distinct ids and files.
pub fn parse_into<'a>(bytes: &'a [u8], sink: &mut DiagnosticSink) -> Parsed<'a> {
    let Some((text, raw)) = read(bytes, sink) else {
        return Parsed::unreadable();
    };
    let before = sink.total();
    let header = header::lower(&raw, sink);
    let package_dependencies = packages::lower(&raw.package_dependencies, sink);
    let stated = dependencies::stated_hashes(&raw.dependencies);
    let artifacts = artifacts::lower(&raw.artifacts, &stated, sink);
    let dependencies = dependencies::lower(&raw.dependencies, &artifacts, sink);
    let order = order::lower(&raw.install_order, &artifacts, sink);

    let readable = Readable {
        order_is_complete: order.is_complete,
        stated_hashes: stated,
    };
    let mut manifest = None;
    if sink.total() == before
        && let (Ok(header), Ok(packages)) = (header, package_dependencies)
    {
        let artifacts = artifacts.entries;
        let unknown = UnknownMembers::of(text, raw::Manifest::MEMBERS);
        manifest = Some(assemble(
            header,
            artifacts,
            dependencies,
            packages,
            order.ids,
            unknown,
        ));
    }
    Parsed::new(raw, manifest, readable)
}

/// Reports what is wrong with the members that are not about artifacts, and with nothing else.
pub(crate) fn lower_header(bytes: &[u8], sink: &mut DiagnosticSink) {
    if let Some((_, raw)) = read(bytes, sink) {
        // Only the findings are wanted.
        let _ = header::lower(&raw, sink);
        let _ = packages::lower(&raw.package_dependencies, sink);
    }
}

fn assemble(
    header: Header,
    artifacts: Vec<crate::ArtifactEntry>,
    dependencies: Vec<crate::DependencyEntry>,
    package_dependencies: Vec<crate::PackageDependency>,
    install_order: Vec<String>,
    unknown: UnknownMembers,
) -> Manifest {
    Manifest {
        package_id: header.package_id,
        name: header.name,
        package_type: header.package_type,
        version: header.version,
        description: header.description,
        author: header.author,
        organization: header.organization,
        author_email: header.author_email,
        license: header.license,
        homepage: header.homepage,
        tags: header.tags,
        exported_at: header.exported_at,
        exported_by: header.exported_by,
        tenant_id: header.tenant_id,
        platform_version: header.platform_version,
        checksum: header.checksum,
        artifacts,
        dependencies,
        package_dependencies,
        install_order,
        readme_hash: header.readme_hash,
        unknown,
    }
}

/// The strict JSON object the bytes are, and its members.
fn read<'a>(bytes: &'a [u8], sink: &mut DiagnosticSink) -> Option<(&'a str, raw::Manifest<'a>)> {
    let mut refuse =
        |reason: String| sink.report(Code::InvalidManifestJson, Some(&"manifest.json"), || reason);
    if let Err(error) = installhub_artifact::check(bytes) {
        refuse(format!("manifest.json is not strict JSON: {error}"));
        return None;
    }
    // Strict JSON is UTF-8, and what is strict is also JSON to the laxer reader.
    let value = str::from_utf8(bytes)
        .ok()
        .and_then(|text| serde_json::from_str::<&RawValue>(text).ok());
    let Some(value) = value else {
        refuse("manifest.json cannot be read — expected one JSON object".to_owned());
        return None;
    };
    let Some(raw) = raw::Manifest::of(value) else {
        let found = quoted(&Field::of(value));
        refuse(format!(
            "manifest.json is {found} — expected one JSON object"
        ));
        return None;
    };
    Some((value.get(), raw))
}

/// The items of a list that must be there.
fn required_list<'a>(
    field: &Field<'a>,
    name: &'static str,
    sink: &mut DiagnosticSink,
) -> Result<Items<'a>, Reported> {
    let at = At::Field(name);
    let field = present(field.clone(), at, "a list", sink)?;
    field.items().ok_or_else(|| {
        not_a_list(&field, at, sink);
        Reported
    })
}

/// Reports a member that is not a list.
fn not_a_list(field: &Field<'_>, at: At, sink: &mut DiagnosticSink) {
    sink.report_at(Code::ManifestFieldInvalid, at, || {
        format!("{at} {} is not a list — expected a list", quoted(field))
    });
}

/// Reports an item that is not an object.
fn not_an_object(value: &RawValue, at: At, sink: &mut DiagnosticSink) {
    sink.report_at(Code::ManifestFieldInvalid, at, || {
        format!(
            "{at} {} is not an object — expected an object",
            quoted(&Field::of(value))
        )
    });
}

/// Reports a list that must not be empty.
fn empty_list(name: &'static str, expected: &'static str, sink: &mut DiagnosticSink) {
    let at = At::Field(name);
    sink.report_at(Code::ManifestFieldMissing, at, || {
        format!("{at} is empty — expected {expected}")
    });
}
