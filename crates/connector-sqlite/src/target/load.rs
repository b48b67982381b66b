//! Loading rows: straight into an empty table, else by way of a stage beside it.

use installhub_database_model::{ObjectKind, RowColumn, SchemaObject, Table};
use installhub_importing::ports::{RowChanges, RowLoad, RowSample};
use rusqlite::Connection;

use super::rows::{Incoming, sample};
use super::stage::{SAMPLES, Stage};
use super::{TargetDatabase, multiset, refused};
use crate::ddl::TableText;
use crate::error::{Attempt, SqliteError};
use crate::introspect::{DIALECT, indexes_of};
use crate::quote::{list, local_name, quoted};

/// From how many rows on it pays to build indexes afterwards.
const MANY: u64 = 10_000;

/// The table rows are loaded into, and the load without its rows.
pub(super) struct Plan {
    pub(super) table: Table,
    /// The table's qualified name.
    pub(super) object: String,
    pub(super) columns: Vec<RowColumn>,
    pub(super) key: Vec<String>,
}

/// What loading would do; only temporary tables are written.
pub(super) fn compare(database: &TargetDatabase, load: RowLoad) -> Result<RowChanges, SqliteError> {
    let connection = &database.connection;
    let Some(table) = find_table(database, &load.table)? else {
        return count_new(load);
    };
    if is_empty(connection, &table.name)? {
        return count_new(load);
    }
    let plan = Plan::new(table, &load);
    if plan.key.is_empty() {
        multiset::Comparison::stage(connection, &plan, load)?.changes(connection)
    } else {
        Stage::fill(connection, &plan, load)?.changes(connection)
    }
}

/// Loads the rows.
pub(super) fn load(database: &TargetDatabase, load: RowLoad) -> Result<RowChanges, SqliteError> {
    let connection = &database.connection;
    let table = find_table(database, &load.table)?.ok_or_else(|| SqliteError::Refused {
        object: load.table.clone(),
        message: "there is no such table".to_owned(),
    })?;
    let plan = Plan::new(table, &load);
    plan.check_columns()?;
    let sequence = load.sequence;
    let changes = if is_empty(connection, &plan.table.name)? {
        insert_all(connection, &plan, load)?
    } else if plan.key.is_empty() {
        multiset::Comparison::stage(connection, &plan, load)?.apply(connection)?
    } else {
        Stage::fill(connection, &plan, load)?.apply(connection)?
    };
    raise_sequence(connection, &plan.table, sequence)?;
    Ok(changes)
}

fn find_table(database: &TargetDatabase, name: &str) -> Result<Option<Table>, SqliteError> {
    Ok(match database.find_object(ObjectKind::Table, name)? {
        Some(SchemaObject::Table(table)) => Some(table),
        _ => None,
    })
}

impl Plan {
    fn new(table: Table, load: &RowLoad) -> Self {
        let has = |name: &String| {
            load.columns
                .iter()
                .any(|column| column.name.eq_ignore_ascii_case(name))
        };
        // Rows without a key of their own are told apart by the table's key where they carry it.
        let own_key = table.key_columns();
        let key = if load.key.is_empty() && own_key.iter().all(has) {
            own_key.to_vec()
        } else {
            load.key.clone()
        };
        Self {
            object: format!("main.{}", local_name(&load.table)),
            columns: load.columns.clone(),
            key,
            table,
        }
    }

    fn check_columns(&self) -> Result<(), SqliteError> {
        for column in &self.columns {
            let problem = match self.table.column(&column.name) {
                None => "the table has no such column",
                Some(found) if found.generated.is_some() => "the table computes this column itself",
                Some(_) => continue,
            };
            return Err(SqliteError::Refused {
                object: self.object.clone(),
                message: format!("column '{}': {problem}", column.name),
            });
        }
        Ok(())
    }

    pub(super) fn incoming(&self, load: RowLoad) -> Incoming<'_> {
        Incoming {
            object: &self.object,
            columns: &self.columns,
            key: &self.key,
            expected: load.expected_rows,
            source: load.rows,
        }
    }
}

