//! Rows with a key, staged in a temporary table and compared with the table as sets.

use installhub_importing::ports::{RowChanges, RowLoad, RowMode, RowSample};
use rusqlite::{Connection, Row};

use super::conditions::{key_places, matches, merged_columns, own_columns, same, staged_columns};
use super::load::Plan;
use super::refused;
use super::rows::{describe_key, sample};
use super::stage_table::fill;
use crate::error::{Attempt, SqliteError, engine_message, is_refusal};
use crate::quote::{list, quoted};
use crate::rows::{count, owned};

/// How many changed rows a plan shows.
pub(super) const SAMPLES: usize = 5;

/// Staged rows with a key, and the conditions that relate them (`s`) to the table's (`t`).
pub(super) struct Stage<'a> {
    plan: &'a Plan,
    mode: RowMode,
    staged: u64,
    /// `main."name"`
    table: String,
    /// Equal keys.
    matches: String,
    /// Equal in every incoming column, or in every incoming value under `Merge`.
    same: String,
}

impl<'a> Stage<'a> {
    /// Stages the rows and makes sure that their keys differ.
    pub(super) fn fill(
        connection: &Connection,
        plan: &'a Plan,
        load: RowLoad,
    ) -> Result<Self, SqliteError> {
        let mode = load.mode;
        let staged = fill(connection, plan, load)?;
        let stage = Self {
            plan,
            mode,
            staged,
            table: format!("main.{}", quoted(&plan.table.name)),
            matches: matches(plan)?,
            same: same(plan, mode),
        };
        stage.index(connection)?;
        Ok(stage)
    }

    fn attempted(&self) -> String {
        format!("compare the rows of {}", self.plan.object)
    }

    fn index(&self, connection: &Connection) -> Result<(), SqliteError> {
        let places = key_places(self.plan)?;
        let columns: Vec<String> = places.iter().map(|place| format!("c{place}")).collect();
        let columns = columns.join(", ");
        connection
            .execute_batch(&format!(
                "CREATE INDEX temp.installhub_stage_key ON installhub_stage ({columns})"
            ))
            .attempt(|| self.attempted())?;
        let never_null: Vec<String> = places
            .iter()
            .map(|place| format!("c{place} IS NOT NULL"))
            .collect();
        let never_null = never_null.join(" AND ");
        let sql = format!(
            "SELECT min(rowid), max(rowid) FROM temp.installhub_stage WHERE {never_null} \
             GROUP BY {columns} HAVING count(*) > 1 LIMIT 1"
        );
        let mut statement = connection.prepare(&sql).attempt(|| self.attempted())?;
        let mut rows = statement.query([]).attempt(|| self.attempted())?;
        let Some(row) = rows.next().attempt(|| self.attempted())? else {
            return Ok(());
        };
        let pair = row
            .get::<_, i64>(0)
            .and_then(|one| row.get::<_, i64>(1).map(|other| (one, other)));
        let (one, other) = pair.attempt(|| self.attempted())?;
        let values = self.staged_row(connection, one)?;
        Err(SqliteError::Rows {
            object: self.plan.object.clone(),
            message: format!(
                "rows {one} and {other} have the same key{}",
                describe_key(&self.plan.columns, &self.plan.key, &values)
            ),
        })
    }

    fn staged_row(
        &self,
        connection: &Connection,
        number: i64,
    ) -> Result<installhub_database_model::Row, SqliteError> {
        let sql = format!("SELECT * FROM temp.installhub_stage WHERE rowid = {number}");
        let width = self.plan.columns.len();
        connection
            .query_row(&sql, [], |row| values(row, 0, width))
            .attempt(|| self.attempted())
    }

    fn number(&self, connection: &Connection, sql: &str) -> Result<u64, SqliteError> {
        count(connection, sql).attempt(|| self.attempted())
    }

