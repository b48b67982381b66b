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

/// Values of single members, of which schema and crate must think alike.
#[test]
fn the_schema_and_the_crate_agree_about_single_members() {
    let schema = validator();
    let (_, base) = &valid_manifests()[0];
    let base: Value = serde_json::from_slice(base).expect("JSON");
    let cases = [
        (
            "version",
            vec![
                json!("1.0.0-rc.1+b"),
                json!("2.1"),
                json!("v1.0.0"),
                json!("1.0.0\n"),
                json!(2),
                json!(null),
                json!("١.0.0"),
            ],
        ),
        (
            "platformVersion",
            vec![json!("1.0.0"), json!("four"), json!(null), json!("")],
        ),
        (
            "packageId",
            vec![
                json!("pkg-a5d0f1c7-1b67-58f2-984d-a1f85b7384c8"),
                json!("1"),
                json!("A5D0F1C7-1B67-58F2-984D-A1F85B7384C8"),
            ],
        ),
        (
            "name",
            vec![
                json!("ü"),
                json!("x".repeat(100)),
                json!("ü".repeat(101)),
                json!(" \t"),
                json!("a\u{0}"),
                json!(""),
                json!("\u{3000}"),
            ],
        ),
        (
            "packageType",
            vec![json!("app-package"), json!("App-Package"), json!(1)],
        ),
        (
            "description",
            vec![
                json!(""),
                json!("x".repeat(501)),
                json!("a\nb"),
                json!(null),
                json!(7),
            ],
        ),
        (
            "authorEmail",
            vec![
                json!("a@b.c"),
                json!("a@b@c"),
                json!(""),
                json!("a@b\n"),
                json!("a@-b"),
            ],
        ),
        (
            "homepage",
            vec![
                json!("https://a.example/b"),
                json!("http://a"),
                json!("https://"),
                json!("https://a b"),
                json!("HTTPS://A"),
            ],
        ),
        (
            "tags",
            vec![
                json!([]),
                json!(["a-1"]),
                json!(["A"]),
                json!([1]),
                json!("a"),
                json!(vec!["a"; 11]),
                json!(null),
            ],
        ),
        (
            "exportedAt",
            vec![
                json!("2026-05-25T09:00:00.5+02:00"),
                json!("2026-05-25"),
                json!("2026-05-25T24:00:00Z"),
                json!("2026-05-25T09:00:60Z"),
                json!(1),
            ],
        ),
        ("tenantId", vec![json!("t"), json!(""), json!(1)]),
        (
            "checksum",
            vec![
                json!(format!("sha256:{}", "A".repeat(64))),
                json!("md5:0"),
                json!(format!("sha256:{}", "a".repeat(64))),
            ],
        ),
        (
            "readmeHash",
            vec![
                json!(null),
                json!(""),
                json!(format!("sha256:{}", "a".repeat(64))),
            ],
        ),
        (
            "manifestVersion",
            vec![json!("1.1"), json!(1.0), json!("1.0")],
        ),
        ("artifacts", vec![json!([]), json!({}), json!("")]),
        ("dependencies", vec![json!([]), json!(null)]),
        (
            "packageDependencies",
            vec![
                json!([]),
                json!([{"packageName": "a"}]),
                json!([{"packageName": " "}]),
                json!([{}]),
                json!([1]),
                json!([{"packageName": "a", "minVersion": "1"}]),
                json!([{"packageName": "a", "minVersion": null, "maxVersion": "1.0.0"}]),
            ],
        ),
        ("x-unknown", vec![json!({"a": [null]})]),
    ];
    for (member, values) in cases {
        for value in values {
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
}
