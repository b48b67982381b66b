//! Tables, and what is defined inside them.

use std::collections::{BTreeMap, BTreeSet};

use installhub_database_model::{
    Check, Column, Constraint, ConstraintKind, DataType, DatabaseSchema, Deferral, Dialect,
    Generated, ObjectKind, PrimaryKey, ReferentialAction, Relationship, Table, TableOptions,
    Unique, artifact_id,
};
use rusqlite::Connection;

use super::{CatalogueEntry, DIALECT, SCHEMA};
use crate::ddl::{TableText, constraint_clause, relationship_clause};
use crate::error::{Attempt, SqliteError};

/// Adds a table with its constraints and relationships. `names` are those given to constraints and relationships so far.
pub(super) fn read(
    connection: &Connection,
    entry: &CatalogueEntry,
    schema: &mut DatabaseSchema,
    names: &mut BTreeSet<String>,
) -> Result<(), SqliteError> {
    let text = TableText::parse(&entry.sql).map_err(|message| SqliteError::Unreadable {
        object: format!("{SCHEMA}.{}", entry.name),
        message,
    })?;
    let attempted = || format!("read the definition of table {}", entry.name);
    let (columns, key) = columns(connection, entry, &text).attempt(attempted)?;
    let options = options(connection, &entry.name).attempt(attempted)?;
    let table = Table {
        schema: SCHEMA.to_owned(),
        name: entry.name.clone(),
        columns,
        primary_key: (!key.is_empty()).then_some(PrimaryKey { columns: key }),
        uniques: uniques(connection, &entry.name, &text).attempt(attempted)?,
        checks: text
            .checks
            .iter()
            .map(|check| Check {
                name: check.name.clone(),
                expression: check.expression.clone(),
            })
            .collect(),
        options,
        sql: BTreeMap::from([(DIALECT.to_owned(), entry.sql.clone())]),
        depends_on: Vec::new(),
    };
    constraints(&table, schema, names);
    relationships(connection, &table, &text, schema, names).attempt(attempted)?;
    schema.tables.push(table);
    Ok(())
}

/// The columns, and the names of the key's columns in key order.
fn columns(
    connection: &Connection,
    entry: &CatalogueEntry,
    text: &TableText,
) -> rusqlite::Result<(Vec<Column>, Vec<String>)> {
    let mut statement = connection.prepare_cached(
        "SELECT name, type, \"notnull\", dflt_value, pk, hidden FROM pragma_table_xinfo(?1, 'main') ORDER BY cid",
    )?;
    let mut rows = statement.query([&entry.name])?;
    let (mut columns, mut key) = (Vec::new(), Vec::new());
    while let Some(row) = rows.next()? {
        let name: String = row.get(0)?;
        let declared: String = row.get(1)?;
        let generated = match row.get::<_, i64>(5)? {
            2 => Some(Generated::Virtual),
            3 => Some(Generated::Stored),
            _ => None,
        };
        let key_place: i64 = row.get(4)?;
        if key_place > 0 {
            key.push((key_place, name.clone()));
        }
        // The pragma repeats the words that make a column computed as part of its type.
        let declared = match generated {
            Some(_) => declared
                .trim_end_matches("GENERATED ALWAYS")
                .trim_end()
                .to_owned(),
            None => declared,
        };
        columns.push(Column {
            data_type: DataType::from_native(Dialect::Sqlite, &declared),
            native_type: (!declared.is_empty()).then_some(declared),
            nullable: row.get::<_, i64>(2)? == 0,
            default: row.get(3)?,
            generated,
            collation: collation(connection, &entry.name, &name)?,
            identity: text.autoincrement && key_place > 0,
            name,
        });
    }
    key.sort();
    Ok((columns, key.into_iter().map(|(_, name)| name).collect()))
}

fn collation(
    connection: &Connection,
    table: &str,
    column: &str,
) -> rusqlite::Result<Option<String>> {
    let (_, collation, ..) = connection.column_metadata(Some("main"), table, column)?;
    Ok(collation
        .map(|name| name.to_string_lossy().into_owned())
        .filter(|name| !name.eq_ignore_ascii_case("BINARY")))
}

fn options(connection: &Connection, table: &str) -> rusqlite::Result<TableOptions> {
    let sql = "SELECT wr, strict FROM pragma_table_list(?1) WHERE schema = 'main'";
    connection.prepare_cached(sql)?.query_row([table], |row| {
        Ok(TableOptions {
            without_rowid: row.get(0)?,
            strict: row.get(1)?,
        })
    })
}

