//! An import in the journal.

use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "imports")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) package_name: String,
    pub(crate) package_version: String,
    pub(crate) package_id: String,
    pub(crate) package_digest: String,
    pub(crate) target_kind: String,
    pub(crate) target: String,
    pub(crate) state: String,
    pub(crate) phase: String,
    pub(crate) actor: String,
    pub(crate) created_at: DateTimeUtc,
    pub(crate) updated_at: DateTimeUtc,
    pub(crate) plan: Option<String>,
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
    pub(crate) outcome: Option<String>,
    pub(crate) snapshot_id: Option<Uuid>,
    pub(crate) error: Option<String>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
