//! A rule by which jobs come to be.

use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "schedules")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) name_key: String,
    pub(crate) timing: String,
    pub(crate) kind: String,
    pub(crate) payload: String,
    pub(crate) max_attempts: i64,
    pub(crate) enabled: bool,
    pub(crate) next_run: Option<DateTimeUtc>,
    pub(crate) last_run: Option<DateTimeUtc>,
    pub(crate) last_job: Option<Uuid>,
    pub(crate) runs: i64,
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
