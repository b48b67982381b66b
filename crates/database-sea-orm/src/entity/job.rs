//! A durable job.

use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "jobs")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) kind: String,
    pub(crate) payload: String,
    pub(crate) state: String,
    pub(crate) done: i64,
    pub(crate) total: Option<i64>,
    pub(crate) message: Option<String>,
    pub(crate) attempts: i64,
    pub(crate) max_attempts: i64,
    pub(crate) run_at: DateTimeUtc,
    pub(crate) created_at: DateTimeUtc,
    pub(crate) created_by: String,
    pub(crate) created_by_kind: String,
    pub(crate) request_id: Option<Uuid>,
    pub(crate) schedule_id: Option<Uuid>,
    pub(crate) started_at: Option<DateTimeUtc>,
    pub(crate) finished_at: Option<DateTimeUtc>,
    pub(crate) unique_key: Option<String>,
    pub(crate) cancel_requested: bool,
    pub(crate) claims: i64,
    pub(crate) lease_until: Option<DateTimeUtc>,
    pub(crate) worker: Option<String>,
    pub(crate) result: Option<String>,
    pub(crate) error: Option<String>,
    pub(crate) revision: i64,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
