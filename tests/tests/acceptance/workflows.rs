//! Two hundred and seven real workflows: into a package and into the store.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use installhub_acceptance::{Command, Sandbox, inputs};
use serde_json::Value;

/// Two files with one id and different content, three times.
const PAIRS: [[&str; 2]; 3] = [
    [
        "0056_Manual_Uproc_Import_Triggered.json",
        "0057_Activecampaign_Create_Triggered.json",
    ],
    [
        "1052_HTTP_Telegram_Update_Webhook.json",
        "1053_Manual_Philipshue_Automation_Triggered.json",
    ],
    [
        "1322_Manual_Wordpress_Automation_Triggered.json",
        "1826_Manual_Wordpress_Automation_Triggered.json",
    ],
];

fn pack_command(sandbox: &Sandbox, folder: &Path, version: &str, package: &Path) -> Command {
    let command = sandbox
        .installhub("pack")
        .arg(folder)
        .flag("--format", "n8n")
        .flag("--output", package);
    command
        .flag("--name", "Automations")
        .flag("--version", version)
        .flag("--type", "workflow-package")
}

#[track_caller]
pub(crate) fn packed(sandbox: &Sandbox, folder: &Path, version: &str) -> PathBuf {
    let package = sandbox.path(&format!("automations-{version}.zip"));
    let command = pack_command(sandbox, folder, version, &package);
    command.flag("--on-duplicate-id", "rename").run().done();
    package
}

pub(crate) fn import_command(sandbox: &Sandbox, package: &Path) -> Command {
    sandbox
        .installhub("import")
        .arg(package)
        .args(["--into", "store", "--yes"])
        .json_format()
}

#[track_caller]
pub(crate) fn imported(sandbox: &Sandbox, package: &Path) -> Value {
    let command = import_command(sandbox, package)
        .arg("--allow-missing")
        .flag("--strategy", "merge");
    command.run().done().json()
}

fn entries(manifest: &Value) -> &Vec<Value> {
    manifest["artifacts"].as_array().expect("artifacts")
}

#[test]
fn files_with_one_id_are_refused_with_the_names_of_both() {
    let sandbox = Sandbox::new();
    let package = sandbox.path("package.zip");
    let answer = pack_command(&sandbox, &inputs::workflows(), "1.0.0", &package)
        .run()
        .refused();
    for file in PAIRS.as_flattened() {
        assert!(
            answer.stderr.contains(file),
            "{file} is not named:\n{answer}"
        );
    }
    assert!(
        answer.stderr.contains("--on-duplicate-id"),
        "nothing says what to do:\n{answer}"
    );
    let failure = pack_command(&sandbox, &inputs::workflows(), "1.0.0", &package)
        .json_format()
        .run()
        .refused()
        .failure();
    assert_eq!(
        failure["causes"].as_array().map_or(0, Vec::len),
        3,
        "one cause for each pair: {failure}"
    );
    assert!(sandbox.listing().is_empty(), "{:?}", sandbox.listing());
}

#[test]
fn every_workflow_is_in_the_package_once() {
    let sandbox = Sandbox::new();
    let package = packed(&sandbox, &inputs::workflows(), "1.0.0");
    let answer = sandbox
        .installhub("validate")
        .arg(&package)
        .json_format()
        .run()
        .done()
        .json();
    assert_eq!(
        (&answer["valid"], &answer["total"]),
        (&Value::Bool(true), &Value::from(0))
    );
    let manifest = sandbox
        .installhub("inspect")
        .arg(&package)
        .json_format()
        .run()
        .done()
        .json();
    assert_eq!(entries(&manifest).len(), 207);
    let names: BTreeSet<&str> = entries(&manifest)
        .iter()
        .filter_map(|entry| entry["name"].as_str())
        .collect();
    for file in inputs::workflow_files() {
        let workflow: Value =
            serde_json::from_slice(&fs::read(&file).expect("a workflow")).expect("JSON");
        if let Some(name) = workflow["name"]
            .as_str()
            .filter(|name| !name.chars().any(char::is_control))
        {
            assert!(
                names.contains(name),
                "{name} of {} is not in the package",
                file.display()
            );
        }
    }
    let human = sandbox.installhub("inspect").arg(&package).run().done();
    assert!(
        human.stdout.contains("Automations 1.0.0") && human.stdout.lines().count() > 207,
        "{human}"
    );
}

