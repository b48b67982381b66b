//! The committed JSON Schema: it is the one this crate gives, and it takes what this crate takes.

use std::fs;
use std::path::Path;

use installhub_manifest::{json_schema, parse};
use serde_json::{Value, json};

const COMMITTED: &str = include_str!("../../../docs/formats/manifest-1.0.schema.json");

fn valid_manifests() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/valid");
    let mut manifests: Vec<_> = fs::read_dir(folder)
        .expect("the folder of valid manifests")
        .map(|entry| entry.expect("an entry").path())
        .map(|path| {
            (
                path.display().to_string(),
                fs::read(&path).expect("a manifest"),
            )
        })
        .collect();
    manifests.sort();
    assert!(manifests.len() > 5);
    manifests
}

fn complaints(schema: &jsonschema::Validator, manifest: &[u8]) -> Vec<String> {
    let value: Value = serde_json::from_slice(manifest).expect("JSON");
    schema
        .iter_errors(&value)
        .map(|error| format!("{} {error}", error.instance_path()))
        .collect()
}

fn validator() -> jsonschema::Validator {
    jsonschema::draft202012::new(&json_schema()).expect("a schema")
}

#[test]
fn the_committed_schema_is_fresh() {
    let committed: Value = serde_json::from_str(COMMITTED).expect("JSON");
    let hint = "regenerate it with: cargo run -p installhub-manifest --example write_schema";
    assert_eq!(committed, json_schema(), "{hint}");
    assert!(jsonschema::meta::is_valid(&committed));
}

#[test]
fn valid_manifests_pass_as_they_are_and_as_they_are_written_again() {
    let schema = validator();
    for (file, bytes) in valid_manifests() {
        let parsed = parse(&bytes);
        assert_eq!(parsed.diagnostics, [], "{file}");
        let manifest = parsed.manifest.expect("nothing was found");
        let written = manifest.to_canonical_bytes();
        for bytes in [&bytes, &written] {
            assert_eq!(complaints(&schema, bytes), [""; 0], "{file}");
        }
        let again = parse(&written).manifest.expect("what is written is valid");
        assert_eq!(again, manifest, "{file}");
        assert_eq!(again.to_canonical_bytes(), written, "{file}");
    }
}

/// Values of single members, sound and unsound.
const VALUES: &str = r#"{
    "version": ["1.0.0-rc.1+b", "2.1", "v1.0.0", "1.0.0\n", 2, null, "١.0.0"],
    "platformVersion": ["1.0.0", "four", null, ""],
    "packageId": ["pkg-a5d0f1c7-1b67-58f2-984d-a1f85b7384c8", "1", "A5D0F1C7-1B67-58F2-984D-A1F85B7384C8"],
    "name": ["ü", " \t", "a\u0000", "", "\u3000"],
    "packageType": ["app-package", "App-Package", 1],
    "description": ["", "a\nb", null, 7],
    "authorEmail": ["a@b.c", "a@b@c", "", "a@b\n", "a@-b"],
    "homepage": ["https://a.example/b", "http://a", "https://", "https://a b", "HTTPS://A"],
    "tags": [[], ["a-1"], ["A"], [1], "a", ["a","a","a","a","a","a","a","a","a","a","a"], null],
    "exportedAt": ["2026-05-25T09:00:00.5+02:00", "2026-05-25", "2026-05-25T24:00:00Z", "2026-05-25T09:00:60Z", 1],
    "tenantId": ["t", "", 1],
    "checksum": ["md5:0", "sha256:0", null],
    "readmeHash": [null, ""],
    "manifestVersion": ["1.1", 1.0, "1.0"],
    "artifacts": [[], {}, ""],
    "dependencies": [[], null],
    "packageDependencies": [
        [], [{"packageName": "a"}], [{"packageName": " "}], [{}], [1],
        [{"packageName": "a", "minVersion": "1"}], [{"packageName": "a", "minVersion": null, "maxVersion": "1.0.0"}]
    ],
    "x-unknown": [{"a": [null]}]
}"#;

#[test]
fn the_schema_and_the_crate_agree_about_single_members() {
    let schema = validator();
    let (_, base) = &valid_manifests()[0];
    let base: Value = serde_json::from_slice(base).expect("JSON");
    let values: serde_json::Map<String, Value> = serde_json::from_str(VALUES).expect("JSON");
    let values = values.iter().flat_map(|(member, values)| {
        let values = values.as_array().expect("a list");
        values.iter().map(|value| (member.as_str(), value.clone()))
    });
    let long = [
        ("name", json!("x".repeat(100))),
        ("name", json!("ü".repeat(101))),
        ("description", json!("x".repeat(501))),
        ("checksum", json!(format!("sha256:{}", "A".repeat(64)))),
        ("readmeHash", json!(format!("sha256:{}", "a".repeat(64)))),
    ];
    for (member, value) in values.chain(long) {
        let mut manifest = base.clone();
        manifest[member] = value.clone();
        let bytes = serde_json::to_vec(&manifest).expect("JSON");
        let found = parse(&bytes).diagnostics;
        let complaints = complaints(&schema, &bytes);
        assert_eq!(
            found.is_empty(),
            complaints.is_empty(),
            "{member} {value}: {found:?} {complaints:?}"
        );
    }
}
