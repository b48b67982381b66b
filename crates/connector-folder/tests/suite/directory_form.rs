//! Packages as folders.

use std::path::Path;

use crate::support::{folder, messages, put};
use chrono::DateTime;
use futures::executor::block_on;
use installhub_artifact::to_compact_string;
use installhub_connector_folder::{DirectoryForm, FolderOptions};
use installhub_exporting::ports::{ArtifactSource, SourceError};
use installhub_manifest::Origin;
use semver::Version;

const FORM: &str = r#"{"_type":"AtlasForm","_version":"1.2.0","_schemaVersion":"1.0","id":"form-1","name":"Order"}"#;

/// The manifest of a package with one form, with some text exchanged.
fn manifest(exchanges: &[(&str, &str)]) -> String {
    let digest = format!("sha256:{}", "0".repeat(64));
    let mut text = format!(
        r#"{{
  "manifestVersion": "1.0", "packageId": "pkg-0190a0b4-7c11-7b43-8f7e-000000000001", "name": "Orders",
  "packageType": "form-package", "version": "2.1.0", "tags": ["orders"], "exportedAt": "2026-01-02T03:04:05Z",
  "exportedBy": "ann@example.com", "tenantId": "t1", "platformVersion": "4.2.0", "checksum": "{digest}",
  "artifacts": [{{"type": "AtlasForm", "id": "form-1", "name": "Order", "version": "1.2.0", "file": "artifacts/forms/form-1.json", "hash": "{digest}"}}],
  "dependencies": [{{"type": "AtlasForm", "id": "form-1", "name": "Order", "version": "1.2.0", "hash": "{digest}"}}], "packageDependencies": [], "installOrder": ["form-1"], "x-team": {{"n": 1.50}}
}}"#
    );
    for (from, to) in exchanges {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    text
}

fn find(folder: &Path) -> Result<Option<DirectoryForm>, SourceError> {
    DirectoryForm::find(folder, FolderOptions::default())
}

#[test]
fn the_manifest_says_what_the_package_is_and_the_files_what_is_in_it() {
    let text = manifest(&[]);
    let here = folder(&[
        ("manifest.json", &text),
        ("README.md", "# Orders\n"),
        ("LICENSE", "MIT"),
        ("artifacts/forms/form-1.json", FORM),
        ("signatures/release.json", "{}\n"),
    ]);
    let form = find(here.path())
        .expect("readable")
        .expect("a directory form");
    assert_eq!(form.manifest().name, "Orders");
    assert_eq!(form.readme(), Some("# Orders\n"));
    let (mut source, earlier) = form.into_parts();
    assert_eq!(earlier.install_order, ["form-1"]);
    assert_eq!(earlier.manifest, text.as_bytes());
    assert_eq!(earlier.signatures.len(), 1);
    assert_eq!(
        (
            earlier.signatures[0].key_id.as_str(),
            earlier.signatures[0].bytes.as_slice()
        ),
        ("release", &b"{}\n"[..])
    );
    let contents = block_on(source.prepare()).expect("artifacts");
    assert_eq!(contents.artifacts.len(), 1);
    assert_eq!(contents.notices, []);
}

