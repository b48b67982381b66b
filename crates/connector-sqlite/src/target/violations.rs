//! Rules that held before a transaction and do not hold in it.

use std::collections::BTreeSet;

use installhub_database_model::{ObjectKind, Relationship, SchemaObject, Value};
use installhub_importing::ports::Violation;
use rusqlite::Connection;

use super::TargetDatabase;
use super::rows::show;
use crate::error::{Attempt, SqliteError, engine_message};
use crate::introspect::relationships_of;
use crate::quote::{list, quoted};
use crate::rows::{owned, row_number};

/// One row that refers to nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Dangling {
    table: String,
    rowid: Option<i64>,
    parent: String,
    columns: Vec<String>,
}

/// Violations that are new with this transaction, at most `limit`.
pub(super) fn find(database: &TargetDatabase, limit: usize) -> Result<Vec<Violation>, SqliteError> {
    let now = dangling(&database.connection)?;
    let broken = broken_views(&database.connection)?;
    if now.is_empty() && broken.is_empty() {
        return Ok(Vec::new());
    }
    // What was wrong before is not this transaction's fault. Should the file not be readable now, nothing is excused.
    let before = match database.location.open_read() {
        Ok(committed) => (
            dangling(&committed)?,
            broken_views(&committed)?,
            views(&committed)?,
        ),
        Err(_) => Default::default(),
    };
    let (dangling_before, broken_before, views_before) = before;
    let mut result = Vec::new();
    for row in now.difference(&dangling_before).take(limit) {
        result.push(describe(database, row)?);
    }
    for (view, message) in broken {
        if result.len() < limit
            && views_before.contains(&view)
            && !broken_before.iter().any(|(name, _)| *name == view)
        {
            result.push(Violation {
                table: format!("main.{view}"),
                row: None,
                constraint: format!("the view can no longer be read: {message}"),
            });
        }
    }
    Ok(result)
}

fn dangling(connection: &Connection) -> Result<BTreeSet<Dangling>, SqliteError> {
    let attempted = || "check foreign keys".to_owned();
    let mut statement = connection
        .prepare(
            "SELECT name FROM main.sqlite_schema AS entry WHERE type = 'table' \
             AND EXISTS (SELECT 1 FROM pragma_foreign_key_list(entry.name, 'main'))",
        )
        .attempt(attempted)?;
    let tables: Vec<String> = statement
        .query_map([], |row| row.get(0))
        .and_then(Iterator::collect)
        .attempt(attempted)?;
    let mut result = BTreeSet::new();
    for table in tables {
        match dangling_in(connection, &table) {
            Ok(rows) => result.extend(rows),
            // The referenced columns are no key, so the reference cannot be judged and binds nobody.
            Err(error) if engine_message(&error).contains("foreign key mismatch") => {}
            Err(error) => return Err(error).attempt(attempted),
        }
    }
    Ok(result)
}

fn dangling_in(connection: &Connection, table: &str) -> rusqlite::Result<Vec<Dangling>> {
    let mut columns = connection.prepare_cached(
        "SELECT \"from\" FROM pragma_foreign_key_list(?1, 'main') WHERE id = ?2 ORDER BY seq",
    )?;
    let mut statement =
        connection.prepare(&format!("PRAGMA main.foreign_key_check({})", quoted(table)))?;
    let mut rows = statement.query([])?;
    let mut result = Vec::new();
    while let Some(row) = rows.next()? {
        let key: i64 = row.get(3)?;
        let columns = columns.query_map((table, key), |row| row.get(0))?;
        result.push(Dangling {
            table: table.to_owned(),
            rowid: row.get(1)?,
            parent: row.get(2)?,
            columns: columns.collect::<Result<_, _>>()?,
        });
    }
    Ok(result)
}

fn views(connection: &Connection) -> Result<BTreeSet<String>, SqliteError> {
    let attempted = || "read the names of views".to_owned();
    let mut statement = connection
        .prepare("SELECT name FROM main.sqlite_schema WHERE type = 'view'")
        .attempt(attempted)?;
    let names = statement.query_map([], |row| row.get(0));
    names.and_then(Iterator::collect).attempt(attempted)
}

/// Views that do not compile, and why.
fn broken_views(connection: &Connection) -> Result<Vec<(String, String)>, SqliteError> {
    let broken = views(connection)?.into_iter().filter_map(|view| {
        let error = connection
            .prepare(&format!("SELECT * FROM main.{}", quoted(&view)))
            .err()?;
        Some((view, engine_message(&error)))
    });
    Ok(broken.collect())
}

fn describe(database: &TargetDatabase, row: &Dangling) -> Result<Violation, SqliteError> {
    let connection = &database.connection;
    let referenced = relationships_of(connection, &row.table)?
        .into_iter()
        .find(|relationship| {
            relationship.columns == row.columns
                && relationship
                    .referenced_table
                    .eq_ignore_ascii_case(&row.parent)
        })
        .map(|relationship: Relationship| relationship.referenced_columns.join(", "))
        .filter(|columns| !columns.is_empty())
        .map(|columns| format!(" ({columns})"))
        .unwrap_or_default();
    let found = values(database, row, &row.columns)?
        .map(|found| found.iter().map(show).collect::<Vec<_>>().join(", "));
    let key = match database.find_local(ObjectKind::Table, &row.table)? {
        Some(SchemaObject::Table(table)) if !table.key_columns().is_empty() => {
            values(database, row, table.key_columns())?
        }
        _ => None,
    };
    let (columns, parent) = (row.columns.join(", "), &row.parent);
    let value = found.map(|found| format!(" = {found}")).unwrap_or_default();
    Ok(Violation {
        table: format!("main.{}", row.table),
        row: key,
        constraint: format!(
            "foreign key: ({columns}){value} refers to no row of {parent}{referenced}"
        ),
    })
}

fn values(
    database: &TargetDatabase,
    row: &Dangling,
    columns: &[String],
) -> Result<Option<Vec<Value>>, SqliteError> {
    let Some(SchemaObject::Table(table)) = database.find_local(ObjectKind::Table, &row.table)?
    else {
        return Ok(None);
    };
    let (Some(number), Some(rowid)) = (row.rowid, row_number(&table)) else {
        return Ok(None);
    };
    let names = list(columns.iter().map(String::as_str));
    let sql = format!(
        "SELECT {names} FROM main.{} WHERE {rowid} = {number}",
        quoted(&row.table)
    );
    let read = database.connection.query_row(&sql, [], |found| {
        (0..columns.len())
            .map(|place| Ok(owned(found.get_ref(place)?).unwrap_or(Value::Null)))
            .collect()
    });
    read.map(Some)
        .attempt(|| format!("read a row of {}", row.table))
}