    /// What applying does, told by counting.
    pub(super) fn changes(&self, connection: &Connection) -> Result<RowChanges, SqliteError> {
        let joined = format!(
            "temp.installhub_stage AS s JOIN {} AS t ON {}",
            self.table, self.matches
        );
        let matched = self.number(connection, &format!("SELECT count(*) FROM {joined}"))?;
        let unchanged = self.number(
            connection,
            &format!("SELECT count(*) FROM {joined} WHERE {}", self.same),
        )?;
        let existing = self.number(connection, &format!("SELECT count(*) FROM {}", self.table))?;
        if matched > self.staged || matched > existing {
            return Err(SqliteError::Refused {
                object: self.plan.object.clone(),
                message: format!(
                    "the key ({}) does not tell the rows of the table apart",
                    self.plan.key.join(", ")
                ),
            });
        }
        let differing = matched - unchanged;
        let mut changes = RowChanges {
            created: self.staged - matched,
            unchanged,
            ..RowChanges::default()
        };
        match self.mode {
            RowMode::Skip => changes.skipped = differing,
            RowMode::Merge => changes.updated = differing,
            RowMode::Overwrite => {
                changes.updated = differing;
                changes.deleted = existing - matched;
            }
        }
        changes.samples = self.samples(connection, &changes)?;
        Ok(changes)
    }

    fn samples(
        &self,
        connection: &Connection,
        changes: &RowChanges,
    ) -> Result<Vec<RowSample>, SqliteError> {
        let mut samples = Vec::new();
        let before = own_columns(self.plan);
        let after = match self.mode {
            RowMode::Merge => merged_columns(self.plan),
            RowMode::Skip | RowMode::Overwrite => staged_columns(self.plan),
        };
        let width = self.plan.columns.len();
        let mut take =
            |sql: String, before: Option<usize>, after: Option<usize>| -> Result<(), SqliteError> {
                let mut statement = connection.prepare(&sql).attempt(|| self.attempted())?;
                let mut rows = statement.query([]).attempt(|| self.attempted())?;
                while let Some(row) = rows.next().attempt(|| self.attempted())? {
                    let shown = |start: usize| {
                        values(row, start, width).map(|values| sample(&self.plan.columns, &values))
                    };
                    let before = before.map(shown).transpose().attempt(|| self.attempted())?;
                    let after = after.map(shown).transpose().attempt(|| self.attempted())?;
                    samples.push(RowSample { before, after });
                }
                Ok(())
            };
        let (table, matches, same) = (&self.table, &self.matches, &self.same);
        let mut left = SAMPLES;
        let mut share = |count: u64| {
            let taken = left.min(usize::try_from(count).unwrap_or(left));
            left -= taken;
            taken
        };
        let updated = share(changes.updated);
        if updated > 0 {
            let joined = format!("temp.installhub_stage AS s JOIN {table} AS t ON {matches}");
            let sql = format!(
                "SELECT {before}, {after} FROM {joined} WHERE NOT ({same}) LIMIT {updated}"
            );
            take(sql, Some(0), Some(width))?;
        }
        let created = share(changes.created);
        if created > 0 {
            let staged = staged_columns(self.plan);
            let sql = format!(
                "SELECT {staged} FROM temp.installhub_stage AS s WHERE NOT EXISTS (SELECT 1 FROM {table} AS t WHERE {matches}) \
                 ORDER BY s.rowid LIMIT {created}"
            );
            take(sql, None, Some(0))?;
        }
        let deleted = share(changes.deleted);
        if deleted > 0 {
            let sql = format!(
                "SELECT {before} FROM {table} AS t WHERE NOT EXISTS \
                 (SELECT 1 FROM temp.installhub_stage AS s WHERE {matches}) LIMIT {deleted}"
            );
            take(sql, Some(0), None)?;
        }
        Ok(samples)
    }

