//! A registered database, HTTP endpoint or bucket.

use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "connections")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) name_key: String,
    pub(crate) kind: String,
    pub(crate) settings: String,
    pub(crate) sealing_key: Option<String>,
    pub(crate) sealed_secret: Option<String>,
    pub(crate) created_at: DateTimeUtc,
    pub(crate) created_by: String,
    pub(crate) updated_at: DateTimeUtc,
    pub(crate) deleted_at: Option<DateTimeUtc>,
    pub(crate) deleted_by: Option<String>,
    pub(crate) revision: i64,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
