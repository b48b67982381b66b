//! `manifest.json` of a directory form. What it says about the package counts; what follows from the artifacts is made anew, and
//! may be out of date or broken, as after merging two branches.

use installhub_artifact::{Json, Object, parse, to_canonical_bytes};
use installhub_exporting::ports::{Notice, SourceError};
use installhub_manifest::{Manifest, Parsed};

use super::MANIFEST;
use crate::problem::{Problem, all_together, notice};

/// Reads a manifest. Findings in what follows from the artifacts are a notice, all others errors.
pub(super) fn read(bytes: &[u8]) -> Result<(Manifest, Option<Notice>), SourceError> {
    let mut parsed = installhub_manifest::parse(bytes);
    if let Some(manifest) = parsed.manifest.take() {
        return Ok((manifest, None));
    }
    let Some(manifest) = without_content(bytes) else {
        return Err(all_together(findings(&parsed)));
    };
    let first = parsed.diagnostics.first();
    let first = first.map_or(String::new(), |found| found.message.clone());
    let message = format!(
        "its list of artifacts, or what follows from it, is not in order ({first}): \
         everything is made anew from the files"
    );
    Ok((manifest, Some(notice("ManifestRebuilt", MANIFEST, message))))
}

fn findings(parsed: &Parsed<'_>) -> Vec<Problem> {
    let listed = parsed.diagnostics.iter();
    let mut problems: Vec<Problem> = listed
        .map(|found| Problem::new(MANIFEST, found.message.clone()))
        .collect();
    let unlisted = parsed.total.saturating_sub(problems.len());
    if unlisted > 0 {
        problems.push(Problem::new(MANIFEST, format!("{unlisted} more findings")));
    }
    problems
}

/// The manifest with nothing in it but what does not follow from the artifacts, if that is in order.
fn without_content(bytes: &[u8]) -> Option<Manifest> {
    let Json::Object(mut members) = parse(bytes).ok()? else {
        return None;
    };
    let text = |text: &str| Json::from(text);
    let digest = format!("sha256:{}", "0".repeat(64));
    let needed = Object::from_iter([
        ("type", text("Custom")),
        ("id", text("none")),
        ("name", text("none")),
        ("version", text("1.0.0")),
        ("hash", text(&digest)),
    ]);
    let mut packed = needed.clone();
    packed.insert("file".to_owned(), text("artifacts/custom/none.json"));
    members.remove("readmeHash");
    members.insert("checksum".to_owned(), text(&digest));
    members.insert("artifacts".to_owned(), Json::Array(vec![packed.into()]));
    members.insert("dependencies".to_owned(), Json::Array(vec![needed.into()]));
    members.insert("installOrder".to_owned(), Json::from(vec!["none"]));
    let bytes = to_canonical_bytes(&Json::Object(members));
    let mut manifest = installhub_manifest::parse(&bytes).manifest?;
    manifest.artifacts.clear();
    manifest.dependencies.clear();
    manifest.install_order.clear();
    Some(manifest)
}

/// Whether these bytes are meant to be the manifest of a package, in order or not.
pub(super) fn is_manifest(bytes: &[u8]) -> bool {
    let parsed = installhub_manifest::parse(bytes);
    parsed.raw.is_some_and(|raw| {
        raw.manifest_version.text().is_some()
            && raw.package_id.text().is_some()
            && raw.artifacts.items().is_some()
    })
}