#[test]
fn the_package_is_drawn_in_every_format() {
    let sandbox = Sandbox::new();
    let package = packed(&sandbox, &inputs::workflows(), "1.0.0");
    let graph = |format: &str| {
        sandbox
            .installhub("graph")
            .arg(&package)
            .flag("--format", format)
            .run()
            .done()
            .stdout
    };
    let manifest = sandbox
        .installhub("inspect")
        .arg(&package)
        .json_format()
        .run()
        .done()
        .json();
    let ids: Vec<&str> = entries(&manifest)
        .iter()
        .filter_map(|entry| entry["id"].as_str())
        .collect();

    let svg = graph("svg");
    let drawing = roxmltree::Document::parse(&svg).expect("well-formed XML");
    assert_eq!(drawing.root_element().tag_name().name(), "svg");
    let json: Value = serde_json::from_str(&graph("json")).expect("JSON");
    let human = graph("human");
    let (dot, mermaid) = (graph("dot"), graph("mermaid"));
    assert!(
        dot.trim_start().starts_with("digraph") && dot.trim_end().ends_with('}'),
        "{dot}"
    );
    assert!(
        mermaid.contains("graph") || mermaid.contains("flowchart"),
        "{mermaid}"
    );
    let json_text = json.to_string();
    for id in ids {
        assert!(
            human.contains(id) && dot.contains(id) && json_text.contains(id),
            "{id} is not drawn"
        );
    }
    for called in entries(&manifest)
        .iter()
        .filter(|entry| entry["type"] == "ThreadDefinition")
    {
        let id = called["id"].as_str().expect("an id");
        let why = sandbox
            .installhub("graph")
            .arg(&package)
            .flag("--why", id)
            .run()
            .done();
        assert!(why.stdout.contains(id), "{why}");
    }
    sandbox
        .installhub("graph")
        .arg(&package)
        .flag("--why", "no-such-id")
        .run()
        .refused_with(&["no-such-id"]);
}

#[test]
fn calls_that_lead_nowhere_block_the_import_until_they_are_allowed() {
    let sandbox = Sandbox::new();
    let package = packed(&sandbox, &inputs::workflows(), "1.0.0");
    let blocked = import_command(&sandbox, &package).run().findings().json();
    assert_eq!(blocked["outcome"], "blocked");
    let blocks = blocked["plan"]["blocks"].as_array().expect("blocks");
    assert!(!blocks.is_empty(), "{blocked}");
    for block in blocks {
        assert_eq!(block["code"], "MissingDependency", "{block}");
        assert!(block["artifact"].is_string(), "{block}");
    }
    assert!(
        sandbox.store().artifacts().is_empty(),
        "nothing is imported"
    );
    assert!(sandbox.imports().is_empty(), "nothing is remembered");

    let answer = imported(&sandbox, &package);
    assert_eq!(
        (&answer["outcome"], &answer["summary"]["create"]),
        (&"imported".into(), &207.into())
    );
    assert_eq!(sandbox.store().artifacts().len(), 207);
    let id = answer["id"].as_str().expect("an id");
    let detail = sandbox
        .installhub("imports")
        .arg(id)
        .json_format()
        .run()
        .done()
        .json();
    assert_eq!(
        detail["installation"]["artifacts"]
            .as_array()
            .map_or(0, Vec::len),
        207
    );
    let open = detail["installation"]["openReferences"]
        .as_array()
        .expect("open references");
    assert_eq!(
        open.len(),
        blocks.len(),
        "what was let through is remembered: {open:?}"
    );
    let states: Vec<&Value> = detail["transitions"]
        .as_array()
        .expect("transitions")
        .iter()
        .map(|step| &step["to"])
        .collect();
    assert_eq!(
        states,
        [
            "Pending",
            "Validating",
            "Configuring",
            "Reviewing",
            "Importing",
            "Completed"
        ]
    );
}

#[test]
fn imported_workflows_keep_their_content_and_find_each_other() {
    let sandbox = Sandbox::new();
    let package = packed(&sandbox, &inputs::workflows(), "1.0.0");
    let answer = imported(&sandbox, &package);
    let ids: BTreeMap<&str, &str> = answer["plan"]["steps"]
        .as_array()
        .expect("steps")
        .iter()
        .map(|step| {
            (
                step["sourceId"].as_str().unwrap_or_default(),
                step["targetId"].as_str().unwrap_or_default(),
            )
        })
        .collect();
    let unpacked = sandbox.path("unpacked");
    sandbox
        .installhub("unpack")
        .arg(&package)
        .arg(&unpacked)
        .run()
        .done();
    let manifest = sandbox
        .installhub("inspect")
        .arg(&package)
        .json_format()
        .run()
        .done()
        .json();
    let stored: BTreeMap<String, Value> = sandbox
        .store()
        .artifacts()
        .into_iter()
        .map(|artifact| (artifact.id, artifact.content))
        .collect();
    for entry in entries(&manifest) {
        let file = unpacked.join(entry["file"].as_str().expect("a file"));
        let packed: Value =
            serde_json::from_slice(&fs::read(file).expect("an artifact")).expect("JSON");
        let id = packed["id"].as_str().expect("an id");
        let there = &stored[ids[id]];
        assert_eq!(
            there["nodes"].as_array().map_or(0, Vec::len),
            packed["nodes"].as_array().map_or(0, Vec::len)
        );
        assert_eq!(there["connections"], packed["connections"], "{id}");
        for (packed, there) in references(&packed).zip(references(there)) {
            let expected = ids.get(packed).copied().unwrap_or(packed);
            assert_eq!(there, expected, "a reference of {id}");
        }
    }
}

fn references(document: &Value) -> impl Iterator<Item = &str> {
    document["references"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|reference| reference["id"].as_str())
}
