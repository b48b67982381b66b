//! A request to remove something deleted for good.

use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "purge_requests")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) kind: String,
    pub(crate) object_id: String,
    pub(crate) name: String,
    pub(crate) reason: String,
    pub(crate) state: String,
    pub(crate) requested_at: DateTimeUtc,
    pub(crate) requested_by: String,
    pub(crate) requested_by_user: Option<Uuid>,
    pub(crate) decided_at: Option<DateTimeUtc>,
    pub(crate) decided_by: Option<String>,
    pub(crate) decided_by_user: Option<Uuid>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
