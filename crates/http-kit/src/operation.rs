//! What each operation needs and takes: one table per API, from which the document is completed, by which requests are
//! admitted, and with which tests compare the behaviour.

use std::collections::HashMap;

use installhub_access::{Permission, Principal};
use poem::http::Method;
use serde_json::Value;

/// Who may call an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requirement {
    /// Everybody.
    Public,
    /// Whoever has signed in, or sends a token.
    SignIn,
    /// Who has this permission.
    Permission(Permission),
    /// Who has one of these permissions: one for the own tenant, say, and one for all.
    AnyOf(&'static [Permission]),
}

impl Requirement {
    /// The last sentence of the operation's description in the document.
    pub fn sentence(self) -> String {
        match self {
            Self::Public => "Public.".to_owned(),
            Self::SignIn => "Requires a sign-in.".to_owned(),
            Self::Permission(permission) => format!("Requires `{}`.", permission.as_str()),
            Self::AnyOf(permissions) => {
                let names = permissions.iter().map(|one| format!("`{}`", one.as_str()));
                format!("Requires {}.", names.collect::<Vec<_>>().join(" or "))
            }
        }
    }

    /// The permission that `caller` lacks, if there is one.
    pub(crate) fn lacking(self, caller: &Principal) -> Option<Permission> {
        match self {
            Self::Permission(permission) if !caller.has(permission) => Some(permission),
            Self::AnyOf(permissions) if !permissions.iter().any(|one| caller.has(*one)) => {
                permissions.first().copied()
            }
            _ => None,
        }
    }
}

/// How an operation reads its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyRule {
    /// All at once: limited to the service's limit for JSON, and to its request timeout.
    Whole,
    /// In pieces as they come: limited to the service's limit for packages, without a timeout for the whole.
    Streamed,
}

/// What the table says about one operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    /// The `operationId` of the document.
    pub id: &'static str,
    /// Who may call it.
    pub requirement: Requirement,
    /// How it reads its body.
    pub body: BodyRule,
    /// Whether it takes an `Idempotency-Key`.
    pub creates: bool,
    /// Whether it demands `If-Match`.
    pub edits: bool,
    /// A field of its answer that is shown once and never kept, not even for a replay.
    pub shown_once: Option<&'static str>,
}

impl Operation {
    const fn of(id: &'static str, requirement: Requirement) -> Self {
        Self {
            id,
            requirement,
            body: BodyRule::Whole,
            creates: false,
            edits: false,
            shown_once: None,
        }
    }

    /// An operation for everybody.
    pub const fn public(id: &'static str) -> Self {
        Self::of(id, Requirement::Public)
    }

    /// An operation for whoever has signed in.
    pub const fn signed_in(id: &'static str) -> Self {
        Self::of(id, Requirement::SignIn)
    }

    /// An operation for who has `permission`.
    pub const fn needs(id: &'static str, permission: Permission) -> Self {
        Self::of(id, Requirement::Permission(permission))
    }

    /// An operation for who has one of `permissions`.
    pub const fn needs_any(id: &'static str, permissions: &'static [Permission]) -> Self {
        Self::of(id, Requirement::AnyOf(permissions))
    }

    /// It creates something: a repeated request with the same `Idempotency-Key` is answered from memory.
    #[must_use]
    pub const fn creating(self) -> Self {
        Self {
            creates: true,
            ..self
        }
    }

    /// It changes something that the caller has read: `If-Match` says which revision.
    #[must_use]
    pub const fn editing(self) -> Self {
        Self {
            edits: true,
            ..self
        }
    }

    /// It reads its body in pieces.
    #[must_use]
    pub const fn streaming(self) -> Self {
        Self {
            body: BodyRule::Streamed,
            ..self
        }
    }

    /// Its answer holds a secret in this field.
    #[must_use]
    pub const fn showing_once(self, field: &'static str) -> Self {
        Self {
            shown_once: Some(field),
            ..self
        }
    }
}

/// Why a document and a table of operations do not fit together: a defect, found when the service starts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OperationError {
    /// The document has an operation that the table lacks.
    #[error("the operation {0} stands in the document and not in the table of operations")]
    NotInTable(String),
    /// The table has an operation that the document lacks.
    #[error("the operation {0} stands in the table of operations and not in the document")]
    NotInDocument(&'static str),
    /// A path of the document has a method without an `operationId`.
    #[error("{0} has no operation id")]
    WithoutId(String),
}

/// Finds the operation that a request asks for, before it is routed.
#[derive(Debug, Default)]
pub(crate) struct Operations {
    by_length: HashMap<usize, Vec<Path>>,
}

#[derive(Debug)]
struct Path {
    segments: Vec<Option<String>>,
    methods: Vec<(Method, Operation)>,
}

