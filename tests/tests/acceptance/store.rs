//! Packages of documents in the artifact store: versions, clashes and decisions, what other packages need.

use std::path::{Path, PathBuf};

use installhub_acceptance::{Command, Sandbox};
use serde_json::{Value, json};

use crate::fixtures::{edit_document, pack, small_folder, write_document};

fn import_command(sandbox: &Sandbox, package: &Path) -> Command {
    sandbox
        .installhub("import")
        .arg(package)
        .args(["--into", "store", "--yes"])
        .json_format()
}

#[track_caller]
fn merged(sandbox: &Sandbox, package: &Path) -> Value {
    import_command(sandbox, package)
        .flag("--strategy", "merge")
        .run()
        .done()
        .json()
}

fn block_codes(answer: &Value) -> Vec<&str> {
    answer["plan"]["blocks"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|block| block["code"].as_str())
        .collect()
}

/// A store in which somebody else has changed the limit of `Approval` since it was installed; gives the next version of the
/// package, which changes it to something else, and another field besides.
fn clash(sandbox: &Sandbox) -> PathBuf {
    let folder = small_folder(sandbox, "mine");
    merged(sandbox, &pack(sandbox, &folder, "Mine", "1.0.0"));
    let theirs = small_folder(sandbox, "theirs");
    edit_document(&theirs, "proc-1", |process| process["limit"] = 200.into());
    merged(sandbox, &pack(sandbox, &theirs, "Theirs", "1.0.0"));
    edit_document(&folder, "proc-1", |process| {
        process["limit"] = 300.into();
        process["nodes"][1]["name"] = "Finished".into();
    });
    pack(sandbox, &folder, "Mine", "1.1.0")
}

fn limit(sandbox: &Sandbox) -> Value {
    sandbox
        .store()
        .artifact("ProcessDefinition", "Approval")
        .content["limit"]
        .clone()
}

#[test]
fn references_follow_the_ids_of_the_store() {
    let sandbox = Sandbox::new();
    let package = pack(
        &sandbox,
        &small_folder(&sandbox, "folder"),
        "Small",
        "1.0.0",
    );
    merged(&sandbox, &package);
    let store = sandbox.store();
    let (process, form, entity) = (
        store.artifact("ProcessDefinition", "Approval"),
        store.artifact("AtlasForm", "Order form"),
        store.artifact("EntitySchema", "Order"),
    );
    assert_eq!(
        process.content["nodes"][0]["config"]["formId"],
        form.id.as_str()
    );
    assert_eq!(
        form.content["fields"][0]["dataSource"]["entityId"],
        entity.id.as_str()
    );
    assert_eq!(process.content["id"], process.id.as_str());
    assert_eq!(process.content["limit"], 100, "numbers stay numbers");
}

#[test]
fn one_name_and_type_is_one_artifact_whatever_its_case() {
    let sandbox = Sandbox::new();
    let folder = small_folder(&sandbox, "folder");
    merged(&sandbox, &pack(&sandbox, &folder, "First", "1.0.0"));
    let entity = sandbox.store().artifact("EntitySchema", "Order").id;
    // Another package, other ids, names in capitals.
    let other = json!({"_type": "EntitySchema", "id": "ent-9", "name": "ORDER", "fields": [], "remark": "more"});
    write_document(&sandbox, "other", &other);
    let package = pack(&sandbox, &sandbox.path("other"), "Second", "1.0.0");
    let answer = merged(&sandbox, &package);
    assert_eq!(
        (&answer["summary"]["merge"], &answer["summary"]["create"]),
        (&1.into(), &0.into())
    );
    let entities: Vec<_> = sandbox
        .store()
        .artifacts()
        .into_iter()
        .filter(|artifact| artifact.artifact_type == "EntitySchema")
        .collect();
    assert_eq!(entities.len(), 1);
    assert_eq!(entities[0].id, entity);
    assert_eq!(entities[0].content["remark"], "more");
    assert_eq!(
        entities[0].content["fields"].as_array().map_or(0, Vec::len),
        2,
        "absent fields stay"
    );
}

