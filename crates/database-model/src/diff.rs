//! What differs between two schemas, object by object.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{Column, DatabaseSchema, ObjectKind, SchemaObject, Table};

/// All differences between two schemas. Equal schemas have none.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct SchemaDiff {
    /// Sorted by kind, then name.
    pub changes: Vec<ObjectChange>,
}

/// One object that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ObjectChange {
    /// What it is.
    pub kind: ObjectKind,
    /// Its qualified name, in the spelling of the new schema where it is in both.
    pub name: String,
    /// How it differs.
    pub change: Change,
}

/// How an object differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Change {
    /// Only the new schema has it.
    Added,
    /// Only the old schema has it.
    Removed,
    /// A table defined otherwise.
    Altered(TableChange),
    /// Another object defined otherwise.
    Redefined,
}

/// How a table differs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TableChange {
    /// The columns that differ, in the order of the new table, then those it no longer has.
    pub columns: Vec<(String, ColumnChange)>,
    /// Whether anything else differs: keys, rules, options, the order of columns.
    pub definition: bool,
}

/// How a column differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ColumnChange {
    /// Only the new table has it.
    Added,
    /// Only the old table has it.
    Removed,
    /// It has another type.
    Retyped {
        /// As declared in the old table.
        old: String,
        /// As declared in the new table.
        new: String,
    },
    /// Its default, nullability, collation or computation differs.
    Altered,
}

impl TableChange {
    /// Compares two definitions of a table; `None` when they are the same.
    pub fn between(old: &Table, new: &Table) -> Option<Self> {
        let mut columns = Vec::new();
        for column in &new.columns {
            match old.column(&column.name) {
                None => columns.push((column.name.clone(), ColumnChange::Added)),
                Some(before) => {
                    columns.extend(
                        column_change(before, column).map(|change| (column.name.clone(), change)),
                    );
                }
            }
        }
        for column in &old.columns {
            if new.column(&column.name).is_none() {
                columns.push((column.name.clone(), ColumnChange::Removed));
            }
        }
        let plain = |table: &Table| Table {
            columns: Vec::new(),
            sql: BTreeMap::new(),
            depends_on: Vec::new(),
            ..table.clone()
        };
        let order = |table: &Table, other: &Table| -> Vec<String> {
            let shared = table
                .columns
                .iter()
                .filter(|column| other.column(&column.name).is_some());
            shared
                .map(|column| column.name.to_ascii_lowercase())
                .collect()
        };
        let definition = plain(old) != plain(new)
            || order(old, new) != order(new, old)
            || (columns.is_empty() && !same_statements(&old.sql, &new.sql));
        (definition || !columns.is_empty()).then_some(Self {
            columns,
            definition,
        })
    }

    /// Whether columns are added and nothing else changes.
    pub fn only_adds_columns(&self) -> bool {
        !self.definition
            && self
                .columns
                .iter()
                .all(|(_, change)| *change == ColumnChange::Added)
    }
}

fn column_change(old: &Column, new: &Column) -> Option<ColumnChange> {
    let declared = |column: &Column| {
        column
            .native_type
            .clone()
            .unwrap_or_else(|| column.data_type.to_string())
    };
    if old.data_type != new.data_type || !declared(old).eq_ignore_ascii_case(&declared(new)) {
        return Some(ColumnChange::Retyped {
            old: declared(old),
            new: declared(new),
        });
    }
    let plain = |column: &Column| Column {
        name: String::new(),
        native_type: None,
        ..column.clone()
    };
    (plain(old) != plain(new)).then_some(ColumnChange::Altered)
}

/// Compares two schemas object by object. Names that differ in ASCII case only are the same name.
pub fn diff(old: &DatabaseSchema, new: &DatabaseSchema) -> SchemaDiff {
    let by_name = |schema: &DatabaseSchema| -> BTreeMap<(ObjectKind, String), SchemaObject> {
        schema
            .objects()
            .map(|object| {
                (
                    (object.kind(), object.qualified_name().to_ascii_lowercase()),
                    object,
                )
            })
            .collect()
    };
    let mut before = by_name(old);
    let mut changes = Vec::new();
    for (key, object) in by_name(new) {
        let change = match before.remove(&key) {
            None => Some(Change::Added),
            Some(earlier) => object_change(&earlier, &object),
        };
        changes.extend(change.map(|change| ObjectChange {
            kind: key.0,
            name: object.qualified_name(),
            change,
        }));
    }
    changes.extend(before.into_values().map(|object| ObjectChange {
        kind: object.kind(),
        name: object.qualified_name(),
        change: Change::Removed,
    }));
    changes.sort_by(|one, other| (one.kind, &one.name).cmp(&(other.kind, &other.name)));
    SchemaDiff { changes }
}

fn object_change(old: &SchemaObject, new: &SchemaObject) -> Option<Change> {
    match (old, new) {
        (SchemaObject::Table(old), SchemaObject::Table(new)) => {
            TableChange::between(old, new).map(Change::Altered)
        }
        _ => (!old.is_same_definition(new)).then_some(Change::Redefined),
    }
}

