//! Reads a workflow, lists what it refers to, gives everything new ids and prints the canonical document.

use installhub_artifact::{Artifact, dependency_ids, parse, references, rewrite_references};

const WORKFLOW: &str = r#"{
  "_type": "ProcessDefinition", "_version": "1.2.0", "id": "proc-1", "name": "Onboarding",
  "nodes": [
    {"nodeId": "n1", "config": {"formId": "form-7", "timeout": 1.50}},
    {"nodeId": "n2", "config": {"threadId": "thread-3"}}
  ],
  "references": [{"type": "RuleSet", "id": "rule-2"}]
}"#;

#[expect(clippy::print_stdout, reason = "an example shows its result")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut artifact = Artifact::from_json(parse(WORKFLOW.as_bytes())?)?;

    let found = references(artifact.artifact_type, &artifact.content);
    for reference in &found {
        println!(
            "{:?} at {}: {}",
            reference.kind, reference.pointer, reference.id
        );
    }
    println!("depends on {:?}", dependency_ids(&artifact.id, &found));

    let fresh = |id: &str| Some(format!("{id}-copy"));
    let changed = rewrite_references(artifact.artifact_type, &mut artifact.content, &fresh);
    artifact.id = format!("{}-copy", artifact.id);
    println!("{changed} ids rewritten:");
    print!("{}", String::from_utf8(artifact.canonical_bytes())?);
    Ok(())
}