#[test]
fn both_sides_of_a_field_are_shown_and_nothing_is_guessed() {
    let sandbox = Sandbox::new();
    let package = clash(&sandbox);
    let before = sandbox.store().exact_artifacts();
    let answer = import_command(&sandbox, &package)
        .flag("--strategy", "merge")
        .run()
        .findings()
        .json();
    assert_eq!(answer["outcome"], "blocked");
    assert_eq!(block_codes(&answer), ["MergeClash"]);
    let steps = answer["plan"]["steps"].as_array().expect("steps");
    let clashes: Vec<&Value> = steps
        .iter()
        .flat_map(|step| step["clashes"].as_array().into_iter().flatten())
        .collect();
    assert_eq!(clashes.len(), 1, "only what both changed: {clashes:?}");
    let sides = ["base", "existing", "incoming"].map(|side| clashes[0][side].as_i64());
    assert_eq!(sides, [Some(100), Some(200), Some(300)]);
    assert_eq!(sandbox.store().exact_artifacts(), before);

    let human = sandbox.installhub("import").arg(&package).args([
        "--into",
        "store",
        "--strategy",
        "merge",
        "--yes",
    ]);
    let human = human.run().findings();
    for side in ["100", "200", "300", "limit"] {
        assert!(human.stdout.contains(side), "{side} is not shown:\n{human}");
    }
}

#[test]
fn a_fallback_decides_what_nobody_decided() {
    for (fallback, expected) in [("overwrite", 300), ("skip", 200)] {
        let sandbox = Sandbox::new();
        let package = clash(&sandbox);
        let command = import_command(&sandbox, &package)
            .flag("--strategy", "merge")
            .flag("--fallback", fallback);
        assert_eq!(command.run().done().json()["outcome"], "imported");
        assert_eq!(limit(&sandbox), expected, "{fallback}");
        let process = sandbox.store().artifact("ProcessDefinition", "Approval");
        assert_eq!(
            process.content["nodes"][1]["name"], "Finished",
            "what only one side changed comes in"
        );
    }
}

#[test]
fn a_file_of_decisions_decides_field_by_field() {
    for (decision, expected) in [
        ("existing".into(), 200),
        ("incoming".into(), 300),
        (json!({"value": 250}), 250),
    ] {
        let sandbox = Sandbox::new();
        let package = clash(&sandbox);
        let file = sandbox.path("decisions.json");
        let import = || import_command(&sandbox, &package).flag("--strategy", "merge");
        import()
            .arg("--plan")
            .flag("--write-decisions", &file)
            .run()
            .findings();
        let text = std::fs::read_to_string(&file).expect("a file of decisions");
        assert!(text.contains("/limit") && text.contains("300"), "{text}");
        // Open questions are no answers.
        let open = import().flag("--decisions", &file).run();
        assert_ne!(open.code, 0, "{open}");
        assert_eq!(limit(&sandbox), 200);

        let mut decisions: Value = serde_json::from_str(&text).expect("JSON");
        decide(&mut decisions, &decision);
        sandbox.write("decisions.json", decisions.to_string());
        let answer = import().flag("--decisions", &file).run().done().json();
        assert_eq!(limit(&sandbox), expected, "{answer}");
    }
}

/// Fills in the one open decision, whatever stands around it.
fn decide(decisions: &mut Value, decision: &Value) {
    let open = find(decisions, "/limit").expect("the open decision");
    *open = decision.clone();
}

fn find<'v>(value: &'v mut Value, path: &str) -> Option<&'v mut Value> {
    let members = value.as_object_mut()?;
    if members.contains_key(path) {
        return members.get_mut(path);
    }
    members.values_mut().find_map(|member| find(member, path))
}

