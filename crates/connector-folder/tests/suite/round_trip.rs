//! From a folder to a package, to its directory form, and back.

use std::collections::BTreeMap;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::DateTime;
use futures::executor::block_on;
use installhub_connector_folder::{
    DirectoryForm, FolderFormat, FolderOptions, FolderSource, OnDuplicateId, Unpacked, unpack,
};
use installhub_exporting::ports::ArtifactSource;
use installhub_exporting::{EarlierPackage, ExportReport, ExportRequest, Unobserved, export};
use installhub_manifest::{ManifestHeader, Origin, PackageType};
use installhub_package_format::{Limits, PackageReader};
use proptest::prelude::*;
use semver::Version;

use crate::support::{folder, put};

fn origin() -> Origin {
    Origin {
        exported_at: DateTime::from_timestamp(1_767_323_045, 0).expect("a time"),
        exported_by: "ann@example.com".parse().expect("an actor"),
        tenant_id: "t1".to_owned(),
        platform_version: Version::new(4, 2, 0),
    }
}

fn header() -> ManifestHeader {
    ManifestHeader::new(
        "pkg-0190a0b4-7c11-7b43-8f7e-000000000001"
            .parse()
            .expect("an id"),
        "Orders".parse().expect("a name"),
        PackageType::Workflow,
        Version::new(2, 1, 0),
        origin(),
    )
}

fn pack(
    source: FolderSource,
    header: ManifestHeader,
    readme: Option<String>,
    earlier: Option<EarlierPackage>,
) -> (Vec<u8>, ExportReport) {
    let sources: Vec<Box<dyn ArtifactSource>> = vec![Box::new(source)];
    let request = ExportRequest {
        header,
        readme,
        earlier,
    };
    let mut package = Vec::new();
    let spool = Cursor::new(Vec::new());
    let report = block_on(export(sources, request, &mut package, spool, &Unobserved));
    (package, report.expect("a package"))
}

fn pack_again(folder: &Path) -> (Vec<u8>, ExportReport) {
    let form = DirectoryForm::find(folder, FolderOptions::default());
    let form = form.expect("readable").expect("a directory form");
    let header = form.header(&origin()).expect("a header");
    let readme = form.authored_readme(&header).map(str::to_owned);
    let (source, earlier) = form.into_parts();
    pack(source, header, readme, Some(earlier))
}

fn open(package: &[u8]) -> PackageReader<Vec<u8>> {
    PackageReader::open(Arc::new(package.to_vec()), &Limits::default()).expect("a good package")
}

fn unpack_into(package: &[u8], folder: &Path) -> Unpacked {
    unpack(&open(package), folder).expect("unpacked")
}

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path
                    .strip_prefix(folder)
                    .expect("below")
                    .display()
                    .to_string();
                found.insert(name, fs::read(&path).expect("bytes"));
            }
        }
    }
    found
}

fn real_workflows() -> FolderSource {
    let options = FolderOptions {
        format: FolderFormat::N8n,
        on_duplicate_id: OnDuplicateId::Rename,
        ..FolderOptions::default()
    };
    FolderSource::new(crate::n8n_real::workflows(), options)
}

#[test]
fn real_workflows_come_back_byte_for_byte() {
    let (package, report) = pack(real_workflows(), header(), None, None);
    assert_eq!(report.written.manifest.artifacts.len(), 207);
    let here = tempfile::tempdir().expect("a temporary folder");
    let place = here.path().join("form");
    let unpacked = unpack_into(&package, &place);
    assert_eq!((unpacked.files, unpacked.replaced), (209, false));
    let found = files(&place);
    assert_eq!(found.len(), 209);
    assert_eq!(found["manifest.json"], open(&package).manifest_bytes());
    assert_eq!(
        found.values().map(|bytes| bytes.len() as u64).sum::<u64>(),
        unpacked.bytes
    );

    let (again, report) = pack_again(&place);
    assert!(again == package, "the package differs");
    assert_eq!(
        report
            .notices
            .iter()
            .filter(|notice| notice.code.starts_with("Artifact"))
            .count(),
        0
    );

    assert!(unpack_into(&again, &place).replaced);
    assert!(files(&place) == found, "unpacking again changes nothing");
}

