//! A document of the artifact store.

use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "artifacts")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: String,
    pub(crate) artifact_type: String,
    pub(crate) name: String,
    pub(crate) name_key: String,
    pub(crate) version: String,
    pub(crate) status: String,
    pub(crate) content: String,
    pub(crate) digest: String,
    pub(crate) created_at: DateTimeUtc,
    pub(crate) created_by: String,
    pub(crate) updated_at: DateTimeUtc,
    pub(crate) updated_by: String,
    pub(crate) deleted_at: Option<DateTimeUtc>,
    pub(crate) deleted_by: Option<String>,
    pub(crate) revision: i64,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