#[test]
fn jumps_between_versions_need_a_word() {
    let sandbox = Sandbox::new();
    let folder = small_folder(&sandbox, "folder");
    merged(&sandbox, &pack(&sandbox, &folder, "Small", "1.2.0"));
    for (version, code, permit) in [
        ("2.0.0", "MajorVersionUpgrade", "--allow-major-upgrade"),
        ("1.9.0", "VersionDowngrade", "--allow-downgrade"),
    ] {
        edit_document(&folder, "proc-1", |process| {
            process["limit"] = version.into();
        });
        let package = pack(&sandbox, &folder, "Small", version);
        let import = || import_command(&sandbox, &package).flag("--strategy", "merge");
        assert_eq!(block_codes(&import().run().findings().json()), [code]);
        import().arg(permit).run().done();
        assert_eq!(limit(&sandbox), version);
    }
}

#[test]
fn packages_that_must_be_there_first_are_named() {
    let sandbox = Sandbox::new();
    let folder = small_folder(&sandbox, "folder");
    let base = pack(&sandbox, &folder, "Base", "1.5.0");
    write_document(
        &sandbox,
        "other",
        &json!({"_type": "EntitySchema", "id": "ent-2", "name": "Other", "fields": []}),
    );
    let needing = |range: &str| {
        let package = sandbox.path("needing.zip");
        let command = sandbox
            .installhub("pack")
            .arg(sandbox.path("other"))
            .flag("--output", &package);
        let command = command
            .flag("--name", "Needing")
            .flag("--version", "1.0.0")
            .flag("--type", "form-package");
        command.flag("--requires", range).run().done();
        package
    };
    let codes = |range: &str| {
        let answer = import_command(&sandbox, &needing(range))
            .arg("--plan")
            .run();
        block_codes(&answer.json())
            .into_iter()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(codes("Base@1.0.0"), ["MissingPackageDependency"]);
    merged(&sandbox, &base);
    assert_eq!(codes("Base@1.0.0"), Vec::<String>::new());
    assert_eq!(
        codes("Base@1.5.0..2.0.0"),
        Vec::<String>::new(),
        "the minimum is included"
    );
    assert_eq!(
        codes("Base@1.0.0..1.5.0"),
        ["IncompatiblePackageDependency"],
        "the maximum is not"
    );
    assert_eq!(codes("Base@1.6.0"), ["IncompatiblePackageDependency"]);
    merged(&sandbox, &needing("Base@1.0.0..2.0.0"));
}

#[test]
fn rolling_back_a_merge_brings_back_what_both_sides_had() {
    let sandbox = Sandbox::new();
    let package = clash(&sandbox);
    let before = sandbox.store().exact_artifacts();
    let command = import_command(&sandbox, &package).flag("--strategy", "overwrite");
    let answer = command.run().done().json();
    assert_eq!(limit(&sandbox), 300);
    sandbox.rollback(&answer);
    assert_eq!(sandbox.store().exact_artifacts(), before);
}

#[test]
fn an_id_may_be_shortened_as_long_as_it_is_clear() {
    let sandbox = Sandbox::new();
    let answer = merged(
        &sandbox,
        &pack(
            &sandbox,
            &small_folder(&sandbox, "folder"),
            "Small",
            "1.0.0",
        ),
    );
    let id = answer["id"].as_str().expect("an id");
    let shown = sandbox
        .installhub("imports")
        .arg(&id[..8])
        .json_format()
        .run()
        .done()
        .json();
    assert_eq!(shown["id"], id);
    let human = sandbox.installhub("imports").run().done();
    assert!(
        human.stdout.contains(id) && human.stdout.contains("Completed"),
        "{human}"
    );
    for unknown in [
        "ffffffff",
        "no-id",
        "",
        "018f3c9e-7a63-7c14-9d9b-4d1d3c3a9b10",
    ] {
        sandbox
            .installhub("imports")
            .arg(unknown)
            .run()
            .refused_with(&["no import"]);
        sandbox
            .installhub("rollback")
            .arg(unknown)
            .run()
            .refused_with(&["no import"]);
    }
}
