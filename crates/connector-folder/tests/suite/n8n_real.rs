//! The 207 real workflows.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{folder, json, messages, put, read};
use installhub_artifact::{ArtifactType, Json, Object, references, to_canonical_bytes};
use installhub_connector_folder::{FolderFormat, FolderOptions, OnDuplicateId};
use installhub_exporting::ports::SourceContents;

/// The real workflows.
pub(crate) fn workflows() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/n8n-workflows");
    assert!(
        folder.is_dir(),
        "the real workflows are missing: expected them in {}",
        folder.display()
    );
    folder
}

const RENAME: FolderOptions = FolderOptions {
    format: FolderFormat::N8n,
    on_duplicate_id: OnDuplicateId::Rename,
    spool_folder: None,
};

fn refuse() -> FolderOptions {
    FolderOptions {
        on_duplicate_id: OnDuplicateId::Refuse,
        ..RENAME
    }
}

fn count(contents: &SourceContents, code: &str) -> usize {
    contents
        .notices
        .iter()
        .filter(|notice| notice.code == code)
        .count()
}

fn originals() -> BTreeMap<String, Json> {
    let mut originals = BTreeMap::new();
    for entry in fs::read_dir(workflows()).expect("the workflows") {
        let path = entry.expect("an entry").path();
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            let name = path
                .file_name()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            originals.insert(name, json(&fs::read_to_string(&path).expect("a workflow")));
        }
    }
    originals
}

#[test]
fn files_with_one_id_are_refused_by_both_names() {
    let error = read(&workflows(), &refuse()).expect_err("three ids come twice");
    let messages = messages(error);
    let pairs = [
        (
            "112",
            "0056_Manual_Uproc_Import_Triggered.json",
            "0057_Activecampaign_Create_Triggered.json",
        ),
        (
            "58",
            "1052_HTTP_Telegram_Update_Webhook.json",
            "1053_Manual_Philipshue_Automation_Triggered.json",
        ),
        (
            "caaf1WFANPKAikiH",
            "1322_Manual_Wordpress_Automation_Triggered.json",
            "1826_Manual_Wordpress_Automation_Triggered.json",
        ),
    ];
    assert_eq!(messages.len(), pairs.len(), "{messages:?}");
    for (message, (id, first, later)) in messages.iter().zip(pairs) {
        assert!(
            message.starts_with(&format!(
                "{later}: has the id '{id}', which '{first}' has too"
            )),
            "{message}"
        );
    }
}

#[test]
fn renamed_all_of_them_become_artifacts() {
    let (contents, documents) = read(&workflows(), &RENAME).expect("artifacts");
    assert_eq!((contents.artifacts.len(), documents.len()), (207, 207));
    let threads = contents
        .artifacts
        .iter()
        .filter(|outline| outline.artifact_type == ArtifactType::ThreadDefinition);
    assert_eq!(
        threads.count(),
        0,
        "no workflow of the set calls another one of it"
    );
    assert_eq!(count(&contents, "Renamed"), 3);
    assert_eq!(count(&contents, "UnresolvedReference"), 9);
    assert_eq!(count(&contents, "UnknownReference"), 3);
    assert_eq!(count(&contents, "NotCarried"), 1, "the license");
    assert_eq!(contents.notices.len(), 16, "{:#?}", contents.notices);

    let missing: BTreeSet<&str> = contents
        .artifacts
        .iter()
        .flat_map(|outline| &outline.references)
        .map(|reference| reference.id.as_str())
        .collect();
    assert_eq!(
        missing.into_iter().collect::<Vec<_>>(),
        [
            "thread-1004",
            "thread-1005",
            "thread-A95kslcW4H82nJuR",
            "thread-GDXsoM9kWq3cz53Y",
            "thread-ICTXOidW1oyJDYP7",
            "thread-jnlklBcNkky9yFoc",
            "thread-rnVcO8Bw0avTm4GB",
            "thread-yPCMz4zxB291oM31",
            "thread-zVd0G4m33K6KrBvV",
        ]
    );
    assert!(contents.notices.iter().any(|notice| {
        notice.object == "0066_Webhook_Cron_Automate_Scheduled.json"
            && notice.message.starts_with(
                "node 'Read Config 1', node 'Read Config 2' and node 'Read Config 3' call workflow '1004', which is not in the folder",
            )
    }), "{:#?}", contents.notices);
}