fn small() -> tempfile::TempDir {
    folder(&[
        (
            "a.json",
            r#"{"_type":"ProcessDefinition","id":"proc-1","name":"P","nodes":[{"config":{"formId":"form-1"}}]}"#,
        ),
        (
            "b.json",
            r#"{"_type":"AtlasForm","id":"form-1","name":"F","width":1.50}"#,
        ),
        (
            "c.ndjson",
            "{\"_type\":\"Data\",\"id\":\"t\",\"name\":\"t\",\"table\":\"t\",\"columns\":[{\"name\":\"a\",\"type\":\"integer\"}],\"rows\":1}\n[1]\n",
        ),
    ])
}

fn small_form() -> (tempfile::TempDir, PathBuf, Vec<u8>) {
    let here = small();
    let source = FolderSource::new(here.path(), FolderOptions::default());
    let (package, _) = pack(source, header(), Some("# Mine\n".to_owned()), None);
    let place = here.path().join("form");
    unpack_into(&package, &place);
    (here, place, package)
}

#[test]
fn edits_additions_and_removals_are_picked_up() {
    let (_here, place, package) = small_form();
    let form = place.join("artifacts/forms/form-1.json");
    let edited = fs::read_to_string(&form)
        .expect("text")
        .replace("1.50", "2.0");
    fs::write(&form, &edited).expect("a file");
    put(
        &place,
        "artifacts/rules/new.json",
        r#"{"id":"rule-1","_type":"RuleSet","name":"R"}"#,
    );
    fs::remove_file(place.join("artifacts/data/t.ndjson")).expect("removed");

    let (changed, report) = pack_again(&place);
    let (old, new) = (open(&package), open(&changed));
    let ids: Vec<&str> = new
        .manifest()
        .artifacts
        .iter()
        .map(|entry| entry.id.as_str())
        .collect();
    assert_eq!(ids.len(), 3, "{ids:?}");
    assert!(ids.contains(&"rule-1") && !ids.contains(&"t"), "{ids:?}");
    assert_ne!(old.manifest().checksum, new.manifest().checksum);
    let hash = |reader: &PackageReader<Vec<u8>>, id: &str| reader.artifact(id).expect("there").hash;
    assert_ne!(hash(&old, "form-1"), hash(&new, "form-1"));
    assert_eq!(hash(&old, "proc-1"), hash(&new, "proc-1"));
    assert_eq!((old.readme(), new.readme()), ("# Mine\n", "# Mine\n"));
    assert_eq!(old.manifest().package_id, new.manifest().package_id);
    assert_eq!(old.manifest().exported_at, new.manifest().exported_at);
    let codes: Vec<&str> = report.notices.iter().map(|notice| notice.code).collect();
    assert!(
        codes.contains(&"ArtifactAdded") && codes.contains(&"ArtifactRemoved"),
        "{codes:?}"
    );

    // Formatting is no edit.
    fs::write(&form, edited.replace('\n', "\n  ")).expect("a file");
    assert!(pack_again(&place).0 == changed);
}

#[test]
fn a_generated_readme_follows_the_content() {
    let here = small();
    let source = FolderSource::new(here.path(), FolderOptions::default());
    let (package, _) = pack(source, header(), None, None);
    let place = here.path().join("form");
    unpack_into(&package, &place);
    assert!(pack_again(&place).0 == package, "an unchanged folder");
    let form = place.join("artifacts/forms/form-1.json");
    let edited = fs::read_to_string(&form)
        .expect("text")
        .replace("1.50", "2.0");
    fs::write(&form, edited).expect("a file");
    let (changed, _) = pack_again(&place);
    let (old, new) = (open(&package), open(&changed));
    for (package, states) in [(&old, true), (&new, false)] {
        let checksum = old.manifest().checksum.to_string();
        assert_eq!(package.readme().contains(&checksum), states);
    }
    assert!(new.readme().contains(&new.manifest().checksum.to_string()));
}

