//! A version of a package.

use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "package_versions")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) package_id: Uuid,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) version_key: String,
    pub(crate) digest: String,
    pub(crate) bytes: i64,
    pub(crate) state: String,
    pub(crate) details: String,
    pub(crate) uploaded_at: DateTimeUtc,
    pub(crate) uploaded_by: String,
    pub(crate) deleted_at: Option<DateTimeUtc>,
    pub(crate) deleted_by: Option<String>,
    pub(crate) revision: i64,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