#[test]
fn documents_hold_the_whole_workflow_and_what_the_outline_says() {
    let (contents, documents) = read(&workflows(), &RENAME).expect("artifacts");
    let mut originals: BTreeMap<Vec<u8>, Json> = originals()
        .into_values()
        .map(|workflow| (to_canonical_bytes(&workflow), workflow))
        .collect();
    for outline in &contents.artifacts {
        let text = &documents[&outline.id];
        let document = json(text);
        assert_eq!(
            to_canonical_bytes(&document),
            text.as_bytes(),
            "{} is not canonical",
            outline.id
        );
        assert_eq!(
            document.get("_type").and_then(Json::as_str),
            Some(outline.artifact_type.as_str())
        );
        assert_eq!(
            document.get("_version").and_then(Json::as_str),
            Some("1.0.0")
        );
        assert_eq!(
            document.get("_schemaVersion").and_then(Json::as_str),
            Some("1.0")
        );
        assert_eq!(
            document.get("id").and_then(Json::as_str),
            Some(outline.id.as_str())
        );
        assert_eq!(
            document.get("name").and_then(Json::as_str),
            Some(outline.name.as_str())
        );
        assert_eq!(
            references(outline.artifact_type, &document),
            outline.references
        );

        let original = to_canonical_bytes(&restored(document));
        assert!(
            originals.remove(&original).is_some(),
            "{} is no workflow of the set",
            outline.id
        );
    }
    assert!(
        originals.is_empty(),
        "{} workflows are lost",
        originals.len()
    );
}

/// The workflow an artifact was made of.
fn restored(document: Json) -> Json {
    let Json::Object(mut members) = document else {
        panic!("expected an object");
    };
    let Some(Json::Object(mut source)) = members.remove("_source") else {
        panic!("expected a source");
    };
    assert_eq!(source.remove("format"), Some(Json::from("n8n")));
    for ours in ["_type", "_version", "_schemaVersion", "id", "references"] {
        members.remove(ours);
    }
    members.extend(source);
    Json::Object(members)
}

#[test]
fn every_run_gives_the_same() {
    let (first, documents) = read(&workflows(), &RENAME).expect("artifacts");
    let (second, again) = read(&workflows(), &RENAME).expect("artifacts");
    assert_eq!(documents, again);
    assert_eq!(first.notices, second.notices);
    let order = |contents: &SourceContents| {
        contents
            .artifacts
            .iter()
            .map(|outline| outline.id.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(order(&first), order(&second));
}

#[test]
fn renamed_files_and_new_timestamps_keep_ids_made_from_content() {
    let moved = folder(&[]);
    let mut expected = BTreeSet::new();
    let originals = originals().into_iter();
    let without_id = originals.filter(|(_, workflow)| workflow.get("id").is_none());
    for (n, (name, mut workflow)) in without_id.enumerate() {
        let (_, documents) = read(
            folder(&[(
                &name,
                &String::from_utf8(to_canonical_bytes(&workflow)).expect("UTF-8"),
            )])
            .path(),
            &refuse(),
        )
        .expect("one artifact");
        expected.extend(documents.into_keys());
        if let Json::Object(members) = &mut workflow {
            members.insert("meta".to_owned(), Json::Object(Object::new()));
            members.insert("versionId".to_owned(), Json::from("other"));
            members.insert("active".to_owned(), Json::from(true));
        }
        let text = String::from_utf8(to_canonical_bytes(&workflow)).expect("UTF-8");
        put(moved.path(), &format!("sub/{}.json", 1000 - n), &text);
    }
    let (_, documents) = read(moved.path(), &refuse()).expect("artifacts");
    assert_eq!(expected.len(), 114);
    assert_eq!(documents.into_keys().collect::<BTreeSet<_>>(), expected);
}

#[test]
fn a_renamed_workflow_keeps_its_id_when_others_come() {
    let (contents, _) = read(&workflows(), &RENAME).expect("artifacts");
    let ids: BTreeSet<&str> = contents
        .artifacts
        .iter()
        .map(|outline| outline.id.as_str())
        .collect();
    assert!(ids.contains("proc-112"));
    let renamed: Vec<&str> = ids
        .iter()
        .copied()
        .filter(|id| id.starts_with("proc-112-"))
        .collect();
    let pair = folder(&[]);
    for name in [
        "0056_Manual_Uproc_Import_Triggered.json",
        "0057_Activecampaign_Create_Triggered.json",
    ] {
        fs::copy(workflows().join(name), pair.path().join(name)).expect("a copy");
    }
    let (_, documents) = read(pair.path(), &RENAME).expect("artifacts");
    assert_eq!(
        documents.into_keys().collect::<Vec<_>>(),
        ["proc-112", renamed[0]]
    );
}
