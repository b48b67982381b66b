//! Definitions for objects that come without SQL of this engine: from another database, a file or an API.

use installhub_database_model::{
    Column, Constraint, ConstraintKind, DataType, Deferral, Dialect, Index, ReferentialAction,
    Relationship, Table,
};

use super::lexer::{Kind, tokens};
use crate::quote::{list, quoted};

/// A `CREATE TABLE` for a neutral model. What SQLite cannot keep stands in comment lines before the statement; the engine
/// does not store those.
pub(crate) fn create_table(table: &Table) -> String {
    let mut losses = Vec::new();
    let key = table.key_columns();
    let row_key = key.len() == 1 && !table.options.without_rowid && is_integer(table, &key[0]);
    let mut items: Vec<String> = table
        .columns
        .iter()
        .map(|column| {
            let is_key = row_key && column.name.eq_ignore_ascii_case(&key[0]);
            column_definition(column, is_key, &mut losses)
        })
        .collect();
    if !row_key && !key.is_empty() {
        items.push(format!(
            "PRIMARY KEY ({})",
            list(key.iter().map(String::as_str))
        ));
    }
    for unique in &table.uniques {
        let columns = list(unique.columns.iter().map(String::as_str));
        items.push(format!(
            "{}UNIQUE ({columns})",
            named(unique.name.as_deref())
        ));
    }
    for check in &table.checks {
        losses.push(format!(
            "check ({}) is not carried between engines",
            one_line(&check.expression)
        ));
    }
    let comments: Vec<String> = losses
        .into_iter()
        .map(|loss| format!("-- {loss}\n"))
        .collect();
    let comments = comments.concat();
    let mut sql = format!(
        "{comments}CREATE TABLE {} (\n    {}\n)",
        quoted(&table.name),
        items.join(",\n    ")
    );
    let options = [
        table.options.without_rowid.then_some("WITHOUT ROWID"),
        table.options.strict.then_some("STRICT"),
    ];
    let options: Vec<&str> = options.into_iter().flatten().collect();
    if !options.is_empty() {
        sql.push(' ');
        sql.push_str(&options.join(", "));
    }
    sql
}

fn is_integer(table: &Table, column: &str) -> bool {
    table
        .column(column)
        .is_some_and(|column| column.data_type == DataType::Integer)
}

fn column_definition(column: &Column, row_key: bool, losses: &mut Vec<String>) -> String {
    let name = one_line(&column.name);
    let mut sql = quoted(&column.name);
    if row_key {
        sql.push_str(" INTEGER PRIMARY KEY");
        if column.identity {
            sql.push_str(" AUTOINCREMENT");
        }
        return sql;
    }
    let native = column.data_type.to_native(Dialect::Sqlite);
    if !native.sql.is_empty() {
        sql.push(' ');
        sql.push_str(native.sql);
    }
    if let Some(loss) = native.loss {
        let declared = column
            .native_type
            .as_deref()
            .unwrap_or(column.data_type.as_str());
        losses.push(format!("column {name} ({}): {loss}", one_line(declared)));
    }
    if column.generated.is_some() {
        losses.push(format!("column {name} is no longer computed"));
        return sql;
    }
    if !column.nullable {
        sql.push_str(" NOT NULL");
    }
    match column
        .default
        .as_deref()
        .map(|default| (default, portable_default(default)))
    {
        Some((_, Some(default))) => sql.extend([" DEFAULT ", &default]),
        Some((default, None)) => losses.push(format!(
            "column {name}: default {} is left out",
            one_line(default)
        )),
        None => {}
    }
    sql
}

/// A default that means the same here: a literal or the current time.
fn portable_default(default: &str) -> Option<String> {
    let plain = default.split("::").next()?.trim();
    let all = tokens(plain).ok()?;
    let upper = plain.to_ascii_uppercase();
    match upper.as_str() {
        "NULL" | "TRUE" | "FALSE" | "CURRENT_TIMESTAMP" | "CURRENT_DATE" | "CURRENT_TIME" => {
            return Some(upper);
        }
        "NOW()" => return Some("CURRENT_TIMESTAMP".to_owned()),
        _ => {}
    }
    match all.as_slice() {
        [only] if only.kind == Kind::Literal => Some(plain.to_owned()),
        [only] if matches!(only.kind, Kind::Name(_)) && plain.starts_with('\'') => {
            Some(plain.to_owned())
        }
        [minus, only] if minus.is_sign('-') && only.kind == Kind::Literal => Some(plain.to_owned()),
        _ => None,
    }
}

/// Text for a comment line.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn named(name: Option<&str>) -> String {
    name.map(|name| format!("CONSTRAINT {} ", quoted(name)))
        .unwrap_or_default()
}

/// A foreign key as a rule of a table definition.
pub(crate) fn relationship_clause(relationship: &Relationship) -> String {
    let columns = list(relationship.columns.iter().map(String::as_str));
    let mut sql = format!(
        "FOREIGN KEY ({columns}) REFERENCES {}",
        quoted(&relationship.referenced_table)
    );
    if !relationship.referenced_columns.is_empty() {
        let referenced = list(relationship.referenced_columns.iter().map(String::as_str));
        sql.extend([" (", &referenced, ")"]);
    }
    for (event, action) in [
        ("DELETE", relationship.on_delete),
        ("UPDATE", relationship.on_update),
    ] {
        if action != ReferentialAction::NoAction {
            sql.extend([" ON ", event, " ", action.as_sql()]);
        }
    }
    if relationship.deferral == Deferral::Deferred {
        sql.push_str(" DEFERRABLE INITIALLY DEFERRED");
    }
    sql
}

/// Another rule of a table definition; `None` for a primary key, which a table has from the start or not at all.
pub(crate) fn constraint_clause(constraint: &Constraint) -> Option<String> {
    match &constraint.kind {
        ConstraintKind::PrimaryKey { .. } => None,
        ConstraintKind::Unique { columns } => Some(format!(
            "UNIQUE ({})",
            list(columns.iter().map(String::as_str))
        )),
        ConstraintKind::Check { expression } => Some(format!("CHECK ({expression})")),
    }
}

/// A `CREATE INDEX` for a neutral model; `None` when a part is an expression or a condition of another engine.
pub(crate) fn create_index(index: &Index) -> Option<String> {
    if index.condition.is_some() {
        return None;
    }
    let parts: Option<Vec<String>> = index
        .parts
        .iter()
        .map(|part| {
            let direction = if part.descending { " DESC" } else { "" };
            part.column
                .as_deref()
                .map(|column| format!("{}{direction}", quoted(column)))
        })
        .collect();
    let unique = if index.unique { "UNIQUE " } else { "" };
    Some(format!(
        "CREATE {unique}INDEX {} ON {} ({})",
        quoted(&index.name),
        quoted(&index.table),
        parts?.join(", ")
    ))
}
