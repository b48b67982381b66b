//! What is reported for one change to a sound manifest: these findings, and no follow-ups.

use installhub_manifest::{Code, parse};
use serde_json::{Value, json};

const SOUND: &str = include_str!("valid/three_artifacts.json");

/// Puts `value` at `pointer`; `None` takes the member away.
fn changed(pointer: &str, value: Option<Value>) -> Vec<u8> {
    let mut manifest: Value = serde_json::from_str(SOUND).expect("JSON");
    change(&mut manifest, pointer, value);
    serde_json::to_vec(&manifest).expect("JSON")
}

fn change(manifest: &mut Value, pointer: &str, value: Option<Value>) {
    let (parent, last) = pointer.rsplit_once('/').expect("a pointer");
    let parent = manifest.pointer_mut(parent).expect("a parent");
    match (parent, value) {
        (Value::Object(members), Some(value)) => drop(members.insert(last.to_owned(), value)),
        (Value::Object(members), None) => drop(members.remove(last)),
        (Value::Array(items), Some(value)) if last == "-" => items.push(value),
        (Value::Array(items), Some(value)) => {
            items[last.parse::<usize>().expect("an index")] = value;
        }
        (Value::Array(items), None) => drop(items.remove(last.parse().expect("an index"))),
        _ => panic!("{pointer} has no parent"),
    }
}

fn findings(bytes: &[u8]) -> Vec<(Code, String)> {
    let parsed = parse(bytes);
    assert_eq!(parsed.manifest.is_some(), parsed.total == 0);
    assert_eq!(parsed.total, parsed.diagnostics.len());
    parsed
        .diagnostics
        .into_iter()
        .map(|found| (found.code, found.path.unwrap_or_default()))
        .collect()
}

#[track_caller]
fn check(pointer: &str, value: impl Into<Option<Value>>, expected: &[(Code, &str)]) {
    let value = value.into();
    let shown = format!("{pointer} = {value:?}");
    let found = findings(&changed(pointer, value));
    let expected: Vec<_> = expected
        .iter()
        .map(|&(code, path)| (code, path.to_owned()))
        .collect();
    assert_eq!(found, expected, "{shown}");
}

#[test]
fn members_that_must_be_there() {
    for member in [
        "manifestVersion",
        "packageId",
        "name",
        "packageType",
        "version",
        "exportedAt",
        "tenantId",
        "checksum",
        "artifacts",
        "dependencies",
        "packageDependencies",
        "installOrder",
    ] {
        for absence in [
            None,
            Some(json!(null)),
            Some(json!("")),
            Some(json!(" \t\n")),
        ] {
            check(
                &format!("/{member}"),
                absence,
                &[(Code::ManifestFieldMissing, member)],
            );
        }
    }
    for member in ["type", "name", "version", "file"] {
        let path = format!("artifacts[1].{member}");
        check(
            &format!("/artifacts/1/{member}"),
            None,
            &[(Code::ManifestFieldMissing, &path)],
        );
    }
    for member in ["type", "id", "name", "version", "hash"] {
        let path = format!("dependencies[1].{member}");
        check(
            &format!("/dependencies/1/{member}"),
            Some(json!("")),
            &[(Code::ManifestFieldMissing, &path)],
        );
    }
}

#[test]
fn members_that_may_be_absent() {
    for member in [
        "description",
        "author",
        "organization",
        "authorEmail",
        "license",
        "homepage",
        "tags",
        "exportedBy",
        "platformVersion",
        "readmeHash",
        "x-other",
    ] {
        check(&format!("/{member}"), None, &[]);
        check(&format!("/{member}"), Some(json!(null)), &[]);
    }
}

#[test]
fn codes_of_their_own_take_the_wrong_json_type_too() {
    for (member, code) in [
        ("manifestVersion", Code::UnsupportedManifestVersion),
        ("version", Code::InvalidVersion),
        ("platformVersion", Code::InvalidVersion),
        ("packageType", Code::InvalidPackageType),
        ("exportedAt", Code::InvalidDatetime),
        ("name", Code::ManifestFieldInvalid),
        ("description", Code::ManifestFieldInvalid),
        ("tags", Code::ManifestFieldInvalid),
        ("checksum", Code::ManifestFieldInvalid),
        ("artifacts", Code::ManifestFieldInvalid),
        ("dependencies", Code::ManifestFieldInvalid),
        ("packageDependencies", Code::ManifestFieldInvalid),
        ("installOrder", Code::ManifestFieldInvalid),
    ] {
        for value in [json!(1), json!(true), json!({})] {
            check(&format!("/{member}"), Some(value), &[(code, member)]);
        }
    }
    check(
        "/artifacts/1/type",
        Some(json!(7)),
        &[(Code::UnknownArtifactType, "artifacts[1].type")],
    );
    check(
        "/artifacts/1/version",
        Some(json!("1")),
        &[(Code::InvalidVersion, "artifacts[1].version")],
    );
    check(
        "/artifacts/1",
        Some(json!("form")),
        &[(Code::ManifestFieldInvalid, "artifacts[1]")],
    );
    check(
        "/dependencies/1",
        Some(json!([])),
        &[(Code::ManifestFieldInvalid, "dependencies[1]")],
    );
    check(
        "/tags",
        Some(json!(["A", "ok", 3])),
        &[
            (Code::ManifestFieldInvalid, "tags[0]"),
            (Code::ManifestFieldInvalid, "tags[2]"),
        ],
    );
}

