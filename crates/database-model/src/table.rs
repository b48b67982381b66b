//! Tables and what is defined inside them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{DataType, RowColumn};

/// A table.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Table {
    /// The namespace; `main` in SQLite.
    pub schema: String,
    /// The name within the namespace, in the engine's own spelling.
    pub name: String,
    /// In the order of the table.
    pub columns: Vec<Column>,
    /// What identifies a row, where something does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary_key: Option<PrimaryKey>,
    /// Further keys.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uniques: Vec<Unique>,
    /// Conditions every row meets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<Check>,
    /// How the engine keeps the table.
    #[serde(default, skip_serializing_if = "TableOptions::is_default")]
    pub options: TableOptions,
    /// The canonical statement per dialect, for example under `sqlite`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sql: BTreeMap<String, String>,
    /// Ids of artifacts that must be there first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<String>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Column {
    /// The name, in the engine's own spelling.
    pub name: String,
    /// What it is meant to hold.
    pub data_type: DataType,
    /// The type as declared in the engine the table came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub native_type: Option<String>,
    /// Whether a row may have no value here.
    pub nullable: bool,
    /// The default as SQL text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// How the engine computes the column; such columns are not in data files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generated: Option<Generated>,
    /// The collation, where it is not the engine's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collation: Option<String>,
    /// Whether the engine hands out values and never hands one out twice (SQLite's `AUTOINCREMENT`, an identity column).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub identity: bool,
}

/// A computed column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Generated {
    /// Computed when a row is written, and stored.
    Stored,
    /// Computed when it is read.
    Virtual,
}

/// A primary key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PrimaryKey {
    /// Column names in key order.
    pub columns: Vec<String>,
}

/// A unique constraint of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Unique {
    /// The constraint's name, where it was given one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Column names in key order.
    pub columns: Vec<String>,
}

/// A check constraint of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Check {
    /// The constraint's name, where it was given one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The condition as SQL text, without the outer parentheses.
    pub expression: String,
}

/// How the engine keeps a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TableOptions {
    /// Values must have the declared type (SQLite's `STRICT`).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub strict: bool,
    /// Rows are kept under the primary key instead of a row number (SQLite's `WITHOUT ROWID`).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub without_rowid: bool,
}

impl TableOptions {
    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "the signature serde asks for"
    )]
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl Table {
    /// The columns that rows and data files have: all but the computed ones, in table order.
    pub fn row_columns(&self) -> Vec<RowColumn> {
        self.stored_columns()
            .map(|column| RowColumn {
                name: column.name.clone(),
                data_type: column.data_type,
            })
            .collect()
    }

    /// All columns but the computed ones, in table order.
    pub fn stored_columns(&self) -> impl Iterator<Item = &Column> {
        self.columns
            .iter()
            .filter(|column| column.generated.is_none())
    }

    /// The names of the primary key's columns; empty when rows have no key.
    pub fn key_columns(&self) -> &[String] {
        self.primary_key.as_ref().map_or(&[], |key| &key.columns)
    }

    /// The column of that name; names differ by more than ASCII case.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns
            .iter()
            .find(|column| column.name.eq_ignore_ascii_case(name))
    }
}
