//! Workflows as a real tool writes them: two hundred documents in a shape the catalogue does not know.

use std::fs;
use std::path::Path;

use installhub_artifact::{ArtifactType, Json, Object, TypeSpec, parse};
use installhub_conflict_merge::{FieldDecisions, Merge, Summary, diff, merge};

use crate::applying::apply;

const FOLDER: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../../shared/data/n8n-workflows"
);

fn workflows() -> Vec<(String, Json)> {
    let folder = Path::new(FOLDER);
    let mut paths: Vec<_> = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("the real workflows are missing at {FOLDER}: {error}"))
        .map(|entry| entry.expect("the folder can be listed").path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .collect();
    paths.sort();
    assert!(
        paths.len() > 100,
        "found {} workflows at {FOLDER}, expected more than 100",
        paths.len()
    );
    let read = |path: &Path| {
        let bytes = fs::read(path).expect("a workflow can be read");
        (
            path.display().to_string(),
            parse(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display())),
        )
    };
    paths.iter().map(|path| read(path)).collect()
}

fn spec() -> &'static TypeSpec {
    ArtifactType::ProcessDefinition.spec()
}

fn nodes(document: &mut Json) -> &mut Vec<Json> {
    document
        .get_mut("nodes")
        .and_then(Json::as_array_mut)
        .expect("a workflow has nodes")
}

fn set(value: &mut Json, name: &str, to: Json) {
    value
        .as_object_mut()
        .expect("an object")
        .insert(name.to_owned(), to);
}

/// What somebody did at the target: renamed the workflow, switched off its first node, removed its last.
fn edited_at_the_target(base: &Json) -> Json {
    let mut edited = base.clone();
    set(&mut edited, "name", "renamed at the target".into());
    let nodes = nodes(&mut edited);
    nodes.pop();
    if let Some(first) = nodes.first_mut() {
        set(first, "disabled", true.into());
    }
    edited
}

/// What the next version of the package brings: a note on the first node, and a new node in front.
fn next_version(base: &Json) -> Json {
    let mut edited = base.clone();
    let nodes = nodes(&mut edited);
    set(&mut nodes[0], "notes", "from the package".into());
    let node: Object = [("id", "new-node"), ("name", "New node"), ("type", "note")]
        .into_iter()
        .collect();
    nodes.insert(0, node.into());
    let connections = edited
        .get_mut("connections")
        .expect("a workflow has connections");
    set(connections, "New node", Object::new().into());
    edited
}

#[test]
fn edits_on_both_sides_come_together() {
    for (name, base) in workflows() {
        let (existing, incoming) = (edited_at_the_target(&base), next_version(&base));
        let merge = merge(
            spec(),
            Some(&base),
            &existing,
            &incoming,
            &FieldDecisions::none(),
        );
        let Merge::Clean(merged) = merge else {
            panic!("{name}: {:?}", merge.clashes())
        };
        // The same edits one after the other.
        let mut expected = edited_at_the_target(&base);
        assert!(
            !nodes(&mut expected).is_empty(),
            "{name} has a single node, which both sides edit"
        );
        let expected = next_version(&expected);
        assert_eq!(merged, expected, "{name}");
    }
}

#[test]
fn changes_are_few_and_tell_everything() {
    for (name, base) in workflows() {
        let new = next_version(&base);
        let changes = diff(spec(), &base, &new);
        assert_eq!(apply(&base, &changes), new, "{name}");
        assert_eq!(diff(spec(), &base, &base), vec![], "{name}");
        let note = if base
            .get("nodes")
            .and_then(|nodes| nodes.as_array()?.first()?.get("notes"))
            .is_some()
        {
            Summary {
                added: 2,
                changed: 1,
                ..Summary::default()
            }
        } else {
            Summary {
                added: 3,
                ..Summary::default()
            }
        };
        assert_eq!(Summary::of(&changes), note, "{name}");
    }
}

/// Any two workflows: nothing in common but the tool. Without a base they join, and joining again changes nothing.
#[test]
fn strangers_join_once_and_for_all() {
    let all = workflows();
    for pair in all.windows(2) {
        let [(name, existing), (_, incoming)] = pair else {
            continue;
        };
        let joined = merge(spec(), None, existing, incoming, &FieldDecisions::none());
        let again = joined
            .clone()
            .clean()
            .map(|joined| merge(spec(), None, &joined, incoming, &FieldDecisions::none()));
        assert_eq!(again.as_ref(), Some(&joined), "{name}");
    }
}
