//! Which other workflows a workflow calls.

use installhub_artifact::{Json, parse};

/// A place in a workflow that names a workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Call {
    /// The node, or the setting.
    pub(crate) place: String,
    pub(crate) target: Target,
    /// The name the target had when the workflow was exported.
    pub(crate) known_as: Option<String>,
}

/// What a call names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Target {
    /// The workflow with this id.
    Id(String),
    /// The workflow with this name.
    Name(String),
    /// The calling workflow.
    Itself,
    /// What an expression gives when it runs.
    Expression(String),
    /// A file or an address outside n8n.
    Elsewhere(String),
}

/// How deep workflows can be embedded in workflows; nobody goes further by hand.
const MAX_EMBEDDED: usize = 8;

/// Every call in the workflow, in the order of its nodes, the error workflow last.
///
/// Whatever has a parameter `workflowId` counts, whatever its type: nodes that execute workflows, offer them as tools or manage
/// them, and what other tools leave of such nodes.
pub(crate) fn calls(workflow: &Json) -> Vec<Call> {
    let mut found = Vec::new();
    nodes(workflow, 0, &mut found);
    let setting = workflow.pointer("/settings/errorWorkflow");
    // The editor writes DEFAULT for "no workflow of its own".
    let setting = setting.filter(|value| value.as_str() != Some("DEFAULT"));
    found.extend(setting.and_then(|value| call("the error workflow of the settings", value)));
    found
}

fn nodes(workflow: &Json, embedded: usize, found: &mut Vec<Call>) {
    let nodes = workflow.get("nodes").and_then(Json::as_array);
    for (at, node) in nodes.into_iter().flatten().enumerate() {
        let Some(parameters) = node.get("parameters") else {
            continue;
        };
        let own_name = node.get("name").and_then(Json::as_str);
        let place = own_name.map_or_else(|| format!("node {at}"), |name| format!("node '{name}'"));
        let from = parameters.get("source").and_then(Json::as_str);
        let outside = |member: &str| {
            let target = parameters.get(member)?.as_str()?;
            Some(Call {
                place: place.clone(),
                target: Target::Elsewhere(target.to_owned()),
                known_as: None,
            })
        };
        match (from, parameters.get("workflowJson")) {
            (Some("parameter"), Some(inner)) => inside(inner, embedded, found),
            (Some("localFile"), _) => found.extend(outside("workflowPath")),
            (Some("url"), _) => found.extend(outside("workflowUrl")),
            _ => {
                let named = parameters.get("workflowId");
                let call = named.and_then(|value| call(&place, value));
                // An embedded workflow that calls itself needs nothing.
                found.extend(call.filter(|call| embedded == 0 || call.target != Target::Itself));
            }
        }
    }
}

/// Looks into a workflow that a node carries along.
fn inside(embedded_workflow: &Json, depth: usize, found: &mut Vec<Call>) {
    if depth == MAX_EMBEDDED {
        return;
    }
    match embedded_workflow {
        Json::String(text) => {
            if let Ok(workflow) = parse(text.as_bytes()) {
                nodes(&workflow, depth + 1, found);
            }
        }
        workflow => nodes(workflow, depth + 1, found),
    }
}

fn call(place: &str, value: &Json) -> Option<Call> {
    let known_as = value.get("cachedResultName").and_then(Json::as_str);
    let known_as = known_as.filter(|name| !name.starts_with('='));
    Some(Call {
        place: place.to_owned(),
        target: target(value)?,
        known_as: known_as.map(str::to_owned),
    })
}

fn target(value: &Json) -> Option<Target> {
    match value {
        Json::Number(number) => Some(Target::Id(number.as_str().to_owned())),
        Json::String(text) => from_text(text, Target::Id),
        // A resource locator: {"__rl": true, "mode": …, "value": …}.
        Json::Object(_) => {
            let named = value.get("value")?;
            match (value.get("mode").and_then(Json::as_str), named) {
                (Some("name"), Json::String(text)) => from_text(text, Target::Name),
                (Some("url"), Json::String(text)) => from_text(text, from_address),
                (_, Json::Object(_)) => None,
                _ => target(named),
            }
        }
        _ => None,
    }
}

fn from_text(text: &str, plain: impl Fn(String) -> Target) -> Option<Target> {
    let text = text.trim();
    let Some(expression) = text.strip_prefix('=') else {
        return (!text.is_empty()).then(|| plain(text.to_owned()));
    };
    let expression = expression.trim();
    if !expression.contains("{{") {
        return (!expression.is_empty()).then(|| plain(expression.to_owned()));
    }
    let code = expression
        .strip_prefix("{{")
        .and_then(|rest| rest.strip_suffix("}}"))
        .map(str::trim);
    Some(match code {
        Some("$workflow.id" | "$workflow['id']" | "$workflow[\"id\"]") => Target::Itself,
        Some(code) => match literal(code) {
            Some(id) => plain(id.to_owned()),
            None => Target::Expression(text.to_owned()),
        },
        None => Target::Expression(text.to_owned()),
    })
}

/// What an expression says that is nothing but a number or a quoted text.
fn literal(code: &str) -> Option<&str> {
    let is_id = |text: &&str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    };
    if code.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(code).filter(is_id);
    }
    ['\'', '"', '`'].into_iter().find_map(|quote| {
        let inner = code.strip_prefix(quote)?.strip_suffix(quote)?;
        Some(inner).filter(is_id)
    })
}

/// The workflow an address of the editor shows.
fn from_address(address: String) -> Target {
    let id = address.split_once("/workflow/").map(|(_, rest)| {
        let is_id = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        rest.split(|c| !is_id(c))
            .next()
            .unwrap_or_default()
            .to_owned()
    });
    match id {
        Some(id) if !id.is_empty() => Target::Id(id),
        _ => Target::Elsewhere(address),
    }
}

#[cfg(test)]
#[path = "calls_tests.rs"]
mod tests;
