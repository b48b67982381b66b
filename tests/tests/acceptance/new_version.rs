//! A new version of the workflows over the old one: merged field by field, told apart, and taken back.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use installhub_acceptance::{Sandbox, inputs};
use serde_json::Value;

use crate::workflows::{import_command, imported, packed};

#[test]
fn the_same_import_again_changes_nothing() {
    let sandbox = Sandbox::new();
    let package = packed(&sandbox, &inputs::workflows(), "1.0.0");
    imported(&sandbox, &package);
    let before = sandbox.store().exact_artifacts();
    let again = imported(&sandbox, &package);
    assert_eq!(
        (&again["outcome"], &again["summary"]["noChange"]),
        (&"unchanged".into(), &207.into())
    );
    assert_eq!(sandbox.store().exact_artifacts(), before);
    assert_eq!(sandbox.imports().len(), 1);
}

const CHANGE: &str = "changed in version 1.1.0";

/// A copy of the workflows in which every so many of those that `may_change` have moved on; gives their names.
fn changed_workflows(
    sandbox: &Sandbox,
    every: usize,
    may_change: impl Fn(&Value) -> bool,
) -> (PathBuf, BTreeSet<String>) {
    let mut changed = BTreeSet::new();
    let mut candidates = 0;
    for file in inputs::workflow_files() {
        let name = format!(
            "changed/{}",
            file.file_name().expect("a name").to_string_lossy()
        );
        let workflow = read(&file);
        let is_candidate = may_change(&workflow);
        candidates += usize::from(is_candidate);
        if is_candidate && (candidates - 1) % every == 0 {
            let mut workflow = workflow;
            workflow["nodes"][0]["notes"] = CHANGE.into();
            changed.insert(workflow["name"].as_str().expect("a name").to_owned());
            sandbox.write(&name, serde_json::to_vec(&workflow).expect("JSON"));
        } else {
            // Byte for byte: numbers could come out in other words.
            sandbox.copy(&file, &name);
        }
    }
    assert!(!changed.is_empty(), "something has moved on");
    (sandbox.path("changed"), changed)
}

fn read(file: &Path) -> Value {
    serde_json::from_slice(&fs::read(file).expect("a workflow")).expect("JSON")
}

/// How many of the workflows have each name, and how many each id.
fn counted(member: &str) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for workflow in inputs::workflow_files().iter().map(|file| read(file)) {
        if let Some(text) = workflow[member].as_str() {
            *counts.entry(text.to_lowercase()).or_default() += 1;
        }
    }
    counts
}

#[test]
fn a_new_version_merges_field_by_field_and_goes_back() {
    let sandbox = Sandbox::new();
    imported(&sandbox, &packed(&sandbox, &inputs::workflows(), "1.0.0"));
    let before = sandbox.store().exact_artifacts();
    // What is known by its name alone has to have it for itself, and workflows that share an id would move in pairs.
    let (names, ids) = (counted("name"), counted("id"));
    let alone = |counts: &BTreeMap<String, usize>, member: &Value| {
        member
            .as_str()
            .is_none_or(|text| counts[&text.to_lowercase()] == 1)
    };
    let (folder, changed) = changed_workflows(&sandbox, 10, |workflow| {
        alone(&names, &workflow["name"]) && alone(&ids, &workflow["id"])
    });
    let package = packed(&sandbox, &folder, "1.1.0");

    let command = import_command(&sandbox, &package)
        .args(["--allow-missing", "--plan"])
        .flag("--strategy", "merge");
    let plan = command.run().done().json();
    assert_eq!(plan["plan"]["installedVersion"], "1.0.0");
    let steps = plan["plan"]["steps"].as_array().expect("steps");
    let touched: BTreeSet<String> = steps
        .iter()
        .filter(|step| step["action"] != "NoChange")
        .map(|step| {
            assert_eq!(step["action"], "Merge", "{step}");
            assert!(step["changes"].to_string().contains(CHANGE), "{step}");
            step["name"].as_str().unwrap_or_default().to_owned()
        })
        .collect();
    assert_eq!(touched, changed);
    assert_eq!(
        sandbox.store().exact_artifacts(),
        before,
        "a plan changes nothing"
    );

    let answer = imported(&sandbox, &package);
    assert_eq!(answer["summary"]["merge"], changed.len());
    assert_eq!(answer["summary"]["create"], 0);
    let moved: BTreeSet<String> = sandbox
        .store()
        .artifacts()
        .into_iter()
        .filter(|artifact| artifact.content["nodes"][0]["notes"] == CHANGE)
        .map(|artifact| artifact.name)
        .collect();
    assert_eq!(moved, changed);
    assert_eq!(sandbox.store().artifacts().len(), 207);

    sandbox.rollback(&answer);
    assert_eq!(
        sandbox.store().exact_artifacts(),
        before,
        "the state before"
    );
    let states: Vec<Value> = sandbox
        .imports()
        .iter()
        .map(|import| import["state"].clone())
        .collect();
    assert_eq!(states, ["RolledBack", "Completed"]);
    // Version 1.0.0 is what is installed again: what was undone can be done again.
    assert_eq!(
        imported(&sandbox, &package)["plan"]["installedVersion"],
        "1.0.0"
    );
}

#[test]
fn rolling_back_the_first_import_empties_the_store() {
    let sandbox = Sandbox::new();
    let package = packed(&sandbox, &inputs::workflows(), "1.0.0");
    let answer = imported(&sandbox, &package);
    sandbox.rollback(&answer);
    assert!(sandbox.store().artifacts().is_empty());
    assert_eq!(imported(&sandbox, &package)["summary"]["create"], 207);
}

#[test]
fn a_changed_workflow_that_could_be_any_of_several_is_not_guessed() {
    let sandbox = Sandbox::new();
    imported(&sandbox, &packed(&sandbox, &inputs::workflows(), "1.0.0"));
    let before = sandbox.store().exact_artifacts();
    let names = counted("name");
    let (folder, _) = changed_workflows(&sandbox, usize::MAX, |workflow| {
        let name = workflow["name"].as_str().unwrap_or_default().to_lowercase();
        workflow.get("id").is_none() && names[&name] > 1
    });
    let command = import_command(&sandbox, &packed(&sandbox, &folder, "1.1.0"))
        .arg("--allow-missing")
        .flag("--strategy", "merge");
    let answer = command.run().findings().json();
    let blocks = answer["plan"]["blocks"].as_array().expect("blocks");
    assert_eq!(
        (blocks.len(), &blocks[0]["code"]),
        (1, &"AmbiguousMatch".into()),
        "{blocks:?}"
    );
    assert_eq!(sandbox.store().exact_artifacts(), before);
}
