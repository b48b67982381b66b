//! Indexes, views and triggers.

use std::collections::{BTreeMap, BTreeSet};

use installhub_database_model::{
    DatabaseSchema, Index, IndexPart, ObjectKind, Trigger, View, artifact_id,
};
use rusqlite::Connection;

use super::dependencies::touched_by;
use super::{Catalogue, CatalogueEntry, Coverage, DIALECT, SCHEMA, TableKind};
use crate::ddl::index_condition;
use crate::error::{Attempt, SqliteError};
use crate::quote::{list, quoted};

/// Adds the indexes, views and triggers of tables that are carried.
pub(super) fn read(
    connection: &Connection,
    catalogue: &Catalogue,
    schema: &mut DatabaseSchema,
    notices: &mut Vec<Coverage>,
) -> Result<(), SqliteError> {
    for entry in catalogue.of_kind("index") {
        if catalogue.reference(&entry.table).is_some() {
            let attempted = || format!("read the definition of index {}", entry.name);
            schema
                .indexes
                .push(index(connection, entry).attempt(attempted)?);
        }
    }
    for entry in catalogue.of_kind("view") {
        view(connection, catalogue, entry, schema, notices)?;
    }
    for entry in catalogue.of_kind("trigger") {
        if matches!(
            catalogue.kind_of(&entry.table),
            Some(TableKind::Table | TableKind::View)
        ) {
            trigger(connection, catalogue, entry, schema, notices)?;
        }
    }
    Ok(())
}

/// Adds the index, view and trigger of that name, as far as they exist.
pub(super) fn read_one(
    connection: &Connection,
    catalogue: &Catalogue,
    name: &str,
    schema: &mut DatabaseSchema,
) -> Result<(), SqliteError> {
    let mut notices = Vec::new();
    for entry in catalogue
        .entries
        .iter()
        .filter(|entry| entry.name.eq_ignore_ascii_case(name))
    {
        match entry.kind.as_str() {
            "index" => {
                let attempted = || format!("read the definition of index {}", entry.name);
                schema
                    .indexes
                    .push(index(connection, entry).attempt(attempted)?);
            }
            "view" => view(connection, catalogue, entry, schema, &mut notices)?,
            "trigger" => trigger(connection, catalogue, entry, schema, &mut notices)?,
            _ => {}
        }
    }
    Ok(())
}

fn statement(entry: &CatalogueEntry) -> BTreeMap<String, String> {
    BTreeMap::from([(DIALECT.to_owned(), entry.sql.clone())])
}

fn index(connection: &Connection, entry: &CatalogueEntry) -> rusqlite::Result<Index> {
    let mut statement_of_parts = connection.prepare_cached(
        "SELECT name, \"desc\", coll FROM pragma_index_xinfo(?1, 'main') WHERE key = 1 ORDER BY seqno",
    )?;
    let parts = statement_of_parts
        .query_map([&entry.name], |row| {
            let collation: Option<String> = row.get(2)?;
            Ok(IndexPart {
                column: row.get(0)?,
                descending: row.get(1)?,
                collation: collation.filter(|name| !name.eq_ignore_ascii_case("BINARY")),
            })
        })?
        .collect::<Result<_, _>>()?;
    let unique = connection
        .prepare_cached("SELECT \"unique\" FROM pragma_index_list(?1, 'main') WHERE name = ?2")?
        .query_row([&entry.table, &entry.name], |row| row.get(0))?;
    Ok(Index {
        schema: SCHEMA.to_owned(),
        name: entry.name.clone(),
        table: entry.table.clone(),
        parts,
        unique,
        condition: index_condition(&entry.sql),
        sql: statement(entry),
        depends_on: vec![artifact_id(ObjectKind::Table, SCHEMA, &entry.table)],
    })
}

/// The ids behind the names, or the first name that is not carried. Names the catalogue does not know are those of table
/// functions and of queries inside the statement.
fn references(
    catalogue: &Catalogue,
    touched: &BTreeSet<String>,
    own: &str,
) -> Result<Vec<String>, String> {
    touched
        .iter()
        .filter(|name| !name.eq_ignore_ascii_case(own) && !super::is_engine_table(name))
        .filter(|name| catalogue.kind_of(name).is_some())
        .map(|name| catalogue.reference(name).ok_or_else(|| name.clone()))
        .collect()
}

