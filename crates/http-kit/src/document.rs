//! The OpenAPI document as it is published: what the framework writes, completed by what it cannot know.

use serde_json::{Map, Value, json};

use crate::operation::{Operation, Requirement};

/// Completes the document of an API: who may call each operation, which errors it answers, which headers it takes.
///
/// Media types lose the `charset` that generators of clients stumble over, and servers are left out: paths are whole.
pub(crate) fn complete(written: &str, table: &[Operation]) -> Value {
    let mut document: Value = serde_json::from_str(written).unwrap_or_default();
    strip_charset(&mut document);
    describe_events(&mut document);
    collapse_references(&mut document);
    if let Some(document) = document.as_object_mut() {
        document.remove("servers");
    }
    for (_, methods) in document["paths"].as_object_mut().into_iter().flatten() {
        for (method, operation) in methods.as_object_mut().into_iter().flatten() {
            let id = operation["operationId"].as_str().unwrap_or_default();
            if let Some(entry) = table.iter().find(|entry| entry.id == id)
                && let Some(operation) = operation.as_object_mut()
            {
                describe(operation, *entry);
                spell_headers(operation);
                if entry.creates {
                    take_idempotency_key(operation);
                }
                if entry.edits {
                    demand_if_match(operation);
                }
                list_errors(operation, method, *entry);
            }
        }
    }
    document
}

fn describe(operation: &mut Map<String, Value>, entry: Operation) {
    let text = operation
        .get("description")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let sentence = entry.requirement.sentence();
    let whole = if text.is_empty() {
        sentence
    } else {
        format!("{text}\n\n{sentence}")
    };
    operation.insert("description".to_owned(), Value::String(whole));
}

/// The framework writes the names of headers in capitals; they are shown as everybody writes them.
fn spell_headers(operation: &mut Map<String, Value>) {
    for (_, response) in operation
        .get_mut("responses")
        .and_then(Value::as_object_mut)
        .into_iter()
        .flatten()
    {
        if let Some(headers) = response.get_mut("headers").and_then(Value::as_object_mut) {
            let spelled = std::mem::take(headers)
                .into_iter()
                .map(|(name, value)| (spelling(&name), value));
            headers.extend(spelled);
        }
    }
}

fn spelling(header: &str) -> String {
    if header.eq_ignore_ascii_case("etag") {
        return "ETag".to_owned();
    }
    let words = header.split('-').map(|word| {
        let (first, rest) = word.split_at(word.len().min(1));
        first.to_uppercase() + &rest.to_lowercase()
    });
    words.collect::<Vec<_>>().join("-")
}

fn take_idempotency_key(operation: &mut Map<String, Value>) {
    let parameters = operation.entry("parameters").or_insert_with(|| json!([]));
    if let Some(parameters) = parameters.as_array_mut() {
        parameters.push(json!({
            "name": "Idempotency-Key",
            "in": "header",
            "required": false,
            "description": "Makes repeating safe: the same key with the same request is answered as the first time, for 24 hours.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[!-~]+$"},
        }));
    }
}

/// The framework reads `If-Match` as optional, so that a missing one is answered with 428 rather than 400.
fn demand_if_match(operation: &mut Map<String, Value>) {
    let parameters = operation
        .get_mut("parameters")
        .and_then(Value::as_array_mut);
    for parameter in parameters
        .into_iter()
        .flatten()
        .filter(|one| one["name"] == "If-Match")
    {
        parameter["required"] = json!(true);
    }
}

