//! Conditions and column lists that relate staged rows (`s`) to the table's own (`t`).

use installhub_database_model::{Column, DataType, Dialect, RowColumn};
use installhub_importing::ports::RowMode;

use super::load::Plan;
use crate::error::SqliteError;
use crate::quote::quoted;
use crate::rows::is_row_number;

pub(super) fn key_places(plan: &Plan) -> Result<Vec<usize>, SqliteError> {
    plan.key
        .iter()
        .map(|name| {
            let place = plan
                .columns
                .iter()
                .position(|column| column.name.eq_ignore_ascii_case(name));
            let known = plan.table.column(name).is_some();
            place.filter(|_| known).ok_or_else(|| SqliteError::Refused {
                object: plan.object.clone(),
                message: format!("the key column '{name}' is missing in the rows or in the table"),
            })
        })
        .collect()
}

/// Equal keys, as the table's own comparison has it.
pub(super) fn matches(plan: &Plan) -> Result<String, SqliteError> {
    let places = key_places(plan)?;
    let single = plan.key.len() == 1;
    let conditions = plan.key.iter().zip(places).map(|(name, place)| {
        let nullable = plan.table.column(name).is_none_or(|column| column.nullable);
        let row_number =
            single && plan.table.key_columns().len() == 1 && is_row_number(&plan.table, name);
        let operator = if nullable && !row_number { "IS" } else { "=" };
        format!("t.{} {operator} s.c{place}", quoted(name))
    });
    Ok(conditions.collect::<Vec<_>>().join(" AND "))
}

pub(super) fn same(plan: &Plan, mode: RowMode) -> String {
    let conditions = plan.columns.iter().enumerate().map(|(place, column)| {
        let equal = match plan.table.column(&column.name) {
            None => format!("s.c{place} IS NULL"),
            Some(own) => {
                let name = quoted(&column.name);
                let equal = format!("t.{name} IS s.c{place} COLLATE BINARY");
                if holds_any_class(own) {
                    format!("{equal} AND typeof(t.{name}) = typeof(s.c{place})")
                } else {
                    equal
                }
            }
        };
        match mode {
            RowMode::Merge => format!("(s.c{place} IS NULL OR ({equal}))"),
            RowMode::Skip | RowMode::Overwrite => format!("({equal})"),
        }
    });
    conditions.collect::<Vec<_>>().join(" AND ")
}

/// Whether the integer 1 and the real 1.0 are different values in the column.
fn holds_any_class(column: &Column) -> bool {
    let native = column.native_type.as_deref().unwrap_or_default();
    matches!(
        DataType::from_native(Dialect::Sqlite, native),
        DataType::Any | DataType::Blob
    )
}

fn columns(plan: &Plan, show: impl Fn(usize, &RowColumn) -> String) -> String {
    let columns: Vec<String> = plan
        .columns
        .iter()
        .enumerate()
        .map(|(place, column)| show(place, column))
        .collect();
    columns.join(", ")
}

pub(super) fn staged_columns(plan: &Plan) -> String {
    columns(plan, |place, _| format!("s.c{place}"))
}

pub(super) fn own_columns(plan: &Plan) -> String {
    columns(plan, |_, column| match plan.table.column(&column.name) {
        Some(_) => format!("t.{}", quoted(&column.name)),
        None => "NULL".to_owned(),
    })
}

pub(super) fn merged_columns(plan: &Plan) -> String {
    columns(plan, |place, column| {
        match plan.table.column(&column.name) {
            Some(_) => format!("coalesce(s.c{place}, t.{})", quoted(&column.name)),
            None => format!("s.c{place}"),
        }
    })
}