#[test]
fn an_order_that_still_holds_is_kept() {
    let (_here, place, package) = small_form();
    let order = open(&package).manifest().install_order.clone();
    let moved: Vec<String> = [&order[2..], &order[..2]].concat();
    for candidate in [&moved, &order] {
        let quoted = |ids: &[String]| {
            format!(
                "\"installOrder\": [\n    \"{}\"\n  ]",
                ids.join("\",\n    \"")
            )
        };
        let path = place.join("manifest.json");
        let text = fs::read_to_string(&path).expect("text");
        let now = open(&pack_again(&place).0).manifest().install_order.clone();
        fs::write(&path, text.replace(&quoted(&now), &quoted(candidate))).expect("a file");
        let found = open(&pack_again(&place).0).manifest().install_order.clone();
        let place_of = |id: &str| found.iter().position(|own| own == id);
        assert!(place_of("form-1") < place_of("proc-1"), "{found:?}");
        let holds = candidate.iter().position(|id| id == "form-1")
            < candidate.iter().position(|id| id == "proc-1");
        assert_eq!(&found == candidate, holds, "{found:?}");
    }
}

#[test]
fn signatures_stay_as_long_as_the_manifest_does() {
    let (_here, place, _) = small_form();
    let signature = "{\n  \"keyId\": \"release\"\n}\n";
    put(&place, "signatures/release.json", signature);
    let (signed, report) = pack_again(&place);
    assert_eq!(report.notices, []);
    let found = open(&signed).signatures().expect("readable");
    assert_eq!(
        (found.len(), found[0].bytes.as_slice()),
        (1, signature.as_bytes())
    );
    let before = files(&place);
    assert!(unpack_into(&signed, &place).replaced);
    assert!(files(&place) == before);

    let form = place.join("artifacts/forms/form-1.json");
    let edited = fs::read_to_string(&form)
        .expect("text")
        .replace("1.50", "2.0");
    fs::write(&form, edited).expect("a file");
    let (changed, report) = pack_again(&place);
    assert_eq!(open(&changed).signatures().expect("readable"), []);
    assert_eq!(report.notices.len(), 1, "{:?}", report.notices);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn any_package_comes_back_byte_for_byte(
        documents in prop::collection::btree_map("[a-zA-Z][a-z0-9_.-]{0,10}", ("[ -~äß日]{1,20}", any::<f64>(), "[ -~\n]{0,40}"), 1..10),
        readme in prop::option::of("[ -~\nä]{0,200}"),
        description in prop::option::of("[a-z ]{1,40}[a-z]"),
    ) {
        let here = folder(&[]);
        let mut taken = std::collections::BTreeSet::new();
        for (id, (name, number, text)) in &documents {
            if !taken.insert(id.to_lowercase()) || name.trim().is_empty() {
                continue;
            }
            let value = |text: &str| installhub_artifact::to_compact_string(&text.into());
            let number = if number.is_finite() { format!("{number:e}") } else { "0.10".to_owned() };
            let document = format!(
                r#"{{"type":"Config","id":"{id}","name":{},"n":{number},"text":{},"none":null}}"#,
                value(name), value(text)
            );
            put(here.path(), &format!("in/{id}.json"), &document);
        }
        prop_assume!(!taken.is_empty() && here.path().join("in").exists());
        let header = ManifestHeader { description, ..header() };
        let source = FolderSource::new(here.path().join("in"), FolderOptions::default());
        let (package, _) = pack(source, header, readme, None);
        let place = here.path().join("form");
        unpack_into(&package, &place);
        prop_assert!(pack_again(&place).0 == package);
    }
}
