//! A piece of an upload.

use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "upload_pieces")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) upload_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) starts_at: i64,
    pub(crate) id: Uuid,
    pub(crate) bytes: i64,
    pub(crate) digest: String,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