fn not_carried(entry: &CatalogueEntry, name: &str) -> Coverage {
    let message = format!("needs {SCHEMA}.{name}, which is not carried");
    Coverage::new("NotCarried", &entry.name, message)
}

fn broken(entry: &CatalogueEntry, message: &str) -> Coverage {
    let message = format!("does not compile ({message}); it is carried as it is");
    Coverage::new("Broken", &entry.name, message)
}

fn view(
    connection: &Connection,
    catalogue: &Catalogue,
    entry: &CatalogueEntry,
    schema: &mut DatabaseSchema,
    notices: &mut Vec<Coverage>,
) -> Result<(), SqliteError> {
    let query = format!("SELECT * FROM main.{}", quoted(&entry.name));
    let touched = match touched_by(connection, &query, &entry.name, true)? {
        Ok(touched) => touched,
        Err(message) => {
            notices.push(broken(entry, &message));
            BTreeSet::new()
        }
    };
    let depends_on = match references(catalogue, &touched, &entry.name) {
        Ok(ids) => ids,
        Err(name) => {
            notices.push(not_carried(entry, &name));
            return Ok(());
        }
    };
    // A view that does not compile has no columns to show.
    let columns = connection
        .prepare(&query)
        .map(|statement| {
            statement
                .column_names()
                .into_iter()
                .map(str::to_owned)
                .collect()
        })
        .unwrap_or_default();
    schema.views.push(View {
        schema: SCHEMA.to_owned(),
        name: entry.name.clone(),
        columns,
        sql: statement(entry),
        depends_on,
    });
    Ok(())
}

fn trigger(
    connection: &Connection,
    catalogue: &Catalogue,
    entry: &CatalogueEntry,
    schema: &mut DatabaseSchema,
    notices: &mut Vec<Coverage>,
) -> Result<(), SqliteError> {
    let mut touched = BTreeSet::new();
    let mut problem = None;
    for statement in firing_statements(connection, &entry.table)
        .attempt(|| format!("read the columns of {}", entry.table))?
    {
        match touched_by(connection, &statement, &entry.name, false)? {
            Ok(names) => touched.extend(names),
            // Views take only those changes that have a trigger.
            Err(message) if message.starts_with("cannot modify") => {}
            Err(message) => problem = Some(message),
        }
    }
    // Another trigger of the same table may be the one that does not compile.
    if let (true, Some(message)) = (touched.is_empty(), problem) {
        notices.push(broken(entry, &message));
    }
    touched.insert(entry.table.clone());
    let depends_on = match references(catalogue, &touched, "") {
        Ok(ids) => ids,
        Err(name) => {
            notices.push(not_carried(entry, &name));
            return Ok(());
        }
    };
    schema.triggers.push(Trigger {
        schema: SCHEMA.to_owned(),
        name: entry.name.clone(),
        table: entry.table.clone(),
        sql: statement(entry),
        depends_on,
    });
    Ok(())
}

/// Statements that together fire every trigger of a table or view. They are compiled, never run.
fn firing_statements(connection: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare_cached(
        "SELECT name FROM pragma_table_xinfo(?1, 'main') WHERE hidden = 0 ORDER BY cid",
    )?;
    let columns: Vec<String> = statement
        .query_map([table], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let quoted_table = quoted(table);
    let names = list(columns.iter().map(String::as_str));
    let nulls = vec!["NULL"; columns.len()].join(", ");
    let settings: Vec<String> = columns
        .iter()
        .map(|column| format!("{0} = {0}", quoted(column)))
        .collect();
    Ok(vec![
        format!("INSERT INTO main.{quoted_table} ({names}) VALUES ({nulls})"),
        format!("UPDATE main.{quoted_table} SET {}", settings.join(", ")),
        format!("DELETE FROM main.{quoted_table}"),
    ])
}
