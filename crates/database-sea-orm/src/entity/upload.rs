//! An upload in pieces.

use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "uploads")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) bytes: i64,
    pub(crate) digest: Option<String>,
    pub(crate) received: i64,
    pub(crate) pieces: i64,
    pub(crate) state: String,
    pub(crate) job_id: Option<Uuid>,
    pub(crate) version_id: Option<Uuid>,
    pub(crate) created_at: DateTimeUtc,
    pub(crate) created_by: String,
    pub(crate) expires_at: DateTimeUtc,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
