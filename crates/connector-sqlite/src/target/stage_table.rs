//! The temporary table that incoming rows are staged in.
//!
//! Its columns have the affinities of the table's, so that a value compares as it would be stored.

use installhub_checksum::Digest;
use installhub_importing::ports::RowLoad;
use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;

use super::load::Plan;
use crate::error::{Attempt, SqliteError};
use crate::fingerprint::append_value;
use crate::quote::quoted;

/// Lets statements compare whole rows by class and value.
pub(super) fn register_functions(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8
        | FunctionFlags::SQLITE_DETERMINISTIC
        | FunctionFlags::SQLITE_DIRECTONLY;
    connection.create_scalar_function("installhub_row", -1, flags, |context| {
        let mut bytes = Vec::new();
        for place in 0..context.len() {
            append_value(context.get_raw(place), &mut bytes);
        }
        Ok(Digest::of(&bytes).as_bytes().to_vec())
    })
}

/// Creates the empty stage, one column `c0`, `c1` … per incoming column.
fn create(connection: &Connection, plan: &Plan) -> Result<(), SqliteError> {
    let columns: Vec<String> = plan
        .columns
        .iter()
        .enumerate()
        .map(|(place, column)| {
            let own = plan.table.column(&column.name);
            let native = own
                .and_then(|own| own.native_type.as_deref())
                .unwrap_or_default();
            let collation = own.and_then(|own| own.collation.as_deref());
            let collation = collation
                .map(|name| format!(" COLLATE {}", quoted(name)))
                .unwrap_or_default();
            format!(
                "c{place} {}{collation}",
                affinity(native, plan.table.options.strict)
            )
        })
        .collect();
    // A table needs a column even where rows have none.
    let columns = if columns.is_empty() {
        "c0".to_owned()
    } else {
        columns.join(", ")
    };
    let strict = if plan.table.options.strict {
        " STRICT"
    } else {
        ""
    };
    connection
        .execute_batch(&format!(
            "DROP TABLE IF EXISTS temp.installhub_stage; CREATE TEMP TABLE installhub_stage ({columns}){strict}"
        ))
        .attempt(|| "create a temporary table".to_owned())
}

/// A type with the same affinity. Strict tables have few types, and those mean themselves.
fn affinity(native: &str, strict: bool) -> &'static str {
    let upper = native.to_ascii_uppercase();
    if strict {
        return ["INTEGER", "INT", "REAL", "TEXT", "BLOB", "ANY"]
            .into_iter()
            .find(|known| *known == upper)
            .unwrap_or("ANY");
    }
    // The neutral type goes by meaning, the engine by letters: `BOOLEAN` and `DATE` are numeric to it.
    if upper.contains("INT") {
        "INTEGER"
    } else if ["CHAR", "CLOB", "TEXT"]
        .iter()
        .any(|part| upper.contains(part))
    {
        "TEXT"
    } else if upper.is_empty() || upper.contains("BLOB") {
        "BLOB"
    } else if ["REAL", "FLOA", "DOUB"]
        .iter()
        .any(|part| upper.contains(part))
    {
        "REAL"
    } else {
        "NUMERIC"
    }
}

/// Writes the incoming rows into the stage.
pub(super) fn fill(
    connection: &Connection,
    plan: &Plan,
    load: RowLoad,
) -> Result<u64, SqliteError> {
    create(connection, plan)?;
    let sql = if plan.columns.is_empty() {
        "INSERT INTO temp.installhub_stage DEFAULT VALUES".to_owned()
    } else {
        format!(
            "INSERT INTO temp.installhub_stage VALUES ({})",
            vec!["?"; plan.columns.len()].join(", ")
        )
    };
    plan.incoming(load).insert(connection, &sql)
}
