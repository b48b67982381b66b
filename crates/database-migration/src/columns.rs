//! What the tables have in common.

use sea_orm_migration::prelude::{
    ColumnDef, ForeignKey, ForeignKeyCreateStatement, Index, IndexCreateStatement,
};

/// The tenant a row belongs to; the first column of every table and every key.
pub(crate) const TENANT: &str = "tenant_id";

/// Text is equal when its bytes are, and ordered as they are, on every engine and whatever the language of a database.
const BY_BYTES: &str = "COLLATE \"binary\"";

/// A column of text that must be there.
pub(crate) fn text(name: &'static str) -> ColumnDef {
    ColumnDef::new(name)
        .text()
        .not_null()
        .extra(BY_BYTES)
        .take()
}

/// A column of text that may be missing.
pub(crate) fn optional_text(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().null().extra(BY_BYTES).take()
}

/// A column for an id.
pub(crate) fn id(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).uuid().not_null().take()
}

/// A column for an id that may be missing.
pub(crate) fn optional_id(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).uuid().null().take()
}

/// A column for a point in time, in UTC.
pub(crate) fn instant(name: &'static str) -> ColumnDef {
    ColumnDef::new(name)
        .timestamp_with_time_zone()
        .not_null()
        .take()
}

/// A column for a point in time that may be missing.
pub(crate) fn optional_instant(name: &'static str) -> ColumnDef {
    ColumnDef::new(name)
        .timestamp_with_time_zone()
        .null()
        .take()
}

/// A column for a count of bytes.
pub(crate) fn bytes(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().not_null().take()
}

/// A column for a place in a list, counted from zero.
pub(crate) fn position() -> ColumnDef {
    ColumnDef::new("position").integer().not_null().take()
}

/// A primary key: the tenant, then `columns`.
pub(crate) fn tenant_key(columns: &[&'static str]) -> IndexCreateStatement {
    let mut key = Index::create().primary().col(TENANT).take();
    for column in columns {
        key.col(*column);
    }
    key
}

/// An index named after its table and columns: the tenant, then `columns`.
pub(crate) fn tenant_index(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create()
        .name(format!("{table}_by_{}", columns.join("_")))
        .table(table)
        .col(TENANT)
        .take();
    for column in columns {
        index.col(*column);
    }
    index
}

/// A foreign key to a row of the same tenant.
pub(crate) fn belongs_to(
    table: &'static str,
    column: &'static str,
    parent: &'static str,
) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(format!("{table}_{column}"))
        .from(table, (TENANT, column))
        .to(parent, (TENANT, "id"))
        .take()
}
