//! Folders of artifact documents and data files.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::support::{folder, json, messages, put, read};
use futures::executor::block_on;
use installhub_artifact::{ArtifactType, ReferenceKind};
use installhub_connector_folder::{FolderOptions, FolderSource, OnDuplicateId};
use installhub_exporting::ports::{ArtifactSource, Notice};
use proptest::prelude::*;

const FORM: &str = r#"{"_type":"AtlasForm","_version":"1.2.0","id":"form-1","name":"Order","fields":[{"fieldId":"f","dataSource":{"entityId":"ent-1"}}]}"#;
const ROWS: &str = concat!(
    r#"{"_type":"Data","_version":"1.0.0","_schemaVersion":"1.0","id":"film","name":"film","table":"film","columns":[{"name":"a","type":"integer"},{"name":"b","type":"text"}],"rows":2}"#,
    "\n[1, \"x\"]\n[2,null]\n"
);

fn rename() -> FolderOptions {
    FolderOptions {
        on_duplicate_id: OnDuplicateId::Rename,
        ..FolderOptions::default()
    }
}

fn codes(notices: &[Notice]) -> Vec<(&str, &str)> {
    notices
        .iter()
        .map(|notice| (notice.code, notice.object.as_str()))
        .collect()
}

#[test]
fn documents_are_written_canonically_and_data_as_it_is() {
    let here = folder(&[("deep/down/order.json", FORM), ("film.ndjson", ROWS)]);
    let (contents, documents) = read(here.path(), &FolderOptions::default()).expect("artifacts");
    let kinds: Vec<ArtifactType> = contents
        .artifacts
        .iter()
        .map(|outline| outline.artifact_type)
        .collect();
    assert_eq!(kinds, [ArtifactType::AtlasForm, ArtifactType::Data]);
    assert_eq!(contents.notices, []);
    assert_eq!(documents["film"], ROWS);
    let form = &contents.artifacts[0];
    assert_eq!(
        (form.name.as_str(), form.version.to_string().as_str()),
        ("Order", "1.2.0")
    );
    assert_eq!(form.references.len(), 1);
    assert_eq!(
        (form.references[0].id.as_str(), form.references[0].kind),
        ("ent-1", ReferenceKind::Field)
    );
    let written = &documents["form-1"];
    assert!(
        written.starts_with("{\n  \"_schemaVersion\": \"1.0\",\n  \"_type\": \"AtlasForm\",\n"),
        "{written}"
    );

    // What is written is written the same way again.
    let again = folder(&[("form-1.json", written)]);
    assert_eq!(
        &read(again.path(), &FolderOptions::default())
            .expect("artifacts")
            .1["form-1"],
        written
    );
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let deep = format!(
        r#"{{"_type":"Custom","id":"deep","x":{}{}}}"#,
        "[".repeat(128),
        "]".repeat(128)
    );
    let here = folder(&[
        ("good.json", FORM),
        (
            "bad/broken.json",
            "{\n  \"id\": \"a\",\n  \"name\": oops\n}",
        ),
        ("bad/deep.json", &deep),
        ("bad/empty.json", ""),
        ("bad/id.json", r#"{"_type":"Custom","id":"a b"}"#),
        ("bad/list.json", "[1]"),
        ("bad/n8n.json", r#"{"id":"7","nodes":[],"connections":{}}"#),
        (
            "bad/name.json",
            r#"{"_type":"Custom","id":"c","name":"a\nb"}"#,
        ),
        ("bad/nothing.json", "{}"),
        ("bad/rows.json", r#"{"_type":"Data","id":"r"}"#),
        ("bad/type.json", r#"{"_type":"Zap","id":"z"}"#),
        (
            "bad/version.json",
            r#"{"_type":"Custom","_version":"1","id":"v"}"#,
        ),
    ]);
    std::fs::write(here.path().join("bad/bytes.json"), b"{\"a\":\"\xff\"}").expect("a file");
    let error = read(here.path(), &FolderOptions::default()).expect_err("wrong files");
    let expected = [
        "bad/broken.json: is not strict JSON: found 'oops', expected a value (line 3, column 11)",
        "bad/bytes.json: is not strict JSON: found the byte 0xff, which is not UTF-8 (line 1, column 7)",
        "bad/deep.json: is not strict JSON: found more than 128 levels of nesting",
        "bad/empty.json: is not strict JSON: found an empty text",
        "bad/id.json: 'a b' is not an artifact id",
        "bad/list.json: holds an array: expected an artifact's JSON object",
        "bad/n8n.json: has no '_type': it looks like a workflow of n8n, for which the format is n8n",
        "bad/name.json: has the name 'a\\nb': expected one without control characters",
        "bad/nothing.json: has no '_type' and has no 'id': expected an artifact document",
        "bad/rows.json: is of type Data: expected its rows in a .ndjson file",
        "bad/type.json: 'Zap' is not an artifact type",
        "bad/version.json: '1' is not a version: expected SemVer 2.0.0 in '_version'",
    ];
    let messages = messages(error);
    assert_eq!(messages.len(), expected.len(), "{messages:#?}");
    for (message, expected) in messages.iter().zip(expected) {
        assert!(message.starts_with(expected), "{message}\n{expected}");
    }
}

#[test]
fn data_files_are_checked_row_by_row() {
    let header = ROWS.lines().next().expect("a header");
    let cases = [
        (String::new(), "is empty: expected a header line and rows"),
        (
            "[1]\n".to_owned(),
            "line 1 is not the header of a data file: found an array",
        ),
        (
            header.replace("Data", "Table"),
            "line 1 is not the header of a data file: the header of the data file is of type Table",
        ),
        (
            format!("{header}\n[1,2]\n"),
            "holds 1 rows: expected 2, which its header states",
        ),
        (
            format!("{header}\n[1,2]\n[1]\n"),
            "line 3 has 1 values: expected 2, one for each column of the header",
        ),
        (
            format!("{header}\n[1,2]\n\n"),
            "line 3 is not a row: found an empty text",
        ),
        (
            format!("{header}\n[1,2]\n{{}}"),
            "line 3 is not a row: found an object, expected an array",
        ),
        (
            format!("{header}\n[1,oops]\n[1,2]"),
            "line 2 is not a row: found 'oops'",
        ),
    ];
    for (text, expected) in cases {
        let here = folder(&[("film.ndjson", &text)]);
        let error = read(here.path(), &FolderOptions::default()).expect_err(expected);
        let message = messages(error).remove(0);
        assert!(
            message.starts_with(&format!("film.ndjson: {expected}")),
            "{message}\n{expected}"
        );
    }
}

#[test]
fn a_large_data_file_passes_through_in_blocks() {
    let rows = 40_000;
    let mut text = ROWS
        .lines()
        .next()
        .expect("a header")
        .replace("\"rows\":2", &format!("\"rows\":{rows}"));
    for row in 0..rows {
        write!(text, "\n[{row},\"{}\"]", "x".repeat(50 + row % 60)).expect("a string grows");
    }
    assert!(text.len() > 3 * 1024 * 1024);
    let here = folder(&[
        ("a.ndjson", &text),
        ("b.ndjson", &text.replacen("film", "film2", 2)),
    ]);
    let (_, documents) = read(here.path(), &FolderOptions::default()).expect("artifacts");
    assert!(documents["film"] == text);

    let twins = folder(&[
        ("a.ndjson", &text),
        ("b.ndjson", &text.replace("[7,", "[77,")),
    ]);
    let (_, documents) = read(twins.path(), &rename()).expect("artifacts");
    let (renamed, content) = documents.last_key_value().expect("two");
    assert!(renamed.starts_with("film-"), "{renamed}");
    let (header, body) = content.split_once('\n').expect("lines");
    assert_eq!(
        json(header).get("id").and_then(|id| id.as_str()),
        Some(renamed.as_str())
    );
    assert!(
        body == text
            .replace("[7,", "[77,")
            .split_once('\n')
            .expect("lines")
            .1
    );
}

#[test]
fn one_id_in_two_files() {
    let other = FORM.replace("Order", "Other");
    let spaced = FORM.replace(':', " : ");
    let here = folder(&[("a.json", FORM), ("b.json", &spaced), ("c.json", &other)]);
    let error = read(here.path(), &FolderOptions::default()).expect_err("two contents");
    assert!(
        error
            .to_string()
            .starts_with("c.json: has the id 'form-1', which 'a.json' has too with other content"),
        "{error}"
    );

    put(
        here.path(),
        "d.json",
        r#"{"_type":"ProcessDefinition","id":"proc-1","nodes":[{"config":{"formId":"form-1"}}]}"#,
    );
    put(
        here.path(),
        "e.json",
        r#"{"_type":"AtlasForm","id":"form-1","references":[{"type":"AtlasForm","id":"form-1"}]}"#,
    );
    let (contents, documents) = read(here.path(), &rename()).expect("artifacts");
    assert_eq!(
        codes(&contents.notices),
        [
            ("Duplicate", "b.json"),
            ("Renamed", "c.json"),
            ("Renamed", "e.json")
        ]
    );
    let ids: Vec<&String> = documents.keys().collect();
    assert_eq!(ids.len(), 4);
    assert_eq!((ids[0].as_str(), ids[3].as_str()), ("form-1", "proc-1"));
    for id in &ids[1..3] {
        assert!(
            id.starts_with("form-1-") && id.len() == "form-1-".len() + 8,
            "{id}"
        );
        assert_eq!(
            json(&documents[*id]).get("id").and_then(|own| own.as_str()),
            Some(id.as_str())
        );
    }
    // References of others mean the first, those of the renamed one itself follow it.
    let process = contents
        .artifacts
        .iter()
        .find(|outline| outline.id == "proc-1")
        .expect("the process");
    assert_eq!(process.references[0].id, "form-1");
    let itself = contents.artifacts.iter().find(|outline| {
        outline
            .references
            .iter()
            .any(|r| r.kind == ReferenceKind::Declared)
    });
    let itself = itself.expect("the one with a reference");
    assert_eq!(itself.references[0].id, itself.id);
}

#[test]
fn ids_that_differ_in_case_only_are_told() {
    let here = folder(&[
        ("a.json", FORM),
        ("b.json", &FORM.replace("form-1", "Form-1")),
    ]);
    let error = read(here.path(), &rename()).expect_err("one file on some systems");
    assert!(
        error
            .to_string()
            .contains("'Form-1', which differs from 'form-1' of 'a.json' in case only"),
        "{error}"
    );
}

#[test]
fn a_folder_without_artifacts_says_what_was_expected() {
    let here = folder(&[("README.txt", "x")]);
    let error = read(here.path(), &FolderOptions::default()).expect_err("nothing there");
    assert!(
        error
            .to_string()
            .contains("holds no artifacts: expected a .json or .ndjson file in it"),
        "{error}"
    );
}

#[test]
fn what_was_prepared_is_written_whatever_happens_to_the_folder() {
    let here = folder(&[("a.json", FORM), ("film.ndjson", ROWS)]);
    let mut source = FolderSource::new(here.path(), FolderOptions::default());
    let mut early = Vec::new();
    assert!(
        block_on(source.write("form-1", &mut early)).is_err(),
        "not prepared yet"
    );
    block_on(source.prepare()).expect("artifacts");
    put(here.path(), "film.ndjson", "gone");
    drop(here);
    for (id, expected) in [("film", ROWS), ("form-1", "{\n")] {
        let mut bytes = Vec::new();
        block_on(source.write(id, &mut bytes)).expect("written");
        assert!(bytes.starts_with(expected.as_bytes()));
    }
    assert!(block_on(source.write("other", &mut early)).is_err());
    assert!(block_on(source.prepare()).is_err(), "the folder is gone");
}

struct Full;
impl std::io::Write for Full {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::StorageFull.into())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_package_is_no_fault_of_the_folder() {
    let here = folder(&[("a.json", FORM)]);
    let mut source = FolderSource::new(here.path(), FolderOptions::default());
    block_on(source.prepare()).expect("artifacts");
    let error = block_on(source.write("form-1", &mut Full)).expect_err("full");
    assert_eq!(error.to_string(), "cannot write the package");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Which names and folders the files have makes no difference to what is written.
    #[test]
    fn names_of_files_do_not_matter(
        documents in prop::collection::btree_map("[a-z]{1,8}", "[a-z0-9 ]{0,12}", 1..12),
        seed in any::<u64>(),
    ) {
        let (one, two) = (folder(&[]), folder(&[]));
        for (n, (id, text)) in (0_u64..).zip(&documents) {
            let document = format!(r#"{{"_type":"Custom","id":"{id}","name":"n","text":"{text}"}}"#);
            put(one.path(), &format!("{id}.json"), &document);
            put(two.path(), &format!("f{}/{}.json", seed % 7, seed.wrapping_mul(n + 1)), &document);
            // Two of them under one name would be one file.
            put(two.path(), &format!("again/{n}.JSON"), &document);
        }
        let (_, first) = read(one.path(), &FolderOptions::default()).expect("artifacts");
        let (_, second) = read(two.path(), &FolderOptions::default()).expect("artifacts");
        prop_assert_eq!(first.len(), documents.len());
        prop_assert_eq!(first, second as BTreeMap<String, String>);
    }
}
