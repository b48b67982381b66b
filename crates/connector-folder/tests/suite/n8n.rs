//! Workflows made for the occasion.

use crate::support::{folder, json, messages, read};
use installhub_artifact::{ArtifactType, Json, to_compact_string};
use installhub_connector_folder::{FolderFormat, FolderOptions, OnDuplicateId};
use installhub_exporting::ports::{Notice, SourceContents};

use installhub_artifact::ArtifactType::{ProcessDefinition, ThreadDefinition};

fn options() -> FolderOptions {
    FolderOptions {
        format: FolderFormat::N8n,
        ..FolderOptions::default()
    }
}

fn rename() -> FolderOptions {
    FolderOptions {
        on_duplicate_id: OnDuplicateId::Rename,
        ..options()
    }
}

/// A workflow with this id and name that calls others.
fn workflow(head: &str, calls: &[&str]) -> String {
    let nodes: Vec<String> = calls
        .iter()
        .enumerate()
        .map(|(n, call)| {
            format!(r#"{{"name":"Call {n}","type":"n8n-nodes-base.executeWorkflow","parameters":{{"workflowId":{call}}}}}"#)
        })
        .collect();
    format!(
        r#"{{{head},"nodes":[{}],"connections":{{}}}}"#,
        nodes.join(",")
    )
}

fn kinds(contents: &SourceContents) -> Vec<(&str, ArtifactType)> {
    let outlines = contents.artifacts.iter();
    outlines
        .map(|outline| (outline.id.as_str(), outline.artifact_type))
        .collect()
}

fn codes(notices: &[Notice]) -> Vec<(&str, &str)> {
    notices
        .iter()
        .map(|notice| (notice.code, notice.object.as_str()))
        .collect()
}

#[test]
fn what_others_call_is_a_thread() {
    let here = folder(&[
        (
            "a.json",
            &workflow(
                r#""id":"1","name":"Main""#,
                &[
                    "\"2\"",
                    "3",
                    r#"{"__rl":true,"mode":"name","value":"Mail"}"#,
                    "\"2\"",
                ],
            ),
        ),
        (
            "b.json",
            &workflow(r#""id":2,"name":"Two""#, &["\"={{ $workflow.id }}\"", "2"]),
        ),
        (
            "c.json",
            &workflow(
                r#""id":"3","name":"Three","settings":{"errorWorkflow":"9"}"#,
                &[],
            ),
        ),
        ("d.json", &workflow(r#""id":"aB-1","name":"Mail""#, &[])),
        (
            "e.json",
            &workflow(r#""id":"9","name":"On error""#, &["\"9\""]),
        ),
        (
            "f.json",
            &workflow(r#""id":"10","name":"Alone""#, &["\"={{ $workflow.id }}\""]),
        ),
    ]);
    let (contents, documents) = read(here.path(), &options()).expect("artifacts");
    assert_eq!(contents.notices, []);
    assert_eq!(
        kinds(&contents),
        [
            ("proc-1", ProcessDefinition),
            ("thread-2", ThreadDefinition),
            ("thread-3", ThreadDefinition),
            ("thread-aB-1", ThreadDefinition),
            ("thread-9", ThreadDefinition),
            ("proc-10", ProcessDefinition),
        ]
    );
    let references = json(&documents["proc-1"]);
    let references = references.get("references").expect("calls");
    assert_eq!(
        to_compact_string(references),
        r#"[{"id":"thread-2","type":"ThreadDefinition"},{"id":"thread-3","type":"ThreadDefinition"},{"id":"thread-aB-1","type":"ThreadDefinition"}]"#
    );
    for alone in ["thread-2", "proc-10"] {
        assert_eq!(
            json(&documents[alone]).get("references"),
            None,
            "a workflow that calls itself needs nothing"
        );
    }
    let two = json(&documents["thread-2"]);
    assert_eq!(
        to_compact_string(two.get("_source").expect("a source")),
        r#"{"format":"n8n","id":2}"#
    );
}

#[test]
fn content_survives_to_the_digit_and_displaced_members_are_kept() {
    let text = r#"{
        "\"odd\"": 1e3, "Upper": 1.0, "_type": "x", "id": null, "name": "A\tB", "nodes": [], "connections": {},
        "references": [1], "type": "t", "version": 12345678901234567890123, "dependsOn": ["y"], "zz": null, "pinData": {"a": -0.0}
    }"#;
    let here = folder(&[("a.json", text)]);
    let (contents, documents) = read(here.path(), &options()).expect("artifacts");
    let outline = &contents.artifacts[0];
    assert_eq!(
        (outline.name.as_str(), &outline.references),
        ("A B", &Vec::new())
    );
    let id = &outline.id;
    assert_eq!(id.len(), "proc-".len() + 16);
    let expected = format!(
        concat!(
            r#"{{"\"odd\"":1e3,"Upper":1.0,"_schemaVersion":"1.0","#,
            r#""_source":{{"_type":"x","dependsOn":["y"],"format":"n8n","id":null,"name":"A\tB","references":[1],"type":"t","version":12345678901234567890123}},"#,
            r#""_type":"ProcessDefinition","_version":"1.0.0","connections":{{}},"id":"{id}","name":"A B","nodes":[],"pinData":{{"a":-0.0}},"zz":null}}"#
        ),
        id = id
    );
    assert_eq!(to_compact_string(&json(&documents[id])), expected);
}

#[test]
fn nameless_workflows_take_the_name_of_their_file() {
    for head in [
        r#""id":"1""#,
        r#""id":"1","name":null"#,
        r#""id":"1","name":"  ""#,
    ] {
        let here = folder(&[("sub/Send mail.json", &workflow(head, &[]))]);
        let (contents, _) = read(here.path(), &options()).expect("artifacts");
        assert_eq!(contents.artifacts[0].name, "Send mail", "{head}");
    }
}

#[test]
fn an_array_holds_several_workflows() {
    let all = format!(
        "\u{feff}[{},{}]",
        workflow(r#""id":"1","name":"A""#, &["\"2\""]),
        workflow(r#""id":"2","name":"B""#, &[])
    );
    let here = folder(&[("all.json", &all)]);
    let (contents, _) = read(here.path(), &options()).expect("artifacts");
    assert_eq!(
        kinds(&contents),
        [
            ("proc-1", ProcessDefinition),
            ("thread-2", ThreadDefinition)
        ]
    );
}

#[test]
fn what_is_no_workflow_is_told_with_its_place() {
    let here = folder(&[
        ("a.json", r#"{"nodes":[]}"#),
        ("b.json", r#"{"name":"x"}"#),
        ("c.json", r#"{"_type":"AtlasForm","id":"f"}"#),
        ("d.json", "7"),
        ("e.json", "[]"),
        (
            "f.json",
            &format!("[{},{{}}]", workflow(r#""id":"1""#, &[])),
        ),
        ("g.json", &workflow(r#""id":{"a":1}"#, &[])),
        ("h.json", &workflow(r#""id":"5","name":[]"#, &[])),
    ]);
    let messages = messages(read(here.path(), &options()).expect_err("no workflows"));
    let expected = [
        "a.json: is no workflow, it has no connections: expected a workflow as n8n exports it, with 'nodes' and 'connections'",
        "b.json: is no workflow, it has no list of nodes and no connections",
        "c.json: is an artifact document, which the n8n format is not for",
        "d.json: holds a number",
        "e.json: holds an empty array",
        "f.json, workflow 2: is no workflow",
        "g.json: has an object as 'id': expected a text or a number",
        "h.json: has an array as 'name': expected a text",
    ];
    assert_eq!(messages.len(), expected.len(), "{messages:#?}");
    for (message, expected) in messages.iter().zip(expected) {
        assert!(message.starts_with(expected), "{message}\n{expected}");
    }
}

#[test]
fn one_id_in_several_files() {
    let here = folder(&[
        ("1.json", &workflow(r#""id":"7","name":"First""#, &[])),
        ("2.json", &workflow(r#""id":7,"name":"First""#, &[])),
        (
            "3.json",
            &workflow(r#""id":"7","name":"Other""#, &["\"7\""]),
        ),
        (
            "4.json",
            &workflow(
                r#""id":"8","name":"Caller""#,
                &["\"7\"", r#"{"mode":"name","value":"Twin"}"#],
            ),
        ),
        ("5.json", &workflow(r#""id":"a","name":"Twin""#, &[])),
        ("6.json", &workflow(r#""id":"b","name":"Twin""#, &[])),
    ]);
    let error = read(here.path(), &options()).expect_err("two contents");
    assert!(
        error
            .to_string()
            .starts_with("3.json: has the id '7', which '1.json' has too"),
        "{error}"
    );

    let (contents, documents) = read(here.path(), &rename()).expect("artifacts");
    assert_eq!(
        codes(&contents.notices),
        [
            ("Duplicate", "2.json"),
            ("Renamed", "3.json"),
            ("AmbiguousReference", "4.json"),
            ("AmbiguousReference", "4.json")
        ]
    );
    let found = kinds(&contents);
    assert_eq!(found[0], ("thread-7", ThreadDefinition));
    let (renamed, kind) = found[1];
    assert!(
        renamed.starts_with("proc-7-") && renamed.len() == "proc-7-".len() + 8,
        "{renamed}"
    );
    assert_eq!(kind, ProcessDefinition, "its call of '7' means itself");
    assert_eq!(json(&documents[renamed]).get("references"), None);
    assert_eq!(
        json(&documents[renamed]).pointer("/_source/id"),
        Some(&Json::from("7"))
    );
    assert_eq!(found[3], ("thread-a", ThreadDefinition));
    assert_eq!(found[4], ("proc-b", ProcessDefinition));
}

#[test]
fn files_without_id_that_differ_in_bookkeeping_only_are_told() {
    let one = workflow(r#""name":"A","updatedAt":"2025-01-01""#, &[]);
    let here = folder(&[
        ("1.json", &one),
        ("2.json", &one.replace("2025", "2026")),
        ("3.json", &one),
    ]);
    let error = read(here.path(), &options()).expect_err("one id");
    assert!(
        error
            .to_string()
            .starts_with("2.json: has no id and differs from '1.json' in bookkeeping"),
        "{error}"
    );
    let (contents, documents) = read(here.path(), &rename()).expect("artifacts");
    assert_eq!(documents.len(), 2);
    assert_eq!(
        codes(&contents.notices),
        [("Renamed", "2.json"), ("Duplicate", "3.json")]
    );
}

#[test]
fn ids_are_legal_readable_and_apart() {
    let long = "x".repeat(300);
    let here = folder(&[
        ("1.json", &workflow(r#""id":"Ab""#, &[])),
        ("2.json", &workflow(r#""id":"aB""#, &["\"日本\""])),
        ("3.json", &workflow(r#""id":"a/b c""#, &[])),
        ("4.json", &workflow(r#""id":"中国""#, &[])),
        ("5.json", &workflow(&format!(r#""id":"{long}""#), &[])),
        ("6.json", &workflow(r#""id":"../../etc""#, &[])),
    ]);
    let (contents, documents) = read(here.path(), &options()).expect("artifacts");
    assert_eq!(documents.len(), 6);
    for (id, _) in kinds(&contents) {
        assert!(installhub_artifact::ArtifactId::new(id).is_ok(), "{id}");
    }
    assert_eq!(kinds(&contents)[2].0, "proc-a-b-c");
    let missing = &contents.artifacts[1].references[0].id;
    assert!(!documents.contains_key(missing), "{missing}");
}

#[test]
fn rows_and_other_files_are_left_out_and_a_folder_of_them_is_empty() {
    let here = folder(&[("rows.ndjson", "{}")]);
    let error = read(here.path(), &options()).expect_err("nothing there");
    assert!(
        error
            .to_string()
            .contains("expected a .json file with a workflow"),
        "{error}"
    );
    crate::support::put(here.path(), "a.json", &workflow(r#""id":"1""#, &[]));
    let (contents, _) = read(here.path(), &options()).expect("artifacts");
    assert_eq!(codes(&contents.notices), [("NotCarried", "rows.ndjson")]);
}

#[test]
fn unknown_and_outside_calls_are_told_together_by_target() {
    let call = r#""={{ $json.id }}""#;
    let text = workflow(
        r#""id":"1","name":"A""#,
        &[
            call,
            call,
            "\"55\"",
            r#"{"mode":"url","value":"https://x.example/"}"#,
        ],
    );
    let here = folder(&[("a.json", &text)]);
    let (contents, documents) = read(here.path(), &options()).expect("artifacts");
    let told: Vec<&str> = contents
        .notices
        .iter()
        .map(|notice| notice.message.as_str())
        .collect();
    assert_eq!(
        codes(&contents.notices),
        [
            ("UnknownReference", "a.json"),
            ("UnknownReference", "a.json"),
            ("UnresolvedReference", "a.json")
        ]
    );
    assert!(
        told[0].starts_with(
            "node 'Call 0' and node 'Call 1' call the workflow that '={{ $json.id }}' gives"
        ),
        "{told:?}"
    );
    assert!(
        told[1].starts_with("node 'Call 3' takes a workflow from 'https://x.example/'"),
        "{told:?}"
    );
    assert!(told[2].starts_with("node 'Call 2' calls workflow '55', which is not in the folder: the package refers to 'thread-55'"), "{told:?}");
    assert!(documents["proc-1"].contains("\"id\": \"thread-55\""));
}
