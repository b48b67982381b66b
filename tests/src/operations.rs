//! What a server says it can do: the operations of its OpenAPI documents.

use serde_json::Value;

use crate::http::{Ask, Client};

/// Where the documents are.
const DOCUMENTS: [&str; 3] = [
    "/api/v1/openapi.json",
    "/api/admin/v1/openapi.json",
    "/api/marketplace/v1/openapi.json",
];

/// One method of one path.
#[derive(Debug, Clone)]
pub struct Operation {
    /// The name, unique in its document.
    pub id: String,
    /// In capitals.
    pub method: String,
    /// With `{parameters}`.
    pub path: String,
    /// Who may call it.
    pub needs: Needs,
    /// The names of its parameters in the path.
    pub path_parameters: Vec<String>,
}

/// What the last sentence of a description says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Needs {
    /// "Public."
    Nothing,
    /// "Requires a sign-in."
    SignIn,
    /// "Requires `x`." or "Requires `x` or `y`."
    AnyOf(Vec<String>),
}

impl Needs {
    /// Reads the last sentence of a description.
    #[track_caller]
    fn of(description: &str) -> Self {
        if description.ends_with("Public.") {
            return Self::Nothing;
        }
        if description.ends_with("Requires a sign-in.") {
            return Self::SignIn;
        }
        let sentence = description.rsplit_once("Requires ").map(|(_, rest)| rest);
        let names = sentence.map(|rest| rest.split('`').skip(1).step_by(2));
        let names: Vec<_> = names.into_iter().flatten().map(str::to_owned).collect();
        assert!(!names.is_empty(), "it does not say who may: {description}");
        Self::AnyOf(names)
    }
}

/// All operations of all documents.
#[track_caller]
pub fn operations(client: &mut Client) -> Vec<Operation> {
    let mut found = Vec::new();
    for document in DOCUMENTS {
        let document = client.send(&Ask::new("GET", document)).expect(200).json();
        let paths = document["paths"].as_object().expect("paths");
        for (path, methods) in paths {
            for (method, operation) in methods.as_object().expect("methods") {
                found.push(of_document(path, method, operation));
            }
        }
    }
    assert!(found.len() > 50, "only {} operations", found.len());
    found
}

fn of_document(path: &str, method: &str, operation: &Value) -> Operation {
    let text = |name: &str| operation[name].as_str().unwrap_or_default();
    let names = path.split(['{', '}']).skip(1).step_by(2).map(str::to_owned);
    Operation {
        id: text("operationId").to_owned(),
        method: method.to_uppercase(),
        path: path.to_owned(),
        needs: Needs::of(text("description").trim_end()),
        path_parameters: names.collect(),
    }
}
