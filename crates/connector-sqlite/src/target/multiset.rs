//! Rows without a key: a table is a bag of rows, and equal rows may be in it several times.

use installhub_importing::ports::{RowChanges, RowLoad, RowMode, RowSample};
use rusqlite::Connection;

use super::load::Plan;
use super::refused;
use super::rows::sample;
use super::stage::{SAMPLES, values};
use super::stage_table::fill;
use crate::error::{Attempt, SqliteError};
use crate::quote::{list, quoted};
use crate::rows::{count, row_number};

/// Rows of both sides under the digest of their values and a number that tells equal rows apart.
pub(super) struct Comparison<'a> {
    plan: &'a Plan,
    mode: RowMode,
    rowid: &'static str,
}

/// Incoming rows that the table does not have, or has fewer times.
const NEW: &str = "NOT EXISTS (SELECT 1 FROM temp.installhub_existing AS e WHERE e.digest = i.digest AND e.copy = i.copy)";
/// The table's rows that do not come in, or come in fewer times.
const GONE: &str = "NOT EXISTS (SELECT 1 FROM temp.installhub_incoming AS i WHERE i.digest = e.digest AND i.copy = e.copy)";

impl<'a> Comparison<'a> {
    /// Stages the rows and digests both sides.
    pub(super) fn stage(
        connection: &Connection,
        plan: &'a Plan,
        load: RowLoad,
    ) -> Result<Self, SqliteError> {
        let rowid = row_number(&plan.table).ok_or_else(|| SqliteError::Refused {
            object: plan.object.clone(),
            message: "rows have neither a key nor a row number to tell them apart".to_owned(),
        })?;
        let mode = load.mode;
        fill(connection, plan, load)?;
        let staged: Vec<String> = (0..plan.columns.len())
            .map(|place| format!("c{place}"))
            .collect();
        let own = list(plan.columns.iter().map(|column| column.name.as_str()));
        let own = if plan
            .columns
            .iter()
            .all(|column| plan.table.column(&column.name).is_some())
        {
            own
        } else {
            // Columns that are yet to be added hold nothing so far.
            let column = |name: &str| {
                plan.table
                    .column(name)
                    .map_or_else(|| "NULL".to_owned(), |_| quoted(name))
            };
            plan.columns
                .iter()
                .map(|own| column(&own.name))
                .collect::<Vec<_>>()
                .join(", ")
        };
        let side = |name: &str, rowid: &str, columns: &str, from: &str| {
            format!(
                "DROP TABLE IF EXISTS temp.{name};
                 CREATE TEMP TABLE {name} AS SELECT number, digest,
                     row_number() OVER (PARTITION BY digest ORDER BY number) AS copy
                     FROM (SELECT {rowid} AS number, installhub_row({columns}) AS digest FROM {from});
                 CREATE INDEX temp.{name}_digest ON {name} (digest, copy);"
            )
        };
        let table = format!("main.{}", quoted(&plan.table.name));
        let incoming = side(
            "installhub_incoming",
            "rowid",
            &staged.join(", "),
            "temp.installhub_stage",
        );
        let existing = side("installhub_existing", rowid, &own, &table);
        connection
            .execute_batch(&format!("{incoming}{existing}"))
            .attempt(|| format!("compare the rows of {}", plan.object))?;
        Ok(Self { plan, mode, rowid })
    }

    /// What applying does, told by counting.
    pub(super) fn changes(&self, connection: &Connection) -> Result<RowChanges, SqliteError> {
        let attempted = || format!("compare the rows of {}", self.plan.object);
        let number = |sql: &str| count(connection, sql).attempt(attempted);
        let incoming = number("SELECT count(*) FROM temp.installhub_incoming")?;
        let created = number(&format!(
            "SELECT count(*) FROM temp.installhub_incoming AS i WHERE {NEW}"
        ))?;
        let deleted = match self.mode {
            RowMode::Overwrite => number(&format!(
                "SELECT count(*) FROM temp.installhub_existing AS e WHERE {GONE}"
            ))?,
            RowMode::Skip | RowMode::Merge => 0,
        };
        let samples = self.samples(connection, deleted > 0).attempt(attempted)?;
        Ok(RowChanges {
            created,
            deleted,
            unchanged: incoming - created,
            samples,
            ..RowChanges::default()
        })
    }

    fn samples(
        &self,
        connection: &Connection,
        with_deleted: bool,
    ) -> rusqlite::Result<Vec<RowSample>> {
        let width = self.plan.columns.len();
        let sql = format!(
            "SELECT s.* FROM temp.installhub_stage AS s JOIN temp.installhub_incoming AS i ON i.number = s.rowid \
             WHERE {NEW} ORDER BY s.rowid LIMIT {SAMPLES}"
        );
        let mut statement = connection.prepare(&sql)?;
        let mut samples: Vec<RowSample> = statement
            .query_map([], |row| {
                let after = Some(sample(&self.plan.columns, &values(row, 0, width)?));
                Ok(RowSample {
                    before: None,
                    after,
                })
            })?
            .collect::<Result<_, _>>()?;
        let known = self
            .plan
            .columns
            .iter()
            .all(|column| self.plan.table.column(&column.name).is_some());
        if with_deleted && known && samples.len() < SAMPLES {
            let own: Vec<String> = self
                .plan
                .columns
                .iter()
                .map(|column| format!("t.{}", quoted(&column.name)))
                .collect();
            let sql = format!(
                "SELECT {} FROM main.{} AS t JOIN temp.installhub_existing AS e ON e.number = t.{} WHERE {GONE} LIMIT {}",
                own.join(", "),
                quoted(&self.plan.table.name),
                self.rowid,
                SAMPLES - samples.len()
            );
            let mut statement = connection.prepare(&sql)?;
            let deleted = statement.query_map([], |row| {
                let before = Some(sample(&self.plan.columns, &values(row, 0, width)?));
                Ok(RowSample {
                    before,
                    after: None,
                })
            })?;
            for sample in deleted {
                samples.push(sample?);
            }
        }
        Ok(samples)
    }

    /// Changes the table and says what was changed.
    pub(super) fn apply(&self, connection: &Connection) -> Result<RowChanges, SqliteError> {
        let changes = self.changes(connection)?;
        let table = format!("main.{}", quoted(&self.plan.table.name));
        let run = |sql: String| {
            connection
                .execute(&sql, [])
                .map_err(|error| refused(&self.plan.object, error))
        };
        if changes.deleted > 0 {
            run(format!(
                "DELETE FROM {table} WHERE {} IN (SELECT e.number FROM temp.installhub_existing AS e WHERE {GONE})",
                self.rowid
            ))?;
        }
        if changes.created > 0 {
            let names = list(self.plan.columns.iter().map(|column| column.name.as_str()));
            run(format!(
                "INSERT INTO {table} ({names}) SELECT s.* FROM temp.installhub_stage AS s \
                 JOIN temp.installhub_incoming AS i ON i.number = s.rowid WHERE {NEW} ORDER BY s.rowid"
            ))?;
        }
        Ok(changes)
    }
}