impl Path {
    fn takes(&self, segments: &[&str]) -> bool {
        self.segments
            .iter()
            .zip(segments)
            .all(|(own, asked)| own.as_deref().is_none_or(|own| own == *asked))
    }

    fn literals(&self) -> usize {
        self.segments.iter().flatten().count()
    }
}

impl Operations {
    /// Adds the operations of a document, whose paths begin with their prefix.
    pub(crate) fn add(
        &mut self,
        document: &Value,
        table: &[Operation],
    ) -> Result<(), OperationError> {
        let mut missing: Vec<&'static str> = table.iter().map(|operation| operation.id).collect();
        for (path, methods) in members(document.get("paths")) {
            let mut own = Path {
                segments: segments(path).map(literal).collect(),
                methods: Vec::new(),
            };
            for (method, description) in members(Some(methods)) {
                let method_name = method.to_uppercase();
                let id = description["operationId"]
                    .as_str()
                    .ok_or_else(|| OperationError::WithoutId(format!("{method_name} {path}")))?;
                let operation = table
                    .iter()
                    .find(|operation| operation.id == id)
                    .ok_or_else(|| OperationError::NotInTable(id.to_owned()))?;
                missing.retain(|known| *known != id);
                if let Ok(method) = method_name.parse() {
                    own.methods.push((method, *operation));
                }
            }
            self.by_length
                .entry(own.segments.len())
                .or_default()
                .push(own);
        }
        for paths in self.by_length.values_mut() {
            paths.sort_by_key(|path| std::cmp::Reverse(path.literals()));
        }
        missing
            .first()
            .map_or(Ok(()), |id| Err(OperationError::NotInDocument(id)))
    }

    /// The operation, if there is one at this path with this method; `HEAD` reads like `GET`.
    pub(crate) fn find(&self, method: &Method, path: &str) -> Option<Operation> {
        let methods = &self.path(path)?.methods;
        let of = |wanted: &Method| methods.iter().find(|(method, _)| method == wanted);
        of(method)
            .or_else(|| (method == Method::HEAD).then(|| of(&Method::GET)).flatten())
            .map(|(_, operation)| *operation)
    }

    /// The methods that a path takes, as in `Allow`.
    pub(crate) fn allowed(&self, path: &str) -> Option<String> {
        let mut names: Vec<&str> = self
            .path(path)?
            .methods
            .iter()
            .map(|(method, _)| method.as_str())
            .collect();
        names.sort_unstable();
        Some(names.join(", "))
    }

    fn path(&self, path: &str) -> Option<&Path> {
        let asked: Vec<&str> = segments(path).collect();
        self.by_length
            .get(&asked.len())?
            .iter()
            .find(|path| path.takes(&asked))
    }
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').skip(1)
}

fn literal(segment: &str) -> Option<String> {
    (!segment.starts_with('{')).then(|| segment.to_owned())
}

fn members(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value.and_then(Value::as_object).into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TABLE: &[Operation] = &[
        Operation::public("list"),
        Operation::signed_in("own"),
        Operation::signed_in("get"),
    ];

    fn document() -> Value {
        json!({"paths": {
            "/api/things": {"get": {"operationId": "list"}},
            "/api/things/{id}": {"get": {"operationId": "get"}},
            "/api/things/own": {"get": {"operationId": "own"}},
        }})
    }

    #[test]
    fn a_literal_segment_wins_over_a_parameter_and_head_reads_like_get() {
        let mut operations = Operations::default();
        operations
            .add(&document(), TABLE)
            .expect("table and document fit");
        let found = |method, path| operations.find(&method, path).map(|operation| operation.id);
        assert_eq!(found(Method::GET, "/api/things"), Some("list"));
        assert_eq!(found(Method::HEAD, "/api/things/own"), Some("own"));
        assert_eq!(found(Method::GET, "/api/things/7"), Some("get"));
        assert_eq!(found(Method::POST, "/api/things/7"), None);
        assert_eq!(found(Method::GET, "/api/things/7/8"), None);
        assert_eq!(operations.allowed("/api/things/7").as_deref(), Some("GET"));
        assert_eq!(operations.allowed("/nowhere"), None);
    }

    #[test]
    fn an_operation_that_only_one_side_knows_is_named() {
        let mut operations = Operations::default();
        assert_eq!(
            operations.add(&document(), &TABLE[..2]),
            Err(OperationError::NotInTable("get".to_owned()))
        );
        let more = [TABLE, &[Operation::public("ghost")]].concat();
        assert_eq!(
            operations.add(&document(), &more),
            Err(OperationError::NotInDocument("ghost"))
        );
    }
}
