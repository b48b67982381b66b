//! The journal of imports and the moves between their states, which are only ever added to.

use async_trait::async_trait;
use sea_orm_migration::prelude::{
    DbErr, DeriveMigrationName, MigrationTrait, SchemaManager, Table,
};

use crate::columns::{
    TENANT, belongs_to, id, instant, optional_id, optional_text, position, tenant_index,
    tenant_key, text,
};
use crate::protection::refuse_changes;

const IMPORTS: &str = "imports";
const TRANSITIONS: &str = "import_transitions";

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table(IMPORTS)
                    .col(id(TENANT))
                    .col(id("id"))
                    .col(text("package_name"))
                    .col(text("package_version"))
                    .col(text("package_id"))
                    .col(text("package_digest"))
                    .col(text("target_kind"))
                    .col(text("target"))
                    .col(text("state"))
                    .col(text("phase"))
                    .col(text("actor"))
                    .col(instant("created_at"))
                    .col(instant("updated_at"))
                    // The next four are JSON.
                    .col(optional_text("plan"))
                    .col(optional_text("before"))
                    .col(optional_text("after"))
                    .col(optional_text("outcome"))
                    .col(optional_id("snapshot_id"))
                    .col(optional_text("error"))
                    .primary_key(&mut tenant_key(&["id"]))
                    .take(),
            )
            .await?;
        manager
            .create_index(tenant_index(IMPORTS, &["created_at"]))
            .await?;
        manager
            .create_index(tenant_index(IMPORTS, &["state"]))
            .await?;
        manager
            .create_table(
                Table::create()
                    .table(TRANSITIONS)
                    .col(id(TENANT))
                    .col(id("import_id"))
                    .col(position())
                    .col(optional_text("from_state"))
                    .col(text("to_state"))
                    .col(instant("at"))
                    .col(optional_text("note"))
                    .primary_key(&mut tenant_key(&["import_id", "position"]))
                    .foreign_key(&mut belongs_to(TRANSITIONS, "import_id", IMPORTS))
                    .take(),
            )
            .await?;
        refuse_changes(manager, TRANSITIONS).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table(TRANSITIONS).take())
            .await?;
        manager
            .drop_table(Table::drop().table(IMPORTS).take())
            .await
    }
}
