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

/// What was wrong already when a transaction first changed something.
#[derive(Debug)]
pub(super) struct Baseline {
    dangling: BTreeSet<Dangling>,
    /// Views that could be read.
    sound_views: BTreeSet<String>,
}

impl Baseline {
    pub(super) fn take(connection: &Connection) -> Result<Self, SqliteError> {
        let broken = broken_views(connection)?;
        let mut sound_views = views(connection)?;
        sound_views.retain(|view| !broken.iter().any(|(name, _)| name == view));
        Ok(Self {
            dangling: dangling(connection)?,
            sound_views,
        })
    }

    /// Violations that have come since, at most `limit`.
    pub(super) fn violations(
        &self,
        database: &TargetDatabase,
        limit: usize,
    ) -> Result<Vec<Violation>, SqliteError> {
        let now = dangling(&database.connection)?;
        let rows = now.difference(&self.dangling).take(limit);
        let mut result: Vec<Violation> = rows
            .map(|row| describe(database, row))
            .collect::<Result<_, _>>()?;
        let broken = broken_views(&database.connection)?;
        let newly_broken = broken
            .into_iter()
            .filter(|(view, _)| self.sound_views.contains(view));
        result.extend(
            newly_broken
                .take(limit - result.len())
                .map(|(view, message)| Violation {
                    table: format!("main.{view}"),
                    row: None,
                    constraint: format!("the view can no longer be read: {message}"),
                }),
        );
        Ok(result)
    }
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
