//! What stands beside tables: relationships, constraints, indexes, views, triggers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A foreign key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Relationship {
    /// The namespace of the referring table.
    pub schema: String,
    /// A name made from the table and its columns, unique within the namespace: `Album.fk.ArtistId.Artist`.
    pub name: String,
    /// The referring table.
    pub table: String,
    /// Its columns.
    pub columns: Vec<String>,
    /// The referenced table, in the same namespace.
    pub referenced_table: String,
    /// Its columns; empty when the primary key is meant.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub referenced_columns: Vec<String>,
    /// What happens to a row whose referenced row goes.
    #[serde(default, skip_serializing_if = "ReferentialAction::is_default")]
    pub on_delete: ReferentialAction,
    /// What happens to a row whose referenced key changes.
    #[serde(default, skip_serializing_if = "ReferentialAction::is_default")]
    pub on_update: ReferentialAction,
    /// When the reference is checked.
    #[serde(default, skip_serializing_if = "Deferral::is_default")]
    pub deferral: Deferral,
    /// The clause of a table definition per dialect.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sql: BTreeMap<String, String>,
    /// Ids of artifacts that must be there first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<String>,
}

/// What a foreign key does when the referenced row goes or changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ReferentialAction {
    /// Refuse, at the end of the statement or transaction.
    #[default]
    NoAction,
    /// Refuse at once.
    Restrict,
    /// Do the same to the referring row.
    Cascade,
    /// Take the reference away.
    SetNull,
    /// Refer to the default instead.
    SetDefault,
}

/// When a foreign key is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Deferral {
    /// After each statement.
    #[default]
    Immediate,
    /// At the end of the transaction.
    Deferred,
}

/// A named rule of one table that is not a relationship.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Constraint {
    /// The namespace.
    pub schema: String,
    /// A name made from the table and the rule, unique within the namespace: `Track.unique.Name`.
    pub name: String,
    /// The table.
    pub table: String,
    /// The rule.
    #[serde(flatten)]
    pub kind: ConstraintKind,
    /// The clause of a table definition per dialect.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sql: BTreeMap<String, String>,
    /// Ids of artifacts that must be there first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<String>,
}

/// What a [`Constraint`] demands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    tag = "kind"
)]
pub enum ConstraintKind {
    /// Rows differ in these columns, and none of them is missing.
    PrimaryKey {
        /// Column names in key order.
        columns: Vec<String>,
    },
    /// Rows differ in these columns.
    Unique {
        /// Column names in key order.
        columns: Vec<String>,
    },
    /// Every row meets a condition.
    Check {
        /// The condition as SQL text, without the outer parentheses.
        expression: String,
    },
}

/// An index that is not made by a constraint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Index {
    /// The namespace.
    pub schema: String,
    /// The name within the namespace.
    pub name: String,
    /// The indexed table.
    pub table: String,
    /// In index order.
    pub parts: Vec<IndexPart>,
    /// Whether rows must differ in the parts.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unique: bool,
    /// The condition of a partial index as SQL text.
    #[serde(default, rename = "where", skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// The canonical statement per dialect.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sql: BTreeMap<String, String>,
    /// Ids of artifacts that must be there first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<String>,
}

/// One part of an index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IndexPart {
    /// The column, unless the part is an expression (whose text stands in the index's SQL).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// Whether larger values come first.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub descending: bool,
    /// The collation, where it is not the engine's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collation: Option<String>,
}

/// A view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct View {
    /// The namespace.
    pub schema: String,
    /// The name within the namespace.
    pub name: String,
    /// The names of its columns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// The canonical statement per dialect.
    pub sql: BTreeMap<String, String>,
    /// Ids of artifacts that must be there first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<String>,
}

/// A trigger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Trigger {
    /// The namespace.
    pub schema: String,
    /// The name within the namespace.
    pub name: String,
    /// The table or view whose changes fire it.
    pub table: String,
    /// The canonical statement per dialect.
    pub sql: BTreeMap<String, String>,
    /// Ids of artifacts that must be there first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<String>,
}

impl ReferentialAction {
    /// The words of SQL.
    pub const fn as_sql(self) -> &'static str {
        match self {
            Self::NoAction => "NO ACTION",
            Self::Restrict => "RESTRICT",
            Self::Cascade => "CASCADE",
            Self::SetNull => "SET NULL",
            Self::SetDefault => "SET DEFAULT",
        }
    }

    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "the signature serde asks for"
    )]
    fn is_default(&self) -> bool {
        *self == Self::NoAction
    }
}

impl Deferral {
    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "the signature serde asks for"
    )]
    fn is_default(&self) -> bool {
        *self == Self::Immediate
    }
}
