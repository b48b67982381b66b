//! Changes of definitions as lists of statements.

use installhub_database_model::{
    Constraint, ConstraintKind, ObjectKind, Relationship, SchemaObject, Table,
};
use installhub_importing::ports::ObjectChange;

use super::TargetDatabase;
use super::definition::{Definition, Scratch, Step};
use super::rebuild::Rebuild;
use crate::ddl::{
    Expected, TableText, checked, constraint_clause, create_index, create_table,
    relationship_clause, tokens,
};
use crate::error::SqliteError;
use crate::introspect::DIALECT;
use crate::quote::quoted;

pub(super) fn object_of(change: &ObjectChange) -> &SchemaObject {
    match change {
        ObjectChange::Create(object)
        | ObjectChange::Replace(object)
        | ObjectChange::Extend(object) => object,
    }
}

/// The statements of a change, each checked; runs nothing on the target.
pub(super) fn plan(
    database: &TargetDatabase,
    change: &ObjectChange,
) -> Result<Vec<Step>, SqliteError> {
    let object = object_of(change);
    let existing = database.find_local(object.kind(), object.name())?;
    if existing
        .as_ref()
        .is_some_and(|existing| is_exactly(existing, object))
    {
        return Ok(Vec::new());
    }
    let planner = Planner { database, object };
    match object {
        SchemaObject::Table(table) => {
            let existing = match existing {
                Some(SchemaObject::Table(existing)) => Some(existing),
                _ => None,
            };
            match (change, existing) {
                (_, None) => Ok(vec![planner.table_definition(table)?.step()]),
                (ObjectChange::Create(_), Some(_)) => Err(planner.refuse("is there already")),
                (ObjectChange::Replace(_), Some(existing)) => {
                    let definition = planner.table_definition(table)?;
                    Rebuild::new(database, &existing)?.steps(definition)
                }
                (ObjectChange::Extend(_), Some(existing)) => planner.extend(&existing, table),
            }
        }
        SchemaObject::Relationship(relationship) => {
            planner.relationship(relationship, change, existing.is_some())
        }
        SchemaObject::Constraint(constraint) => planner.constraint(constraint, existing.is_some()),
        SchemaObject::Index(index) => {
            let sql = index
                .sql
                .get(DIALECT)
                .cloned()
                .or_else(|| create_index(index));
            let expected = Expected::Index {
                name: index.name.clone(),
                table: index.table.clone(),
            };
            planner.replaceable(sql, expected, &index.table, existing.is_some())
        }
        SchemaObject::View(view) => {
            let expected = Expected::View {
                name: view.name.clone(),
            };
            planner.replaceable(
                view.sql.get(DIALECT).cloned(),
                expected,
                "",
                existing.is_some(),
            )
        }
        SchemaObject::Trigger(trigger) => {
            let expected = Expected::Trigger {
                name: trigger.name.clone(),
                table: trigger.table.clone(),
            };
            planner.replaceable(
                trigger.sql.get(DIALECT).cloned(),
                expected,
                &trigger.table,
                existing.is_some(),
            )
        }
    }
}

/// Equal in meaning, and where there is SQL of this engine, word for word.
fn is_exactly(existing: &SchemaObject, wanted: &SchemaObject) -> bool {
    let same_words = match (existing.sql(DIALECT), wanted.sql(DIALECT)) {
        (Some(one), Some(other)) => one == other,
        _ => true,
    };
    let has_own_statement = !matches!(
        wanted,
        SchemaObject::Relationship(_) | SchemaObject::Constraint(_)
    );
    existing.is_same_definition(wanted) && (same_words || !has_own_statement)
}

struct Planner<'a> {
    database: &'a TargetDatabase,
    object: &'a SchemaObject,
}