impl SchemaObject {
    /// Whether both define the same thing; spaces between the words of statements do not count.
    pub fn is_same_definition(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Table(one), Self::Table(other)) => TableChange::between(one, other).is_none(),
            (Self::View(one), Self::View(other)) => same_statements(&one.sql, &other.sql),
            (Self::Trigger(one), Self::Trigger(other)) => {
                one.table.eq_ignore_ascii_case(&other.table)
                    && same_statements(&one.sql, &other.sql)
            }
            (Self::Index(one), Self::Index(other)) => {
                same_statements(&one.sql, &other.sql) && {
                    let plain = |index: &crate::Index| crate::Index {
                        name: String::new(),
                        sql: BTreeMap::new(),
                        depends_on: Vec::new(),
                        ..index.clone()
                    };
                    plain(one) == plain(other)
                }
            }
            (Self::Relationship(one), Self::Relationship(other)) => {
                let plain = |relationship: &crate::Relationship| crate::Relationship {
                    name: String::new(),
                    sql: BTreeMap::new(),
                    depends_on: Vec::new(),
                    ..relationship.clone()
                };
                plain(one) == plain(other)
            }
            (Self::Constraint(one), Self::Constraint(other)) => {
                one.table.eq_ignore_ascii_case(&other.table) && one.kind == other.kind
            }
            _ => false,
        }
    }
}

/// Statements of the dialects that both sides have; with no dialect in common there is nothing to compare.
fn same_statements(one: &BTreeMap<String, String>, other: &BTreeMap<String, String>) -> bool {
    one.iter()
        .filter_map(|(dialect, sql)| other.get(dialect).map(|other| (sql, other)))
        .all(|(sql, other)| sql == other || spaced_once(sql) == spaced_once(other))
}

/// The text with every run of white space outside quotes as one space.
fn spaced_once(sql: &str) -> String {
    let mut result = String::with_capacity(sql.len());
    let mut quote = None;
    for character in sql.trim().chars() {
        match quote {
            Some(end) => {
                result.push(character);
                if character == end {
                    quote = None;
                }
            }
            None if character.is_ascii_whitespace() => {
                if !result.ends_with(' ') {
                    result.push(' ');
                }
            }
            None => {
                quote = match character {
                    '\'' | '"' | '`' => Some(character),
                    '[' => Some(']'),
                    _ => None,
                };
                result.push(character);
            }
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DataType, View};

    fn column(name: &str, data_type: DataType) -> Column {
        Column {
            name: name.to_owned(),
            data_type,
            native_type: None,
            nullable: true,
            default: None,
            generated: None,
            collation: None,
            identity: false,
        }
    }

    fn schema(columns: Vec<Column>, view: &str) -> DatabaseSchema {
        DatabaseSchema {
            tables: vec![Table {
                schema: "main".to_owned(),
                name: "t".to_owned(),
                columns,
                ..Table::default()
            }],
            views: vec![View {
                schema: "main".to_owned(),
                name: "v".to_owned(),
                columns: Vec::new(),
                sql: BTreeMap::from([("sqlite".to_owned(), view.to_owned())]),
                depends_on: Vec::new(),
            }],
            ..DatabaseSchema::default()
        }
    }

    #[test]
    fn a_schema_does_not_differ_from_itself_or_from_other_spacing() {
        let columns = vec![column("a", DataType::Integer)];
        let one = schema(columns.clone(), "CREATE VIEW v AS SELECT  'x  y'\nFROM t");
        let other = schema(columns.clone(), "CREATE VIEW v AS\tSELECT 'x  y' FROM t");
        assert_eq!(diff(&one, &one), SchemaDiff::default());
        assert_eq!(diff(&one, &other), SchemaDiff::default());
        let changed = schema(columns, "CREATE VIEW v AS SELECT 'x y' FROM t");
        assert_eq!(diff(&one, &changed).changes[0].change, Change::Redefined);
    }

    #[test]
    fn columns_are_compared_one_by_one() {
        let view = "CREATE VIEW v AS SELECT 1";
        let old = schema(
            vec![column("a", DataType::Integer), column("b", DataType::Text)],
            view,
        );
        let new = schema(
            vec![column("A", DataType::Text), column("c", DataType::Text)],
            view,
        );
        let Change::Altered(change) = &diff(&old, &new).changes[0].change else {
            panic!("the table is altered");
        };
        assert_eq!(
            change.columns,
            vec![
                (
                    "A".to_owned(),
                    ColumnChange::Retyped {
                        old: "integer".to_owned(),
                        new: "text".to_owned()
                    }
                ),
                ("c".to_owned(), ColumnChange::Added),
                ("b".to_owned(), ColumnChange::Removed),
            ]
        );
        assert!(!change.only_adds_columns());
        let wider = schema(
            vec![
                column("a", DataType::Integer),
                column("b", DataType::Text),
                column("c", DataType::Any),
            ],
            view,
        );
        let Change::Altered(change) = &diff(&old, &wider).changes[0].change else {
            panic!("the table is altered");
        };
        assert!(change.only_adds_columns());
    }

    #[test]
    fn objects_of_one_side_are_added_or_removed() {
        let full = schema(Vec::new(), "CREATE VIEW v AS SELECT 1");
        let empty = DatabaseSchema::default();
        let kinds = |diff: SchemaDiff| -> Vec<_> {
            diff.changes
                .into_iter()
                .map(|change| (change.kind, change.change))
                .collect()
        };
        assert_eq!(
            kinds(diff(&empty, &full)),
            vec![
                (ObjectKind::Table, Change::Added),
                (ObjectKind::View, Change::Added)
            ]
        );
        assert_eq!(
            kinds(diff(&full, &empty)),
            vec![
                (ObjectKind::Table, Change::Removed),
                (ObjectKind::View, Change::Removed)
            ]
        );
    }
}