fn is_empty(connection: &Connection, table: &str) -> Result<bool, SqliteError> {
    connection
        .query_row(
            &format!("SELECT NOT EXISTS (SELECT 1 FROM main.{})", quoted(table)),
            [],
            |row| row.get(0),
        )
        .attempt(|| format!("look into table {table}"))
}

/// Every row is new where there are none.
fn count_new(load: RowLoad) -> Result<RowChanges, SqliteError> {
    let incoming = Incoming {
        object: &load.table,
        columns: &load.columns,
        key: &load.key,
        expected: load.expected_rows,
        source: load.rows,
    };
    let mut samples = Vec::new();
    let created = incoming.each(|_, row, incoming| {
        if samples.len() < SAMPLES {
            samples.push(RowSample {
                before: None,
                after: Some(sample(incoming.columns, row)),
            });
        }
        Ok(())
    })?;
    Ok(RowChanges {
        created,
        samples,
        ..RowChanges::default()
    })
}

fn insert_all(
    connection: &Connection,
    plan: &Plan,
    load: RowLoad,
) -> Result<RowChanges, SqliteError> {
    let columns = list(plan.columns.iter().map(|column| column.name.as_str()));
    let values = vec!["?"; plan.columns.len()].join(", ");
    let table = quoted(&plan.table.name);
    let sql = if plan.columns.is_empty() {
        format!("INSERT INTO main.{table} DEFAULT VALUES")
    } else {
        format!("INSERT INTO main.{table} ({columns}) VALUES ({values})")
    };
    let waiting = if load.expected_rows >= MANY {
        set_aside_indexes(connection, plan)?
    } else {
        Vec::new()
    };
    let created = plan.incoming(load).insert(connection, &sql)?;
    for index in waiting {
        connection
            .execute_batch(&index)
            .map_err(|error| refused(&plan.object, error))?;
    }
    Ok(RowChanges {
        created,
        ..RowChanges::default()
    })
}

/// Drops the indexes that only serve reading and returns their definitions: sorting once afterwards is cheaper than finding
/// a place for every row. Unique ones stay, so that a refused row is still named.
fn set_aside_indexes(connection: &Connection, plan: &Plan) -> Result<Vec<String>, SqliteError> {
    let attempted = || format!("set the indexes of {} aside", plan.object);
    let mut unique = connection
        .prepare_cached("SELECT \"unique\" FROM pragma_index_list(?1, 'main') WHERE name = ?2")
        .attempt(attempted)?;
    let mut definitions = Vec::new();
    for (name, sql) in indexes_of(connection, &plan.table.name)? {
        let is_unique: bool = unique
            .query_row([&plan.table.name, &name], |row| row.get(0))
            .attempt(attempted)?;
        if !is_unique {
            connection
                .execute_batch(&format!("DROP INDEX main.{}", quoted(&name)))
                .attempt(attempted)?;
            definitions.push(sql);
        }
    }
    Ok(definitions)
}

/// Makes sure that keys handed out elsewhere are not handed out again.
fn raise_sequence(
    connection: &Connection,
    table: &Table,
    sequence: Option<i64>,
) -> Result<(), SqliteError> {
    let counted = table
        .sql
        .get(DIALECT)
        .and_then(|sql| TableText::parse(sql).ok());
    let (Some(sequence), true) = (sequence, counted.is_some_and(|text| text.autoincrement)) else {
        return Ok(());
    };
    let attempted = || format!("set the sequence of table {}", table.name);
    let raised = connection
        .execute(
            "UPDATE main.sqlite_sequence SET seq = max(seq, ?2) WHERE name = ?1 COLLATE NOCASE",
            (&table.name, sequence),
        )
        .attempt(attempted)?;
    if raised == 0 {
        connection
            .execute(
                "INSERT INTO main.sqlite_sequence (name, seq) VALUES (?1, ?2)",
                (&table.name, sequence),
            )
            .attempt(attempted)?;
    }
    Ok(())
}
