//! Decisions remembered for the next import of a package into a target.

use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "decisions")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) package_name: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) target: String,
    pub(crate) decisions: String,
    pub(crate) updated_at: DateTimeUtc,
    pub(crate) updated_by: String,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
