//! Small documents that refer to each other, as a platform's artifacts do.

use std::fs;
use std::path::Path;

use anyhow::Context;
use serde_json::{Value, json};

use super::text::Writer;

/// The types in the order of who needs whom, with folder and id prefix.
const KINDS: &[(&str, &str, &str)] = &[
    ("EntitySchema", "entities", "ent"),
    ("RuleSet", "rules", "rule"),
    ("AtlasForm", "forms", "form"),
    ("ProcessDefinition", "workflows", "proc"),
];

/// Writes `count` documents of four types into `folder`.
pub(super) fn write_documents(folder: &Path, count: u64) -> anyhow::Result<()> {
    let of_each = count / u64::try_from(KINDS.len())?;
    let mut writer = Writer::new(0xD0C5);
    for (kind, part, prefix) in KINDS {
        let part = folder.join(part);
        fs::create_dir_all(&part)?;
        for number in 1..=of_each {
            let id = format!("{prefix}-{number:05}");
            let mut document = content(kind, of_each, &mut writer);
            document["_type"] = json!(kind);
            document["_version"] = json!("1.2.0");
            document["_schemaVersion"] = json!("1.0");
            document["name"] = json!(format!("{} {number}", writer.text(2)));
            document["description"] = json!(writer.text(20));
            document["id"] = json!(id);
            let path = part.join(format!("{id}.json"));
            fs::write(&path, serde_json::to_vec_pretty(&document)?)
                .with_context(|| format!("cannot write {}", path.display()))?;
        }
    }
    Ok(())
}

fn content(kind: &str, of_each: u64, writer: &mut Writer) -> Value {
    let parts = 5 + writer.random.skewed(40);
    match kind {
        "EntitySchema" => json!({"fields": list(parts, |_| entity_field(writer))}),
        "RuleSet" => json!({"rules": list(parts, |at| rule(at, of_each, writer))}),
        "AtlasForm" => json!({
            "fields": list(parts, |at| form_field(at, of_each, writer)),
            "validationRules": [{"ruleSetId": other("rule", of_each, writer)}],
        }),
        _ => json!({
            "nodes": list(parts, |at| node(at, of_each, writer)),
            "connections": list(parts - 1, |at| json!({"from": format!("n{at}"), "to": format!("n{}", at + 1)})),
        }),
    }
}

fn list(length: u64, make: impl FnMut(u64) -> Value) -> Vec<Value> {
    (0..length).map(make).collect()
}

fn other(prefix: &str, of_each: u64, writer: &mut Writer) -> String {
    format!("{prefix}-{:05}", writer.random.below(of_each) + 1)
}

fn entity_field(writer: &mut Writer) -> Value {
    let kinds = ["string", "integer", "decimal", "date", "boolean"];
    json!({
        "fieldName": writer.text(2).replace(' ', "_"),
        "type": writer.random.pick(&kinds),
        "required": writer.random.one_in(3),
        "description": writer.text(8),
    })
}

fn rule(at: u64, of_each: u64, writer: &mut Writer) -> Value {
    json!({
        "ruleId": format!("r{at}"),
        "entityId": other("ent", of_each, writer),
        "condition": format!("{} > 100", writer.word()),
        "message": writer.text(9),
    })
}

fn form_field(at: u64, of_each: u64, writer: &mut Writer) -> Value {
    json!({
        "fieldId": format!("f{at}"),
        "label": writer.text(3),
        "widget": "text",
        "dataSource": {"entityId": other("ent", of_each, writer), "path": writer.word()},
        "layout": {"row": at, "column": writer.random.below(12), "span": 4},
    })
}

fn node(at: u64, of_each: u64, writer: &mut Writer) -> Value {
    let config = match at % 3 {
        0 => json!({"formId": other("form", of_each, writer)}),
        1 => json!({"ruleSetId": other("rule", of_each, writer)}),
        _ => json!({"entityId": other("ent", of_each, writer), "mode": "update"}),
    };
    json!({
        "nodeId": format!("n{at}"),
        "title": writer.text(4),
        "config": config,
        "position": [writer.random.below(4000), writer.random.below(4000)],
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use installhub_artifact::{Artifact, parse, references};

    use super::*;

    #[test]
    fn documents_are_artifacts_and_their_references_lead_to_documents() {
        let folder = tempfile::tempdir().expect("a folder");
        write_documents(folder.path(), 80).expect("written");
        let mut ids = BTreeSet::new();
        let mut wanted = BTreeSet::new();
        for (_, part, _) in KINDS {
            for entry in fs::read_dir(folder.path().join(part)).expect("a folder") {
                let bytes = fs::read(entry.expect("an entry").path()).expect("a file");
                let artifact =
                    Artifact::from_json(parse(&bytes).expect("strict")).expect("complete");
                let found = references(artifact.artifact_type, &artifact.content);
                wanted.extend(found.into_iter().map(|reference| reference.id));
                ids.insert(artifact.id);
            }
        }
        assert_eq!(ids.len(), 80);
        assert!(wanted.len() > 20);
        assert!(wanted.is_subset(&ids));
    }
}