fn list_errors(operation: &mut Map<String, Value>, method: &str, entry: Operation) {
    let with_body = operation.contains_key("requestBody");
    let parameters = operation
        .get("parameters")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let has = |place: &str, name: &str| {
        parameters
            .iter()
            .any(|one| one["in"] == place && (name.is_empty() || one["name"] == name))
    };
    let changes = !matches!(method, "get" | "head");
    let closed = entry.requirement != Requirement::Public;
    let edits = has("header", "If-Match");
    let is_one_of = |ids: &[&str]| {
        ids.iter()
            .any(|id| operation.get("operationId") == Some(&json!(id)))
    };
    let listed = [
        (400, "The request cannot be read.", true),
        (
            401,
            "No valid credential.",
            closed || is_one_of(&["signIn", "finishOidc"]),
        ),
        (
            403,
            "The permission, or the CSRF token of a session, is missing.",
            closed || is_one_of(&["finishOidc"]),
        ),
        (
            404,
            "There is no such resource for this caller.",
            // Bodies and some parameters name resources too.
            has("path", "")
                || with_body
                || has("query", "tenantId")
                || is_one_of(&["startOidc", "finishOidc"]),
        ),
        (408, "The body came too slowly.", with_body),
        (
            409,
            "The state of the resource, or a request in progress, does not allow it.",
            changes,
        ),
        (412, "`If-Match` is stale.", edits),
        (413, "The body is too large.", with_body),
        (415, "The media type of the body is not taken.", with_body),
        (422, "The input is refused; `errors` says why.", changes),
        (428, "`If-Match` is missing.", entry.edits),
        (429, "Too many requests.", true),
        (500, "A fault of the service.", true),
        (503, "The service cannot reach what it needs.", true),
        (504, "The service took too long.", true),
    ];
    let Some(responses) = operation
        .get_mut("responses")
        .and_then(Value::as_object_mut)
    else {
        return;
    };
    // Handlers that cannot fail are still behind the edge, which can.
    let mut error = responses.remove("default").unwrap_or_else(|| {
        json!({"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}})
    });
    if let Some(error) = error.as_object_mut() {
        // The framework lists the headers of an answer with every status.
        error.remove("headers");
    }
    for (status, description, _) in listed.into_iter().filter(|(.., listed)| *listed) {
        let mut response = error.clone();
        response["description"] = json!(description);
        if matches!(status, 429 | 503) {
            response["headers"] = json!({"Retry-After": {
                "description": "Seconds to wait.", "required": true, "schema": {"type": "integer", "minimum": 1},
            }});
        }
        responses.entry(status.to_string()).or_insert(response);
    }
}

/// The framework writes a stream of events as a list of what is in them; an event is an object of its own.
fn describe_events(value: &mut Value) {
    match value {
        Value::Object(members) => {
            if let Some(schema) = members
                .get_mut("text/event-stream")
                .and_then(|stream| stream.get_mut("schema"))
            {
                let of = schema["items"]["$ref"].as_str().unwrap_or_default();
                let of = of.rsplit('/').next().unwrap_or_default();
                *schema = json!({
                    "type": "object",
                    "required": ["data"],
                    "properties": {
                        "id": {"type": "string", "description": "What to send as `Last-Event-ID` when coming again."},
                        "event": {"type": "string", "description": "The sort of event."},
                        "data": {"type": "string", "description": format!("A `{of}` as JSON.")},
                    },
                });
            }
            members.values_mut().for_each(describe_events);
        }
        Value::Array(items) => items.iter_mut().for_each(describe_events),
        _ => {}
    }
}

fn strip_charset(value: &mut Value) {
    match value {
        Value::Object(members) => {
            if let Some(json) = members.remove("application/json; charset=utf-8") {
                members.insert("application/json".to_owned(), json);
            }
            members.values_mut().for_each(strip_charset);
        }
        Value::Array(items) => items.iter_mut().for_each(strip_charset),
        _ => {}
    }
}

/// A member with a description of its own is written as everything of a reference and of a description. Generators of clients
/// make a type of that, with a name that is taken, or refuse it; so the reference alone stays.
fn collapse_references(value: &mut Value) {
    match value {
        Value::Object(members) => {
            if let Some([reference, rest]) = members
                .get("allOf")
                .and_then(Value::as_array)
                .map(Vec::as_slice)
                && let Some(target) = reference.get("$ref").cloned()
                && rest
                    .as_object()
                    .is_some_and(|rest| rest.keys().all(|key| key == "description"))
            {
                *members = Map::from_iter([("$ref".to_owned(), target)]);
            }
            members.values_mut().for_each(collapse_references);
        }
        Value::Array(items) => items.iter_mut().for_each(collapse_references),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_with_a_description_is_a_reference() {
        let mut described = json!({"progress": {
            "allOf": [{"$ref": "#/p"}, {"description": "How far."}], "description": "How far.",
        }});
        collapse_references(&mut described);
        assert_eq!(described, json!({"progress": {"$ref": "#/p"}}));
        let whole = json!({"allOf": [{"$ref": "#/p"}, {"type": "object"}]});
        let mut same = whole.clone();
        collapse_references(&mut same);
        assert_eq!(same, whole);
    }

    #[test]
    fn an_operation_is_completed() {
        let written = r#"{"servers":[],"paths":{"/a/{id}":{"put":{"operationId":"put","description":"Changes it.",
            "parameters":[{"in":"path","name":"id"},{"in":"header","name":"If-Match"}],
            "requestBody":{"content":{"application/json; charset=utf-8":{}}},
            "responses":{"200":{"headers":{"ETAG":{}}},"default":{"description":"x"}}}}}}"#;
        let document = complete(written, &[Operation::signed_in("put").creating().editing()]);
        let put = &document["paths"]["/a/{id}"]["put"];
        assert_eq!(put["description"], "Changes it.\n\nRequires a sign-in.");
        assert!(put["requestBody"]["content"]["application/json"].is_object());
        assert!(put["responses"]["200"]["headers"]["ETag"].is_object());
        assert_eq!(put["parameters"][2]["name"], "Idempotency-Key");
        let statuses: Vec<&String> = put["responses"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(status, _)| status)
            .collect();
        assert_eq!(
            statuses,
            [
                "200", "400", "401", "403", "404", "408", "409", "412", "413", "415", "422", "428",
                "429", "500", "503", "504"
            ]
        );
        assert!(document.get("servers").is_none());
    }
}