impl Planner<'_> {
    fn refuse(&self, message: impl Into<String>) -> SqliteError {
        SqliteError::Refused {
            object: self.object.qualified_name(),
            message: message.into(),
        }
    }

    fn table(&self, name: &str) -> Result<Option<Table>, SqliteError> {
        Ok(match self.database.find_local(ObjectKind::Table, name)? {
            Some(SchemaObject::Table(table)) => Some(table),
            _ => None,
        })
    }

    fn definition(&self, shown: String, expected: Expected) -> Result<Definition, SqliteError> {
        let sql = checked(&shown, &expected).map_err(|message| self.refuse(message))?;
        Ok(Definition {
            sql,
            shown,
            expected,
        })
    }

    /// The definition of a table, tried out and found to make the columns that the model names.
    fn table_definition(&self, table: &Table) -> Result<Definition, SqliteError> {
        let shown = table
            .sql
            .get(DIALECT)
            .cloned()
            .unwrap_or_else(|| create_table(table));
        let definition = self.definition(
            shown,
            Expected::Table {
                name: table.name.clone(),
            },
        )?;
        let scratch = Scratch::new()?;
        scratch
            .try_definition(&definition)
            .map_err(|message| self.refuse(message))?;
        let made = scratch.columns(&table.name)?;
        let named: Vec<&str> = table
            .columns
            .iter()
            .map(|column| column.name.as_str())
            .collect();
        if made != named {
            return Err(self.refuse(format!(
                "the SQL makes the columns ({}), the model names ({})",
                made.join(", "),
                named.join(", ")
            )));
        }
        Ok(definition)
    }

    /// Adds the columns the existing table lacks.
    fn extend(&self, existing: &Table, wanted: &Table) -> Result<Vec<Step>, SqliteError> {
        let definition = self.table_definition(wanted)?;
        let wanted_text =
            TableText::parse(&definition.sql).map_err(|message| self.refuse(message))?;
        let missing: Vec<&str> = wanted_text
            .columns
            .iter()
            .filter(|column| existing.column(&column.name).is_none())
            .map(|column| column.text.as_str())
            .collect();
        if missing.is_empty() {
            return Ok(Vec::new());
        }
        let existing_sql = existing
            .sql
            .get(DIALECT)
            .map(String::as_str)
            .unwrap_or_default();
        let scratch = Scratch::with_existing(existing_sql)?;
        let table = quoted(&existing.name);
        let additions: Vec<String> = missing
            .iter()
            .map(|column| format!("ALTER TABLE main.{table} ADD COLUMN {column}"))
            .collect();
        if additions
            .iter()
            .all(|addition| scratch.try_own(addition).is_ok())
        {
            return Ok(additions.into_iter().map(Step::Own).collect());
        }
        // Keys, unconditional values and stored computed columns cannot be added to a table as it is.
        let existing_text =
            TableText::parse(existing_sql).map_err(|message| self.refuse(message))?;
        self.rebuild(existing, existing_text.with(&missing, &[]))
    }

    fn rebuild(&self, existing: &Table, sql: String) -> Result<Vec<Step>, SqliteError> {
        let definition = self.definition(
            sql,
            Expected::Table {
                name: existing.name.clone(),
            },
        )?;
        Scratch::new()?
            .try_definition(&definition)
            .map_err(|message| self.refuse(message))?;
        Rebuild::new(self.database, existing)?.steps(definition)
    }

    /// Adds a rule to a table that exists, or says that it comes with the table.
    fn add_rule(&self, table: &str, clause: &str) -> Result<Vec<Step>, SqliteError> {
        let Some(existing) = self.table(table)? else {
            return Ok(vec![Step::Remark(format!(
                "-- part of table {}: {clause}",
                quoted(table)
            ))]);
        };
        let text = self.text_of(&existing)?;
        self.rebuild(&existing, text.with(&[], &[clause.to_owned()]))
    }

    fn text_of(&self, table: &Table) -> Result<TableText, SqliteError> {
        let sql = table
            .sql
            .get(DIALECT)
            .map(String::as_str)
            .unwrap_or_default();
        TableText::parse(sql).map_err(|message| self.refuse(message))
    }

    fn relationship(
        &self,
        wanted: &Relationship,
        change: &ObjectChange,
        exists: bool,
    ) -> Result<Vec<Step>, SqliteError> {
        let clause = relationship_clause(wanted);
        let siblings = self.relationships_of(&wanted.table)?;
        let same = |other: &&Relationship| {
            SchemaObject::Relationship((*other).clone())
                .is_same_definition(&SchemaObject::Relationship(wanted.clone()))
        };
        if siblings.iter().any(|other| same(&other)) {
            return Ok(Vec::new());
        }
        if !exists {
            return self.add_rule(&wanted.table, &clause);
        }
        if !matches!(change, ObjectChange::Replace(_)) {
            return Err(self.refuse("is there already with another definition"));
        }
        let place = siblings
            .iter()
            .position(|other| other.name.eq_ignore_ascii_case(&wanted.name));
        let existing = self
            .table(&wanted.table)?
            .ok_or_else(|| self.refuse("its table is gone"))?;
        let sql = place
            .and_then(|place| {
                self.text_of(&existing)
                    .ok()?
                    .with_reference_replaced(place, &clause)
            })
            .ok_or_else(|| {
                self.refuse("is part of a column's definition; replace its table instead")
            })?;
        self.rebuild(&existing, sql)
    }

    /// The foreign keys of a table in the order of its text.
    fn relationships_of(&self, table: &str) -> Result<Vec<Relationship>, SqliteError> {
        crate::introspect::relationships_of(&self.database.connection, table)
    }

    fn constraint(&self, wanted: &Constraint, exists: bool) -> Result<Vec<Step>, SqliteError> {
        let table = self.table(&wanted.table)?;
        let Some(clause) = constraint_clause(wanted) else {
            let key = table
                .as_ref()
                .map(|table| table.key_columns().to_vec())
                .unwrap_or_default();
            return match &wanted.kind {
                ConstraintKind::PrimaryKey { columns } if table.is_none() || *columns == key => {
                    Ok(Vec::new())
                }
                _ => {
                    Err(self
                        .refuse("a primary key belongs to its table; replace the table instead"))
                }
            };
        };
        if exists {
            return Err(
                self.refuse("is there already with another definition; replace its table instead")
            );
        }
        if let ConstraintKind::Check { expression } = &wanted.kind
            && !is_balanced(expression)
        {
            return Err(self.refuse("the condition's parentheses do not match"));
        }
        let there = table.is_some_and(|table| match &wanted.kind {
            ConstraintKind::Unique { columns } => table
                .uniques
                .iter()
                .any(|unique| unique.columns == *columns),
            ConstraintKind::Check { expression } => table
                .checks
                .iter()
                .any(|check| check.expression == *expression),
            ConstraintKind::PrimaryKey { .. } => false,
        });
        if there {
            Ok(Vec::new())
        } else {
            self.add_rule(&wanted.table, &clause)
        }
    }

    /// An index, view or trigger: dropped if it is there, then created.
    fn replaceable(
        &self,
        sql: Option<String>,
        expected: Expected,
        table: &str,
        exists: bool,
    ) -> Result<Vec<Step>, SqliteError> {
        let sql = sql.ok_or_else(|| self.refuse("carries no SQL for this engine"))?;
        let definition = self.definition(sql, expected)?;
        let base = match table {
            "" => Some(Scratch::new()?),
            _ => crate::introspect::definition_of(&self.database.connection, table)?
                .map(|sql| Scratch::with_existing(&sql))
                .transpose()?,
        };
        // Without its table a definition cannot be tried yet; it will be when it is created.
        if let Some(scratch) = base {
            scratch
                .try_definition(&definition)
                .map_err(|message| self.refuse(message))?;
        }
        let mut steps = Vec::new();
        let mut afterwards = Vec::new();
        if exists {
            let kind = self.object.kind().words().to_ascii_uppercase();
            let name = quoted(self.object.name());
            if self.object.kind() == ObjectKind::View {
                afterwards =
                    crate::introspect::triggers_of(&self.database.connection, self.object.name())?;
            }
            steps.push(Step::Own(format!("DROP {kind} main.{name}")));
        }
        steps.push(definition.step());
        steps.extend(afterwards.into_iter().map(|(_, sql)| Step::Own(sql)));
        Ok(steps)
    }
}

fn is_balanced(expression: &str) -> bool {
    let mut depth = 0_i64;
    tokens(expression).is_ok_and(|tokens| {
        tokens.iter().all(|token| {
            depth += i64::from(token.is_sign('(')) - i64::from(token.is_sign(')'));
            depth >= 0
        })
    }) && depth == 0
}
