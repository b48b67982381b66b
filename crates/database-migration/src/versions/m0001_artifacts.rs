//! The artifact store: documents of a tenant.

use async_trait::async_trait;
use sea_orm_migration::prelude::{
    DbErr, DeriveMigrationName, MigrationTrait, SchemaManager, Table,
};

use crate::columns::{
    TENANT, id, instant, optional_instant, optional_text, tenant_index, tenant_key, text,
};
use crate::protection::{clear_engine, prepare_engine};

const ARTIFACTS: &str = "artifacts";

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        prepare_engine(manager).await?;
        manager
            .create_table(
                Table::create()
                    .table(ARTIFACTS)
                    .col(id(TENANT))
                    .col(text("id"))
                    .col(text("artifact_type"))
                    .col(text("name"))
                    // The name in the form in which names are compared. Names repeat within a type.
                    .col(text("name_key"))
                    .col(text("version"))
                    .col(text("status"))
                    // Canonical JSON.
                    .col(text("content"))
                    // SHA-256 over the content.
                    .col(text("digest"))
                    .col(instant("created_at"))
                    .col(text("created_by"))
                    .col(instant("updated_at"))
                    .col(text("updated_by"))
                    .col(optional_instant("deleted_at"))
                    .col(optional_text("deleted_by"))
                    .primary_key(&mut tenant_key(&["id"]))
                    .take(),
            )
            .await?;
        manager
            .create_index(tenant_index(ARTIFACTS, &["artifact_type", "name_key"]))
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table(ARTIFACTS).take())
            .await?;
        clear_engine(manager).await
    }
}
