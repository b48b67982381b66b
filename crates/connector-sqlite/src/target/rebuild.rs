//! Giving a table another definition while its rows stay.
//!
//! The engine can change little about a table as it is. So the table steps aside under another name, its successor is created
//! with exactly the wanted words, rows move over, and what belonged to the table is created again. With foreign keys
//! off and legacy renaming on, nothing that refers to the table by name notices.

use installhub_database_model::Table;

use super::TargetDatabase;
use super::definition::{Definition, Scratch, Step};
use crate::ddl::TableText;
use crate::error::SqliteError;
use crate::introspect::{DIALECT, indexes_of, triggers_of};
use crate::quote::{list, literal, quoted};
use crate::rows::{is_row_number, row_number};

/// A table that is about to be rebuilt, with what belongs to it.
pub(super) struct Rebuild<'a> {
    table: &'a Table,
    indexes: Vec<(String, String)>,
    triggers: Vec<(String, String)>,
}

impl<'a> Rebuild<'a> {
    pub(super) fn new(database: &TargetDatabase, table: &'a Table) -> Result<Self, SqliteError> {
        Ok(Self {
            table,
            indexes: indexes_of(&database.connection, &table.name)?,
            triggers: triggers_of(&database.connection, &table.name)?,
        })
    }

    /// Everything from stepping aside to the last trigger.
    pub(super) fn steps(self, definition: Definition) -> Result<Vec<Step>, SqliteError> {
        let aside = format!("installhub_old_{}", self.table.name);
        let (name, old) = (quoted(&self.table.name), quoted(&aside));
        let scratch = Scratch::new()?;
        let refuse = |message: String| SqliteError::Refused {
            object: format!("main.{}", self.table.name),
            message,
        };
        scratch.try_definition(&definition).map_err(refuse)?;
        let text = TableText::parse(&definition.sql).map_err(refuse)?;
        let new = scratch.stored_columns(&self.table.name)?;
        let shared: Vec<&str> = self
            .table
            .stored_columns()
            .map(|column| column.name.as_str())
            .filter(|column| new.iter().any(|name| name.eq_ignore_ascii_case(column)))
            .collect();

        let mut steps = vec![
            Step::Own(format!("ALTER TABLE main.{name} RENAME TO {old}")),
            definition.step(),
        ];
        if !shared.is_empty() {
            let mut columns = list(shared);
            let mut order = String::new();
            if let Some(rowid) = row_number(self.table) {
                order = format!(" ORDER BY {rowid}");
                // Where the row number is no column of the table, rows keep theirs.
                if !has_row_key(self.table) && scratch.hides_row_number(&self.table.name, rowid)? {
                    columns = format!("{rowid}, {columns}");
                }
            }
            steps.push(Step::Own(format!(
                "INSERT INTO main.{name} ({columns}) SELECT {columns} FROM main.{old}{order}"
            )));
        }
        let was_counted = self
            .table
            .sql
            .get(DIALECT)
            .and_then(|sql| TableText::parse(sql).ok());
        if text.autoincrement && was_counted.is_some_and(|text| text.autoincrement) {
            let (name, old) = (literal(&self.table.name), literal(&aside));
            steps.push(Step::Own(format!(
                "DELETE FROM main.sqlite_sequence WHERE name = {name}"
            )));
            steps.push(Step::Own(format!(
                "UPDATE main.sqlite_sequence SET name = {name} WHERE name = {old}"
            )));
        }
        steps.push(Step::Own(format!("DROP TABLE main.{old}")));
        for (index, sql) in self.indexes {
            // An index on what the new table no longer has goes with it.
            steps.push(match scratch.try_own(&sql) {
                Ok(()) => Step::Own(sql),
                Err(message) => {
                    Step::Remark(format!("-- index {} is dropped: {message}", quoted(&index)))
                }
            });
        }
        steps.extend(self.triggers.into_iter().map(|(_, sql)| Step::Own(sql)));
        Ok(steps)
    }
}

/// Whether the key is another name of the row number.
fn has_row_key(table: &Table) -> bool {
    matches!(table.key_columns(), [only] if is_row_number(table, only))
}
