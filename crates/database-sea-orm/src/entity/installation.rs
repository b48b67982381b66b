//! A package version as installed into a target.

use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "installations")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) import_id: Uuid,
    pub(crate) package_name: String,
    pub(crate) package_version: String,
    pub(crate) package_id: String,
    pub(crate) target: String,
    pub(crate) status: String,
    pub(crate) supersedes: Option<Uuid>,
    pub(crate) installed_at: DateTimeUtc,
    pub(crate) installed_by: String,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