#[test]
fn the_header_is_that_of_the_manifest_and_a_fallback_fills_what_is_not_said() {
    let fallback = Origin {
        exported_at: DateTime::UNIX_EPOCH,
        exported_by: "bob@example.com".parse().expect("an actor"),
        tenant_id: "other".to_owned(),
        platform_version: Version::new(9, 0, 0),
    };
    let header = |exchanges: &[(&str, &str)]| {
        let here = folder(&[("manifest.json", &manifest(exchanges))]);
        let form = find(here.path()).expect("readable").expect("a form");
        form.header(&fallback)
    };
    let said = header(&[]).expect("a header");
    assert_eq!(
        (said.name.as_str(), said.version.to_string().as_str()),
        ("Orders", "2.1.0")
    );
    assert_eq!(
        said.package_id.to_string(),
        "pkg-0190a0b4-7c11-7b43-8f7e-000000000001"
    );
    assert_eq!(said.tags, ["orders"]);
    assert_eq!(said.exported_at.to_rfc3339(), "2026-01-02T03:04:05+00:00");
    assert_eq!(said.exported_by.to_string(), "ann@example.com");
    assert_eq!(
        (said.tenant_id.as_str(), said.platform_version),
        ("t1", Version::new(4, 2, 0))
    );
    assert_eq!(
        to_compact_string(&said.unknown.get("x-team").expect("kept")),
        r#"{"n":1.50}"#
    );

    let filled = header(&[
        (r#""exportedBy": "ann@example.com", "#, ""),
        (r#""platformVersion": "4.2.0", "#, ""),
    ])
    .expect("a header");
    assert_eq!(filled.exported_by.to_string(), "bob@example.com");
    assert_eq!(filled.platform_version, Version::new(9, 0, 0));

    let error = header(&[("Orders", "Orders & Co")]).expect_err("a name that is not written");
    assert!(error.to_string().starts_with("manifest.json: "), "{error}");
}

#[test]
fn artifacts_that_came_and_went_are_noticed() {
    let here = folder(&[
        ("manifest.json", &manifest(&[])),
        (
            "artifacts/forms/new.json",
            &FORM.replace("form-1", "form-2"),
        ),
        ("artifacts/notes.txt", "x"),
    ]);
    let (mut source, _) = find(here.path())
        .expect("readable")
        .expect("a form")
        .into_parts();
    let contents = block_on(source.prepare()).expect("artifacts");
    let told: Vec<(&str, &str)> = contents
        .notices
        .iter()
        .map(|notice| (notice.code, notice.object.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("NotCarried", "artifacts"),
            ("ArtifactRemoved", "artifacts/forms/form-1.json"),
            ("ArtifactAdded", "artifacts/forms/new.json"),
        ]
    );

    put(here.path(), "artifacts/forms/broken.json", "{");
    let error = block_on(source.prepare()).expect_err("broken");
    assert!(
        error
            .to_string()
            .starts_with("artifacts/forms/broken.json: is not strict JSON"),
        "{error}"
    );
}

#[test]
fn what_a_file_does_not_say_the_manifest_does() {
    let here = folder(&[
        ("manifest.json", &manifest(&[("form-1", ".form-1")])),
        (
            "artifacts/forms/.form-1.json",
            r#"{"id":".form-1","fields":[]}"#,
        ),
        ("artifacts/forms/.other.json", "hidden"),
    ]);
    let (mut source, _) = find(here.path())
        .expect("readable")
        .expect("a form")
        .into_parts();
    let contents = block_on(source.prepare()).expect("artifacts");
    let outline = &contents.artifacts[0];
    assert_eq!(outline.artifact_type.as_str(), "AtlasForm");
    assert_eq!(
        (
            outline.id.as_str(),
            outline.name.as_str(),
            outline.version.to_string().as_str()
        ),
        (".form-1", "Order", "1.2.0")
    );
}

#[test]
fn a_manifest_whose_lists_are_out_of_order_still_says_what_the_package_is() {
    for exchange in [
        (
            r#""installOrder": ["form-1"]"#,
            r#""installOrder": ["form-1", "form-9"]"#,
        ),
        (r#""hash": "sha256:"#, r#""hash": "sha256:zz"#),
        (r#""checksum": "sha256:0"#, r#""checksum": ""#),
        (r#"[{"type": "AtlasForm", "id""#, r#"[{"type": "Zap", "id""#),
    ] {
        let here = folder(&[
            ("manifest.json", &manifest(&[exchange])),
            ("artifacts/forms/form-1.json", FORM),
        ]);
        let form = find(here.path()).expect("readable").expect("a form");
        assert_eq!(form.manifest().version.to_string(), "2.1.0");
        let (mut source, earlier) = form.into_parts();
        assert!(earlier.install_order.is_empty(), "{exchange:?}");
        let contents = block_on(source.prepare()).expect("artifacts");
        assert_eq!(contents.notices.len(), 1, "{:?}", contents.notices);
        assert_eq!(contents.notices[0].code, "ManifestRebuilt");
    }
}

#[test]
fn a_manifest_that_is_wrong_is_told_with_all_its_findings() {
    let here = folder(&[
        (
            "manifest.json",
            &manifest(&[
                (r#""version": "2.1.0""#, r#""version": "two""#),
                ("form-package", "form"),
            ]),
        ),
        ("artifacts/forms/form-1.json", FORM),
    ]);
    let told = messages(find(here.path()).expect_err("wrong"));
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told.iter()
            .all(|message| message.starts_with("manifest.json: ")),
        "{told:?}"
    );
    assert!(
        told.iter().any(|message| message.contains("'two'")),
        "{told:?}"
    );

    put(here.path(), "manifest.json", "<<<<<<< ours\n");
    let told = messages(find(here.path()).expect_err("wrong"));
    assert!(told[0].starts_with("manifest.json: "), "{told:?}");
}

#[test]
fn folders_without_a_manifest_are_no_directory_form() {
    assert!(find(folder(&[]).path()).expect("readable").is_none());
    assert!(find(Path::new("absent")).expect("readable").is_none());
    let artifact = folder(&[("manifest.json", FORM)]);
    assert!(
        find(artifact.path()).expect("readable").is_none(),
        "an artifact of that name"
    );
}

#[test]
fn a_readme_that_is_no_text_is_told() {
    let here = folder(&[("manifest.json", &manifest(&[]))]);
    std::fs::write(here.path().join("README.md"), b"# \xff").expect("a file");
    let error = find(here.path()).expect_err("no text");
    assert_eq!(
        error.to_string(),
        "README.md: is not UTF-8 at byte 2: save it as UTF-8"
    );
}

#[test]
fn a_form_without_artifacts_says_so() {
    let here = folder(&[("manifest.json", &manifest(&[]))]);
    let (mut source, _) = find(here.path())
        .expect("readable")
        .expect("a form")
        .into_parts();
    let error = block_on(source.prepare()).expect_err("no artifacts");
    assert!(error.to_string().contains("there is no folder"), "{error}");
}