    /// Changes the table and says what was changed.
    pub(super) fn apply(&self, connection: &Connection) -> Result<RowChanges, SqliteError> {
        let changes = self.changes(connection)?;
        if changes.is_nothing() {
            return Ok(changes);
        }
        let (table, matches, same) = (&self.table, &self.matches, &self.same);
        let staged = |condition: &str| {
            format!("(SELECT 1 FROM temp.installhub_stage AS s WHERE {condition})")
        };
        let run = |sql: String| {
            connection
                .execute(&sql, [])
                .map_err(|error| refused(&self.plan.object, error))
        };
        let names = list(self.plan.columns.iter().map(|column| column.name.as_str()));
        let whole = self.plan.table.stored_columns().count() == self.plan.columns.len();
        match self.mode {
            RowMode::Skip => {}
            // Rows that differ go and come back: so two rows may exchange a unique value.
            RowMode::Overwrite if whole => {
                run(format!(
                    "DELETE FROM {table} AS t WHERE NOT EXISTS {}",
                    staged(&format!("{matches} AND ({same})"))
                ))?;
            }
            RowMode::Overwrite => {
                run(format!(
                    "DELETE FROM {table} AS t WHERE NOT EXISTS {}",
                    staged(matches)
                ))?;
                self.update(connection, &staged_columns(self.plan))?;
            }
            RowMode::Merge => self.update(connection, &merged_columns(self.plan))?,
        }
        let insert = format!(
            "INSERT INTO {table} ({names}) SELECT {} FROM temp.installhub_stage AS s \
             WHERE NOT EXISTS (SELECT 1 FROM {table} AS t WHERE {matches})",
            staged_columns(self.plan)
        );
        self.run_by_row(connection, &insert, " ORDER BY s.rowid")?;
        Ok(changes)
    }

    fn update(&self, connection: &Connection, values: &str) -> Result<(), SqliteError> {
        let names = list(self.plan.columns.iter().map(|column| column.name.as_str()));
        let sql = format!(
            "UPDATE {} AS t SET ({names}) = ({values}) FROM temp.installhub_stage AS s WHERE {} AND NOT ({})",
            self.table, self.matches, self.same
        );
        self.run_by_row(connection, &sql, "")
    }

    /// Runs a statement over all staged rows; if values are refused, finds the row whose values they are.
    fn run_by_row(
        &self,
        connection: &Connection,
        sql: &str,
        order: &str,
    ) -> Result<(), SqliteError> {
        let error = match connection.execute(&format!("{sql}{order}"), []) {
            Ok(_) => return Ok(()),
            Err(error) if is_refusal(&error) => error,
            Err(error) => return Err(refused(&self.plan.object, error)),
        };
        // The failed statement has left no trace, so the rows can be tried one by one.
        let attempted = || self.attempted();
        let mut one = connection
            .prepare(&format!("{sql} AND s.rowid = ?1"))
            .attempt(attempted)?;
        let last = i64::try_from(self.staged).unwrap_or(i64::MAX);
        for number in 1..=last {
            if let Err(error) = one.execute([number]) {
                let row = self.staged_row(connection, number)?;
                let key = describe_key(&self.plan.columns, &self.plan.key, &row);
                return Err(SqliteError::Refused {
                    object: self.plan.object.clone(),
                    message: format!("row {number}{key}: {}", engine_message(&error)),
                });
            }
        }
        Err(refused(&self.plan.object, error))
    }
}

/// Values of a result row, from a column on.
pub(super) fn values(
    row: &Row<'_>,
    start: usize,
    width: usize,
) -> rusqlite::Result<installhub_database_model::Row> {
    (start..start + width)
        .map(|place| {
            let value = row.get_ref(place)?;
            // Only samples come this way; what cannot be shown is shown as bytes.
            Ok(owned(value).unwrap_or_else(|_| {
                installhub_database_model::Value::Blob(
                    value.as_bytes().unwrap_or_default().to_vec(),
                )
            }))
        })
        .collect()
}