/// Unique constraints as the engine knows them, with the names the text gives them.
fn uniques(
    connection: &Connection,
    table: &str,
    text: &TableText,
) -> rusqlite::Result<Vec<Unique>> {
    let mut statement = connection.prepare_cached(
        "SELECT list.name FROM pragma_index_list(?1, 'main') AS list WHERE list.origin = 'u' ORDER BY list.seq DESC",
    )?;
    let indexes: Vec<String> = statement
        .query_map([table], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let mut parts = connection
        .prepare_cached("SELECT name FROM pragma_index_info(?1, 'main') ORDER BY seqno")?;
    let mut result = Vec::new();
    for index in indexes {
        let columns: Vec<String> = parts
            .query_map([&index], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        let same = |found: &[String]| {
            found.len() == columns.len()
                && found
                    .iter()
                    .zip(&columns)
                    .all(|(one, other)| one.eq_ignore_ascii_case(other))
        };
        let name = text
            .uniques
            .iter()
            .find(|unique| same(&unique.columns))
            .and_then(|unique| unique.name.clone());
        result.push(Unique { name, columns });
    }
    Ok(result)
}

/// A name nobody has yet.
fn free_name(names: &mut BTreeSet<String>, wanted: &str) -> String {
    let mut name = wanted.to_owned();
    let mut number = 1;
    while !names.insert(name.to_ascii_lowercase()) {
        number += 1;
        name = format!("{wanted}.{number}");
    }
    name
}

fn constraints(table: &Table, schema: &mut DatabaseSchema, names: &mut BTreeSet<String>) {
    let uniques = table.uniques.iter().map(|unique| {
        let kind = ConstraintKind::Unique {
            columns: unique.columns.clone(),
        };
        (
            "unique",
            unique
                .name
                .clone()
                .unwrap_or_else(|| unique.columns.join("_")),
            kind,
        )
    });
    let checks = table.checks.iter().enumerate().map(|(place, check)| {
        let kind = ConstraintKind::Check {
            expression: check.expression.clone(),
        };
        (
            "check",
            check
                .name
                .clone()
                .unwrap_or_else(|| (place + 1).to_string()),
            kind,
        )
    });
    for (word, own, kind) in uniques.chain(checks) {
        let mut constraint = Constraint {
            schema: SCHEMA.to_owned(),
            name: free_name(names, &format!("{}.{word}.{own}", table.name)),
            table: table.name.clone(),
            kind,
            sql: BTreeMap::new(),
            depends_on: vec![artifact_id(ObjectKind::Table, SCHEMA, &table.name)],
        };
        let clause = constraint_clause(&constraint);
        constraint
            .sql
            .extend(clause.map(|clause| (DIALECT.to_owned(), clause)));
        schema.constraints.push(constraint);
    }
}

fn relationships(
    connection: &Connection,
    table: &Table,
    text: &TableText,
    schema: &mut DatabaseSchema,
    names: &mut BTreeSet<String>,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "SELECT id, \"table\", \"from\", \"to\", on_update, on_delete FROM pragma_foreign_key_list(?1, 'main') \
         ORDER BY id DESC, seq",
    )?;
    let mut rows = statement.query([&table.name])?;
    let mut found: BTreeMap<std::cmp::Reverse<i64>, Relationship> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let referenced: String = row.get(1)?;
        let relationship = found
            .entry(std::cmp::Reverse(row.get(0)?))
            .or_insert(Relationship {
                schema: SCHEMA.to_owned(),
                name: String::new(),
                table: table.name.clone(),
                columns: Vec::new(),
                referenced_table: referenced,
                referenced_columns: Vec::new(),
                on_delete: action(row.get_ref(5)?.as_str()?),
                on_update: action(row.get_ref(4)?.as_str()?),
                deferral: Deferral::Immediate,
                sql: BTreeMap::new(),
                depends_on: Vec::new(),
            });
        relationship.columns.push(row.get(2)?);
        relationship
            .referenced_columns
            .extend(row.get::<_, Option<String>>(3)?);
    }
    // The engine counts from the last to the first, the text from the first to the last.
    for (place, mut relationship) in found.into_values().enumerate() {
        if text
            .references
            .get(place)
            .is_some_and(|reference| reference.deferred)
        {
            relationship.deferral = Deferral::Deferred;
        }
        let columns = relationship.columns.join("_");
        let wanted = format!(
            "{}.fk.{columns}.{}",
            table.name, relationship.referenced_table
        );
        relationship.name = free_name(names, &wanted);
        relationship
            .sql
            .insert(DIALECT.to_owned(), relationship_clause(&relationship));
        schema.relationships.push(relationship);
    }
    Ok(())
}

fn action(words: &str) -> ReferentialAction {
    match words {
        "RESTRICT" => ReferentialAction::Restrict,
        "CASCADE" => ReferentialAction::Cascade,
        "SET NULL" => ReferentialAction::SetNull,
        "SET DEFAULT" => ReferentialAction::SetDefault,
        _ => ReferentialAction::NoAction,
    }
}