#[test]
fn texts_have_no_control_characters_and_an_end() {
    for member in [
        "name",
        "description",
        "author",
        "organization",
        "exportedBy",
        "tenantId",
    ] {
        check(
            &format!("/{member}"),
            Some(json!("a\u{0}b")),
            &[(Code::ManifestFieldInvalid, member)],
        );
        check(
            &format!("/{member}"),
            Some(json!("x".repeat(65_537))),
            &[(Code::ManifestFieldInvalid, member)],
        );
    }
    check("/tenantId", Some(json!("ü".repeat(65_536))), &[]);
    check("/name", Some(json!("ü".repeat(100))), &[]);
    check(
        "/name",
        Some(json!("ü".repeat(101))),
        &[(Code::ManifestFieldInvalid, "name")],
    );
}

#[test]
fn a_missing_digest_is_taken_from_the_dependency() {
    check("/artifacts/1/hash", None, &[]);
    check("/artifacts/1/hash", Some(json!(null)), &[]);
    check(
        "/artifacts/1/hash",
        Some(json!("md5:0")),
        &[(Code::ManifestFieldInvalid, "artifacts[1].hash")],
    );
    let bytes = changed("/artifacts/1/hash", None);
    let parsed = parse(&bytes);
    let manifest = parsed.manifest.as_ref().expect("sound");
    assert_eq!(manifest.artifacts[1].hash, manifest.dependencies[1].hash);
    let declared: Vec<_> = parsed.declared().map(|entry| entry.hash).collect();
    assert_eq!(declared[1], Some(manifest.artifacts[1].hash));

    let mut without: Value = serde_json::from_slice(&bytes).expect("JSON");
    change(
        &mut without,
        "/dependencies/1/hash",
        Some(json!("nonsense")),
    );
    let found = findings(&serde_json::to_vec(&without).expect("JSON"));
    assert_eq!(
        found,
        [(
            Code::ManifestFieldInvalid,
            "dependencies[1].hash".to_owned()
        )]
    );
    change(&mut without, "/dependencies/1/hash", None);
    let found = findings(&serde_json::to_vec(&without).expect("JSON"));
    assert_eq!(found.len(), 2);
}

#[test]
fn artifacts_are_told_apart_and_lie_where_they_belong() {
    check(
        "/artifacts",
        Some(json!([])),
        &[(Code::EmptyArtifactList, "artifacts")],
    );
    check(
        "/artifacts/1/file",
        Some(json!("artifacts/forms/other.json")),
        &[(Code::ArtifactPathMismatch, "artifacts[1].file")],
    );
    check(
        "/artifacts/1/file",
        Some(json!("artifacts/forms/form-2005.ndjson")),
        &[(Code::ArtifactPathMismatch, "artifacts[1].file")],
    );
    check(
        "/artifacts/1/type",
        Some(json!("Widget")),
        &[(Code::UnknownArtifactType, "artifacts[1].type")],
    );
    check(
        "/artifacts/1/file",
        Some(json!("artifacts/entities/ent-44.json")),
        &[
            (Code::ArtifactPathMismatch, "artifacts[1].file"),
            (Code::DuplicateArtifactFile, "artifacts[1].file"),
        ],
    );
    check(
        "/artifacts/1/id",
        Some(json!("ent-44")),
        &[
            (Code::ArtifactPathMismatch, "artifacts[1].file"),
            (Code::DuplicateArtifactId, "artifacts[1].id"),
            (Code::InvalidInstallOrder, "installOrder[1]"),
        ],
    );
    check(
        "/artifacts/1/id",
        None,
        &[(Code::ManifestFieldMissing, "artifacts[1].id")],
    );
}

#[test]
fn an_unknown_type_is_reported_once_for_artifact_and_dependency() {
    let mut manifest: Value = serde_json::from_str(SOUND).expect("JSON");
    change(&mut manifest, "/artifacts/1/type", Some(json!("Widget")));
    change(&mut manifest, "/dependencies/1/type", Some(json!("Widget")));
    let found = findings(&serde_json::to_vec(&manifest).expect("JSON"));
    assert_eq!(
        found,
        [(Code::UnknownArtifactType, "artifacts[1].type".to_owned())]
    );
    check(
        "/dependencies/1/type",
        Some(json!("Widget")),
        &[(Code::UnknownArtifactType, "dependencies[1].type")],
    );
}

