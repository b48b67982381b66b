//! Draws a small made-up application: `cargo run -p installhub-dependency-graph --example draw [svg|dot|mermaid|json]`.
#![expect(clippy::print_stdout, reason = "an example talks to whoever runs it")]

use installhub_dependency_graph::{GraphBuilder, Node};

/// Id, type, rank, name.
const NODES: &[(&str, &str, u8, &str)] = &[
    ("lib-countries", "FieldLibrary", 1, "Countries & regions"),
    ("lib-person", "FieldLibrary", 1, "Person fields"),
    ("ent-customer", "EntitySchema", 2, "Customer"),
    ("ent-loan", "EntitySchema", 2, "Loan"),
    ("rules-risk", "RuleSet", 3, "Risk scoring"),
    ("rules-limits", "RuleSet", 3, "Limits"),
    (
        "form-apply",
        "AtlasForm",
        4,
        "Application for a loan, with an unusually long name",
    ),
    ("form-review", "AtlasForm", 4, "Review"),
    ("form-contract", "AtlasForm", 4, "Contract"),
    ("proc-loan", "ProcessDefinition", 5, "Loan approval"),
    ("proc-archive", "ProcessDefinition", 5, "Archive <& forget>"),
    ("agent-advisor", "AgentDefinition", 6, "Advisor"),
    ("app-lending", "AppDefinition", 7, "Lending"),
];

/// Dependant, dependency, place.
const EDGES: &[(&str, &str, &str)] = &[
    ("ent-customer", "lib-person", "/fieldLibraryId"),
    ("ent-customer", "lib-countries", "/fields/4/fieldLibraryId"),
    ("ent-loan", "ent-customer", "/fields/0/entityId"),
    ("rules-risk", "ent-loan", "/entityId"),
    ("rules-risk", "rules-limits", "/rules/0/ruleSetId"),
    ("rules-limits", "rules-risk", "/rules/3/ruleSetId"),
    ("form-apply", "ent-loan", "/entityId"),
    ("form-apply", "lib-countries", "/fields/2/fieldLibraryId"),
    ("form-review", "ent-loan", "/entityId"),
    ("form-contract", "ent-loan", "/entityId"),
    (
        "form-contract",
        "lib-signatures",
        "/fields/9/fieldLibraryId",
    ),
    ("proc-loan", "form-apply", "/nodes/1/formId"),
    ("proc-loan", "form-review", "/nodes/2/formId"),
    ("proc-loan", "form-contract", "/nodes/4/formId"),
    ("proc-loan", "rules-risk", "/nodes/3/ruleSetId"),
    ("proc-archive", "ent-loan", "/nodes/0/entityId"),
    ("proc-archive", "proc-archive", "/nodes/7/processId"),
    ("agent-advisor", "rules-risk", "/tools/0/ruleSetId"),
    ("app-lending", "proc-loan", "/processes/0"),
    ("app-lending", "proc-archive", "/processes/1"),
    ("app-lending", "agent-advisor", "/agents/0"),
    ("app-lending", "form-apply", "/pages/0/formId"),
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut builder = GraphBuilder::new();
    for &(id, kind, rank, name) in NODES {
        builder.add_node(Node {
            id: id.into(),
            kind: kind.into(),
            rank,
            name: name.into(),
        })?;
    }
    for &(dependant, dependency, via) in EDGES {
        builder.add_edge(dependant, dependency, via);
    }
    builder.add_root("app-lending");
    let graph = builder.build();
    let drawing = match std::env::args().nth(1).as_deref() {
        None | Some("svg") => graph.to_svg("Lending 1.0.0"),
        Some("dot") => graph.to_dot(),
        Some("mermaid") => graph.to_mermaid(),
        Some("json") => graph.to_json(),
        Some(other) => return Err(format!("'{other}' is none of svg, dot, mermaid, json").into()),
    };
    println!("{}", drawing.trim_end());
    Ok(())
}