#[test]
fn the_install_order_has_every_id_once() {
    let order = "installOrder";
    check(
        "/installOrder",
        Some(json!([])),
        &[
            (Code::IncompleteInstallOrder, order),
            (Code::IncompleteInstallOrder, order),
            (Code::IncompleteInstallOrder, order),
            (Code::ManifestFieldMissing, order),
        ],
    );
    check(
        "/installOrder/0",
        None,
        &[(Code::IncompleteInstallOrder, order)],
    );
    check(
        "/installOrder/-",
        Some(json!("ent-44")),
        &[(Code::InvalidInstallOrder, "installOrder[3]")],
    );
    check(
        "/installOrder/-",
        Some(json!("x")),
        &[(Code::InvalidInstallOrder, "installOrder[3]")],
    );
    check(
        "/installOrder/0",
        Some(json!(7)),
        &[(Code::ManifestFieldInvalid, "installOrder[0]")],
    );
    check(
        "/installOrder/0",
        Some(json!("x")),
        &[
            (Code::IncompleteInstallOrder, order),
            (Code::InvalidInstallOrder, "installOrder[0]"),
        ],
    );
}

#[test]
fn package_dependencies_are_ranges_of_distinct_packages() {
    let range =
        |min: &str, max: &str| json!({"packageName": "A.B", "minVersion": min, "maxVersion": max});
    let list = "/packageDependencies";
    check(list, Some(json!([range("1.0.0", "2.0.0")])), &[]);
    check(list, Some(json!([range("2.0.0-rc.1", "2.0.0")])), &[]);
    check(
        list,
        Some(json!([range("3.0.0", "2.0.0")])),
        &[(Code::ManifestFieldInvalid, "packageDependencies[0]")],
    );
    check(
        list,
        Some(json!([range("1", "x")])),
        &[
            (Code::InvalidVersion, "packageDependencies[0].maxVersion"),
            (Code::InvalidVersion, "packageDependencies[0].minVersion"),
        ],
    );
    check(
        list,
        Some(json!([range("1.0.0", "2.0.0"), range("1.0.0", "2.0.0")])),
        &[(Code::ManifestFieldInvalid, "packageDependencies[1]")],
    );
    check(
        list,
        Some(json!([{"minVersion": "1.0.0"}])),
        &[(
            Code::ManifestFieldMissing,
            "packageDependencies[0].packageName",
        )],
    );
    check(list, Some(json!([{"packageName": "A.B"}])), &[]);
}

#[test]
fn what_is_no_strict_json_object_is_one_finding() {
    for text in [
        "",
        "[]",
        "7",
        "{",
        "{\"a\":1,\"\\u0061\":2}",
        "{\"a\":\"\\ud800\"}",
        "{\"a\":NaN}",
        "\u{feff}{}",
        "{} {}",
        "// x\n{}",
    ] {
        let found = findings(text.as_bytes());
        assert_eq!(
            found,
            [(Code::InvalidManifestJson, "manifest.json".to_owned())],
            "{text}"
        );
    }
    let deep = |levels: usize| format!("{{\"a\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
    assert_eq!(
        findings(deep(128).as_bytes())[0].0,
        Code::InvalidManifestJson
    );
    assert!(
        findings(deep(127).as_bytes())
            .iter()
            .all(|found| found.0 == Code::ManifestFieldMissing)
    );
}

#[test]
fn what_is_readable_is_shown_in_spite_of_findings() {
    let mut manifest: Value = serde_json::from_str(SOUND).expect("JSON");
    change(&mut manifest, "/version", Some(json!("2.1")));
    change(
        &mut manifest,
        "/artifacts/1/file",
        Some(json!("../../evil.json")),
    );
    change(&mut manifest, "/artifacts/2", Some(json!(5)));
    let bytes = serde_json::to_vec(&manifest).expect("JSON");
    let parsed = parse(&bytes);
    assert!(parsed.manifest.is_none() && parsed.checksum().is_some());
    let files: Vec<_> = parsed
        .declared()
        .map(|entry| (entry.index, entry.file.expect("a file").into_owned()))
        .collect();
    assert_eq!(
        files,
        [
            (0, "artifacts/entities/ent-44.json".to_owned()),
            (1, "../../evil.json".to_owned())
        ]
    );
    assert_eq!(
        parsed.install_order().collect::<Vec<_>>(),
        ["ent-44", "form-2005", "proc-1001"]
    );
    assert!(!parsed.order_is_complete());
    assert_eq!(parsed.stated_hashes().count(), 3);
    assert!(parse(SOUND.as_bytes()).order_is_complete());
}
